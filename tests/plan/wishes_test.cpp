#include "plan/wishes.hpp"

#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
Claim swappiness(const char* value) {
    return claim_on("memory.swappiness", "swappiness", "/proc/sys/vm/swappiness", value);
}

Claim ksm(const char* value) { return claim_on("memory.ksm", "run", "/sys/kernel/mm/ksm/run", value); }

Claim pages(unsigned node, const char* count) {
    const PoolId id{node, 2 * MiB};
    return claim_on("hugepages.reserve", to_text(id), HostFacts{}.pool_path(id) + "/nr_hugepages", count);
}

Lease in_state(Lease lease, LeaseState state) {
    lease.state = state;
    return lease;
}

/// "knob target: domain=value domain=value", one line per target.
std::string text_of(const std::vector<Wish>& wishes) {
    std::string text;
    for (const auto& wish : wishes) {
        text += std::string(wish.knob->key) + " " + wish.target + ":";
        for (std::size_t index = 0; index < wish.claims.size(); ++index)
            text += " " + wish.holders[index]->domain + "=" + wish.claims[index]->value;
        text += "\n";
    }
    return text;
}
} // namespace

TEST_CASE("claims on one target become one wish, in the order of the leases") {
    const std::vector<Lease> leases{lease_of("a", {swappiness("10")}),
                                    lease_of("b", {ksm("0"), swappiness("20")}),
                                    lease_of("c", {swappiness("30")})};
    const auto wishes = collect_wishes(leases);
    CHECK(text_of(wishes) == "memory.ksm run: b=0\nmemory.swappiness swappiness: a=10 b=20 c=30\n");
    CHECK(wishes[1].path == "/proc/sys/vm/swappiness");
    CHECK(wishes[1].wanted("60").value == "10");
    CHECK(wishes[1].wanted("60").agreement == Agreement::conflict);
}

TEST_CASE("wishes are in the order of the registry, whatever the order of the claims") {
    const std::vector<Lease> leases{
        lease_of("a", {claim_on("sysfs", "/proc/sys/vm/dirty_ratio", "/proc/sys/vm/dirty_ratio", "5"),
                       swappiness("10"), ksm("0"), pages(1, "20"), pages(0, "10")})};
    CHECK(text_of(collect_wishes(leases)) == "memory.ksm run: a=0\n"
                                             "memory.swappiness swappiness: a=10\n"
                                             "sysfs /proc/sys/vm/dirty_ratio: a=5\n");
}

TEST_CASE("a claim is in force from its own phase until the lease is being released") {
    struct Case {
        LeaseState state;
        std::string text;
    };
    for (const auto& [state, text] :
         {Case{LeaseState::preparing, ""}, Case{LeaseState::prepared, ""},
          Case{LeaseState::starting, "memory.ksm run: a=0\n"},
          Case{LeaseState::running, "memory.ksm run: a=0\n"},
          Case{LeaseState::ending, "memory.ksm run: a=0\n"}, Case{LeaseState::releasing, ""}}) {
        CAPTURE(to_text(state));
        const std::vector<Lease> leases{in_state(lease_of("a", {pages(0, "10"), ksm("0")}), state)};
        CHECK(text_of(collect_wishes(leases)) == text);
        CHECK(claimed_pages(leases).size() == (state == LeaseState::releasing ? 0 : 1));
    }
}

TEST_CASE("a claim of the started phase is in force once QEMU has been seen") {
    auto late = ksm("0");
    late.phase = Phase::started;
    for (const auto state : {LeaseState::preparing, LeaseState::prepared, LeaseState::starting})
        CHECK(text_of(collect_wishes(std::vector<Lease>{in_state(lease_of("a", {late}), state)})).empty());
    for (const auto state : {LeaseState::running, LeaseState::ending})
        CHECK(text_of(collect_wishes(std::vector<Lease>{in_state(lease_of("a", {late}), state)})) ==
              "memory.ksm run: a=0\n");
}

TEST_CASE("limits without a path and knobs of another version are omitted") {
    const std::vector<Lease> leases{
        lease_of("a", {claim_on("hugepages.host_free_min", Limit{LimitKind::host_free_min}, "1073741824"),
                       claim_on("memory.of_the_future", "x", "/proc/sys/vm/x", "1"), ksm("0")})};
    CHECK(text_of(collect_wishes(leases)) == "memory.ksm run: a=0\n");
}

TEST_CASE("no leases mean no wishes") {
    CHECK(collect_wishes({}).empty());
    CHECK(collect_wishes(std::vector<Lease>{lease_of("a")}).empty());
}

TEST_CASE("claims on a pool add their pages, and are not wishes for a value") {
    const std::vector<Lease> leases{lease_of("a", {pages(0, "10")}),
                                    lease_of("b", {pages(0, "32"), pages(1, "7")})};
    CHECK(collect_wishes(leases).empty());
    CHECK(claimed_pages(leases) == std::map<PoolId, std::uint64_t>{{{0, 2 * MiB}, 42}, {{1, 2 * MiB}, 7}});
}

TEST_CASE("CPUs left to the host: at least one is online, and a cgroup never names CPUs of another program's "
          "partition") {
    const auto now = [](const char* knob, const char* baseline, const char* claim, const CpuRoom& room) {
        const std::vector<Lease> leases{lease_of("a", {claim_on(knob, "x", "/x", claim)})};
        const auto wishes = collect_wishes(leases);
        return wanted_now(*find_knob(knob), &wishes.at(0), baseline, room).value;
    };
    const auto back = [](const char* knob, const char* baseline, const CpuRoom& room) {
        return wanted_now(*find_knob(knob), nullptr, baseline, room).value;
    };
    const CpuRoom plain{CpuSet::range(0, 7), {}};
    const CpuRoom beside{CpuSet::range(0, 7), {2, 3}};
    CHECK(now("irqs.affinity", "0-7", "0-3,6-15", plain) == "0-3,6-7");
    CHECK(now("irqs.affinity", "4,12", "0-3,6-15", plain) == "0-3,6-15"); // 12 is offline
    CHECK(now("irqs.affinity", "0-7", "8-15", plain) == "0-7");           // no online CPU is left
    // tasks in the partition may use the interrupt
    CHECK(now("irqs.affinity", "0-7", "0-3,6-7", beside) == "0-3,6-7");
    CHECK(now("cpus.isolate", "0-7", "0-3,6-7", beside) == "0-1,6-7");
    CHECK(now("cpus.isolate", "2-5", "2-3", beside) == "2-3"); // its tasks must run somewhere
    CHECK(now("cpus.isolate", "0-7", "0-3,6-7", {}) == "0-3,6-7");
    CHECK(back("cpus.isolate", "0-7", beside) == "0-1,4-7");
    CHECK(back("cpus.isolate", "0,1,4", beside) == "0,1,4");
    CHECK(back("irqs.affinity", "12", plain) == "12");
    CHECK(back("memory.swappiness", "60", beside) == "60");
}

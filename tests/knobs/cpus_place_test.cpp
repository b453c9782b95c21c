#include "core/parse.hpp"
#include "knobs/parts/placed.hpp"
#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const Policy policy = policy_with({{"cpus.place", "auto"}});

Placement place_on_node_1() {
    return {.vcpus = {5, 6}, .emulator = {4}, .iothreads = {}, .idle = {}, .nodes = {1}, .why = "node 1"};
}

KnobPlan plan_at(const Placement& place, const Policy& by = policy) {
    const auto domain = placed(domain_with_memory(GiB), place);
    const auto facts = host_with_nodes(2);
    const std::map<PoolId, std::uint64_t> promised;
    KnobPlan plan;
    find_knob("cpus.place")->plan({domain, by, facts, {}, promised, nullptr, &place}, plan);
    return plan;
}

std::string claims_of(const KnobPlan& plan) {
    std::string text;
    for (const auto& claim : plan.claims)
        text += claim.name() + " = " + claim.value + (claim.is_limit() ? "" : " " + claim.path()) + "\n";
    return text + plan.notes.text();
}

Lease lease_with(const KnobPlan& plan) { return lease_of("vm", plan.claims); }
} // namespace

TEST_CASE("the place is claimed: the cgroup of each thread, the nodes, and siblings that stay idle") {
    auto place = place_on_node_1();
    CHECK(claims_of(plan_at(place)) == "vcpu0 = 5 /sys/fs/cgroup/*/vcpu0/cpuset.cpus\n"
                                       "vcpu1 = 6 /sys/fs/cgroup/*/vcpu1/cpuset.cpus\n"
                                       "emulator = 4 /sys/fs/cgroup/*/emulator/cpuset.cpus\n"
                                       "iothreads = 4 /sys/fs/cgroup/*/iothread*/cpuset.cpus\n"
                                       "nodes = 1\nmemory = 1073741824\n");
    place.idle = {7};
    place.iothreads = {3};
    const auto text = claims_of(plan_at(place));
    CHECK(text.find("iothreads = 3 ") != std::string::npos);
    CHECK(text.find("idle = 7\n") != std::string::npos);
}

TEST_CASE("without a place the start is refused, unless the policy lets the VM share CPUs") {
    Placement none;
    none.problem = "no CPUs";
    none.hint = "free: none";
    CHECK(plan_at(none).claims.empty());
    CHECK(plan_at(none).notes.has_errors());
    none.is_optional = true;
    CHECK_FALSE(plan_at(none).notes.has_errors());
    CHECK(plan_at(none).notes.text().find("no CPUs") != std::string::npos);
}

TEST_CASE("a VM that is refused for lack of a place gets no notes about keys that need its CPUs") {
    const auto by =
        policy_with({{"cpus.place", "auto"}, {"irqs.balancer", "ban"}, {"power.governor", "performance"}});
    const auto domain = domain_with_memory(GiB);
    const auto facts = host_with_nodes(2);
    const std::map<PoolId, std::uint64_t> promised;
    const auto count_notes = [&](const char* key, bool is_optional) {
        Placement none;
        none.problem = "no CPUs";
        none.is_optional = is_optional;
        KnobPlan plan;
        find_knob(key)->plan({domain, by, facts, {}, promised, nullptr, &none}, plan);
        return plan.notes.all().size();
    };
    for (const char* key : {"cpus.isolate", "irqs.balancer", "power.governor"}) {
        CAPTURE(key);
        CHECK(count_notes(key, false) == 0);
        CHECK(count_notes(key, true) == 1);
    }
}

TEST_CASE("the other keys of a place are reported if the policy places nothing") {
    const auto plan = plan_at({}, policy_with({{"cpus.share", true}}));
    CHECK(plan.notes.text().find("cpus.share has no effect without cpus.place") != std::string::npos);
    CHECK_FALSE(plan.notes.has_errors());
    CHECK(plan_at({}, policy_with({{"cpus.isolate", "pinned"}})).notes.text() == "");
}

TEST_CASE("a lease's claims of a place yield the place again") {
    auto place = place_on_node_1();
    place.idle = {7};
    place.iothreads = {4};
    CHECK(placement_of(lease_with(plan_at(place))) == place);
    CHECK_FALSE(placement_of(Lease{}));
    auto broken = lease_with(plan_at(place));
    std::erase_if(broken.claims, [](const Claim& claim) { return claim.name() == "vcpu0"; });
    CHECK_FALSE(placement_of(broken));
}

TEST_CASE("a placed domain has the pins that its XML could have") {
    auto domain = domain_with_memory(GiB);
    domain.iothread_ids = {1, 3};
    auto place = place_on_node_1();
    place.iothreads = {4};
    const auto pinned = placed(domain, place);
    CHECK(pinned_cpus(pinned) == CpuSet{5, 6});
    CHECK(pinned.emulator_pin->cpus == CpuSet{4});
    REQUIRE(pinned.iothread_pins.size() == 2);
    CHECK(pinned.iothread_pins.back().id == 3);
    CHECK(placed(domain, Placement{}) == domain);
}

TEST_CASE("each element that pins a domain is named") {
    const auto element = [](auto set) {
        auto domain = domain_with_memory(GiB);
        set(domain);
        return pinning_element(domain);
    };
    CHECK(element([](Domain&) {}) == "");
    CHECK(element([](Domain& domain) { domain.vcpu_pins = {{0, {1}, 12}}; }) ==
          "<vcpupin> (line 12 of the domain's XML)");
    CHECK(element([](Domain& domain) { domain.emulator_pin = Pin{0, {1}, 7}; }) ==
          "<emulatorpin> (line 7 of the domain's XML)");
    CHECK(element([](Domain& domain) { domain.iothread_pins = {{1, {1}, 8}}; }) ==
          "<iothreadpin> (line 8 of the domain's XML)");
    CHECK(element([](Domain& domain) { domain.vcpu_cpus = {0, 1}; }) == "<vcpu cpuset='0-1'>");
    CHECK(element([](Domain& domain) { domain.vcpu_placement_auto = true; }) == "<vcpu placement='auto'>");
    CHECK(element([](Domain& domain) { domain.numa_memory = NumaMemory{.automatic = true, .line = 5}; }) ==
          "<memory placement='auto'> (line 5 of the domain's XML)");
}

TEST_CASE("once QEMU runs, each cgroup of a thread is claimed once, including those of later I/O threads") {
    RunningFacts running;
    const std::string scope = "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/";
    running.threads = {{{10, 1}, "emulator", scope + "emulator", "qemu"},
                       {{11, 1}, "emulator", scope + "emulator", "worker"},
                       {{12, 1}, "vcpu0", scope + "vcpu0", "CPU 0/KVM"},
                       {{13, 1}, "iothread7", scope + "iothread7", "IO iothread7"}};
    std::string text;
    const auto plan = plan_at(place_on_node_1());
    for (const auto& claim : plan.claims)
        if (claim.is_open())
            for (const auto& found : find_knob("cpus.place")->resolve(claim, running))
                text += found.name().substr(scope.size()) + " = " + found.value + " " +
                        found.path().substr(found.path().rfind('/') + 1) + "\n";
    CHECK(text == "vcpu0 = 5 cpuset.cpus\nemulator = 4 cpuset.cpus\niothread7 = 4 cpuset.cpus\n");
}

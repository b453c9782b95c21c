#include "engine/verify.hpp"

#include "engine/operations.hpp"
#include "support/faulty_host.hpp"
#include "support/world.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::string swappiness = "/proc/sys/vm/swappiness";
const std::string pool_file = "/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages";

/// One running VM with every knob of its policy in force.
struct Running {
    World world;
    FakeVm vm = make_vm(1, 512);

    Running() { REQUIRE(world.libvirt.bring_up(world.host, vm)); }
    std::vector<Finding> verify() { return hostlease::verify(world.host, world.ledger()); }
    /// The ledger with one record changed by hand.
    template <typename Change>
    std::vector<Finding> with_record(const std::string& knob, Change change) {
        auto ledger = world.ledger();
        for (auto& record : ledger.records)
            if (record.knob == knob) change(record);
        return hostlease::verify(world.host, ledger);
    }
};

std::vector<Finding> of_swappiness(std::vector<Finding> findings) {
    std::erase_if(findings, [](const Finding& finding) { return finding.path != swappiness; });
    return findings;
}

/// Findings about memory.swappiness when no lease is left, with its record changed by hand.
template <typename Change>
std::vector<Finding> after_the_lease(Running& running, Change change) {
    auto ledger = running.world.ledger();
    ledger.leases.clear();
    change(*ledger.record("memory.swappiness", "swappiness"));
    return of_swappiness(verify(running.world.host, ledger));
}

void check_one(const std::vector<Finding>& findings, const std::string& path, const std::string& expected,
               const std::string& current, const std::string& what) {
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].path == path);
    CHECK(findings[0].expected == expected);
    CHECK(findings[0].current == current);
    CHECK(findings[0].what.find(what) != std::string::npos);
}
} // namespace

TEST_CASE("a host in the state that its leases want has no findings, nor has one without a ledger") {
    Running running;
    CHECK(running.verify().empty());
    CHECK(verify(running.world.host, {}).empty());
    running.world.libvirt.bring_down(running.world.host, running.vm);
    CHECK(running.verify().empty());
    World fresh;
    CHECK(verify(fresh.host, fresh.ledger()).empty());
}

TEST_CASE("verifying changes nothing") {
    Running running;
    running.world.host.files[swappiness] = "33\n";
    const auto ledger = running.world.ledger();
    FaultyHost counter(running.world.host, FaultyHost::Fault::none, 0);
    CHECK(verify(counter, ledger).size() == 1);
    CHECK(counter.changes() == 0);
}

TEST_CASE("a value that another program set is a finding that is left alone") {
    Running running;
    running.world.host.files[swappiness] = "33\n";
    const auto findings = running.verify();
    check_one(findings, swappiness, "10", "33", "another program changed it; hostlease leaves it alone");
    CHECK(findings[0].knob == "memory.swappiness");
    CHECK(findings[0].target ==
          running.world.ledger().record("memory.swappiness", findings[0].target)->target);
}

TEST_CASE("a value that is back at its baseline is a finding that reconcile repairs") {
    Running running;
    running.world.host.files[swappiness] = "60\n";
    check_one(running.verify(), swappiness, "10", "60", "`hostlease reconcile` brings it there");
    Call call;
    REQUIRE(reconcile(running.world.host, call));
    CHECK(running.verify().empty());
}

TEST_CASE("an interrupted change is a finding, unless it succeeded") {
    Running running;
    CHECK(
        running.with_record("memory.swappiness", [](KnobRecord& record) { record.intended = "10"; }).empty());
    running.world.host.files[swappiness] = "60\n";
    check_one(running.with_record("memory.swappiness", [](KnobRecord& record) { record.intended = "10"; }),
              swappiness, "10", "60", "a change was interrupted; `hostlease reconcile` finishes it");
}

TEST_CASE("an interrupted call may not have left its file beside the CPUs of a unit: that is a finding") {
    World world("version = 1\n[match]\ndomain = \"vm*\"\n[hugepages]\nreserve = \"leave\"\n"
                "[cpus]\nmethod = \"slices\"\n");
    world.pool(1).persistent = 128;
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    auto ledger = world.ledger();
    CHECK(verify(world.host, ledger).empty());
    auto* record = ledger.record("cpus.isolate", "system.slice");
    REQUIRE(record != nullptr);
    record->intended = record->wrote;
    check_one(verify(world.host, ledger), record->path, record->wrote, record->wrote,
              "a change was interrupted; `hostlease reconcile` finishes it");
}

TEST_CASE("a missing or unreadable file of a knob is a finding while a lease claims it") {
    Running running;
    running.world.host.files.erase(swappiness);
    check_one(running.verify(), swappiness, "10", "", "No such file");
    CHECK(after_the_lease(running, [](KnobRecord&) {}).empty()); // nothing to restore
}

TEST_CASE("a restore is tried again, and is a finding until then") {
    Running running;
    check_one(after_the_lease(running, [](KnobRecord& record) { record.refused = "60"; }), swappiness, "60",
              "10", "`hostlease reconcile` brings it there");
}

TEST_CASE("while a lease file is unreadable, its possible claims are no finding of their own") {
    Running running;
    auto ledger = running.world.ledger();
    ledger.leases.clear();
    ledger.unreadable.push_back(
        {.uuid = running.vm.uuid, .path = "/run/hostlease/lease-x.toml", .error = {}});
    CHECK(of_swappiness(verify(running.world.host, ledger)).empty());
}

TEST_CASE("values with the same meaning are equal") {
    Running running;
    running.world.host.files[swappiness] = "0xa\n";
    CHECK(running.verify().empty());
}

TEST_CASE("a pool that another program grew or shrank is a finding") {
    Running running;
    running.world.pool(1).persistent += 10;
    check_one(running.verify(), pool_file, "512", "522", "another program changed the pool");
    running.world.pool(1).persistent -= 110;
    check_one(running.verify(), pool_file, "512", "412", "another program changed the pool");
}

TEST_CASE("a pool whose growth was interrupted is a finding") {
    Running running;
    auto ledger = running.world.ledger();
    ledger.pools.front().intended = 700;
    check_one(verify(running.world.host, ledger), pool_file, "512", "512",
              "a change of this pool was interrupted; `hostlease reconcile` finishes it");
}

TEST_CASE("pages that must still be released are a finding") {
    Running running;
    auto ledger = running.world.ledger();
    ledger.leases.clear();
    const auto findings = verify(running.world.host, ledger);
    const auto about_pool = [](const Finding& finding) { return finding.path == pool_file; };
    REQUIRE(std::count_if(findings.begin(), findings.end(), about_pool) == 1);
    const auto& pool = *std::find_if(findings.begin(), findings.end(), about_pool);
    CHECK(pool.expected == "0");
    CHECK(pool.current == "512");
    CHECK(pool.what == "pages are not yet returned; `hostlease reconcile` tries again");
}

TEST_CASE("an unreadable pool is a finding") {
    Running running;
    running.world.host.nodes[1].pools.erase(2 * MiB);
    const auto findings = running.verify();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].path == pool_file);
    CHECK(findings[0].current.empty());
}

TEST_CASE("the lease of a VM that is known to be gone is a finding, that of a possibly live VM is none") {
    Running running;
    running.world.libvirt.quit(running.vm);
    const auto findings = running.verify();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].what ==
          "VM 'vm1' is gone, but its lease still exists; `hostlease reconcile` returns it");
    CHECK(findings[0].uuid == running.vm.uuid);
    auto ledger = running.world.ledger();
    ledger.leases[0].qemu = {}; // QEMU was never seen
    CHECK(verify(running.world.host, ledger).empty());
}

TEST_CASE("unreadable ledger files are findings, the ones set aside first") {
    Running running;
    running.world.host.files["/run/hostlease/records.toml"] = "rot";
    running.world.host.files["/run/hostlease/lease-x.toml"] = "rot";
    const auto findings = running.verify();
    REQUIRE(findings.size() == 2);
    CHECK(findings[0].path == "/run/hostlease/records.toml");
    CHECK(findings[1].path == "/run/hostlease/lease-x.toml");
    CHECK(findings[0].knob.empty());
    CHECK(findings[0].uuid.empty());
    CHECK(findings[1].uuid == "x");
}

TEST_CASE("records of knobs that this version does not know are ignored") {
    Running running;
    CHECK(
        running
            .with_record("memory.swappiness", [](KnobRecord& record) { record.knob = "memory.of_tomorrow"; })
            .empty());
}

TEST_CASE("targets that the host cannot read back are counted by knob, and are no findings") {
    const std::string head = "version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = \"leave\"\n";
    World world(
        head +
        "[memory]\nswappiness = 10\n[irqs]\nbalancer = \"ban\"\n[[command]]\nrun = [\"/usr/bin/true\"]\n"
        "[[command]]\nrun = [\"/usr/bin/touch\", \"/run/x\"]\nundo = [\"/usr/bin/rm\", \"/run/x\"]\n");
    world.pool(1).persistent = 128;
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    CHECK(verify(world.host, world.ledger()).empty());
    const auto hidden = unseen(world.ledger());
    REQUIRE(hidden.size() == 2);
    CHECK(hidden[0].knob == "irqs.balancer");
    CHECK(hidden[0].count == 1);
    CHECK(hidden[1].knob == "command");
    CHECK(hidden[1].count == 2);
}

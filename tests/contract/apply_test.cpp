// A policy that is edited while its VM runs: each knob is added, removed and changed, with kills and failures
// at each step.
#include "engine/apply.hpp"
#include "engine/operations.hpp"
#include "engine/policy_store.hpp"
#include "engine/rehearse.hpp"
#include "engine/verify.hpp"
#include "read/domain_xml.hpp"
#include "support/faulty_host.hpp"
#include "support/knob_world.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;
using namespace std::chrono_literals;

namespace {
const std::string head = "version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = \"leave\"\n";

Policy policy_of(World& world, const FakeVm& vm) {
    Diagnostics warnings;
    const auto domain = read_domain_xml(vm.xml(), "vm.xml").value();
    return policy_for(world.host, read_policy_heads(world.host), domain, warnings).value().value();
}

/// Applies the current policy through `host`.
Status apply_now(World& world, Host& host, const FakeVm& vm, Call& call) {
    return apply_policy(host, read_domain_xml(vm.xml(), "vm.xml").value(), policy_of(world, vm), call);
}

Status apply_now(World& world, const FakeVm& vm) {
    Call call;
    return apply_now(world, world.host, vm, call);
}

bool tells(const Report& report, const std::string& what) {
    return std::any_of(report.entries.begin(), report.entries.end(), [&](const ReportEntry& entry) {
        return entry.message.find(what) != std::string::npos;
    });
}

/// A VM that runs under one policy, which is then replaced by another.
struct Edit {
    KnobWorld world;
    FakeVm vm;
    std::map<std::string, std::string> before;

    Edit(const Knob& knob, const std::string& from, const std::string& to)
        : world(knob), vm(make_vm_for(knob, 1, 64)) {
        world.host.files[World::policy_file] = to; // the expected state afterwards, including the policy
        before = world.host.snapshot();
        world.host.files[World::policy_file] = from;
        REQUIRE(world.libvirt.bring_up(world.host, vm));
        world.host.files[World::policy_file] = to;
    }

    void end() {
        world.libvirt.bring_down(world.host, vm);
        CHECK(difference(before, world.host.snapshot()) == "");
        CHECK(world.ledger().leases.empty());
        CHECK_FALSE(world.ledger().has_records());
    }
};

/// The host after a VM has started under this policy.
std::map<std::string, std::string> started_under(const Knob& knob, const std::string& policy) {
    return Edit(knob, policy, policy).world.host.snapshot();
}

/// Calls act(knob, from, to) for each knob, added and removed.
/// Files that stay changed until the VM ends: systemd's drop-in, and CPUs of the VM's cgroups, which cannot be
/// unset.
bool is_of_scope(const std::string& path) {
    const bool is_below = path.find(".scope/") != std::string::npos && path.ends_with("/cpuset.cpus");
    return path.starts_with("/run/systemd/transient/machine-") || is_below;
}

template <typename Act>
void for_every_edit(Act act) {
    for_every_knob([&](const Knob& knob) {
        if (is_of_pools(knob)) return; // QEMU's mapped pages stay: below
        const std::string policy = policy_for_knob(knob);
        act(knob, head, policy);
        act(knob, policy, head);
    });
}

std::string swappiness(int value, const std::string& more = {}) {
    return head + "[memory]\n" + more + "swappiness = " + std::to_string(value) + "\n";
}

struct TwoVms : World {
    FakeVm one = make_vm(1, 16);
    FakeVm two = make_vm(2, 16);

    TwoVms(const std::string& first, const std::string& second) : World(first) {
        pool(1).persistent = 64;
        set_second(second);
        REQUIRE(libvirt.bring_up(host, one));
        REQUIRE(libvirt.bring_up(host, two));
    }
    void set_first(const std::string& text) { host.files[policy_file] = text; }
    void set_second(std::string text) {
        host.files["/etc/hostlease/vm2.toml"] = text.replace(text.find("vm*"), 3, "vm2");
    }
    std::string now() { return host.files["/proc/sys/vm/swappiness"]; }
};
} // namespace

TEST_CASE("each knob added or removed while the VM runs: the host is as after a start with that policy, and "
          "ends as it began") {
    for_every_edit([](const Knob& knob, const std::string& from, const std::string& to) {
        Edit edit(knob, from, to);
        CHECK(apply_now(edit.world, edit.vm));
        auto changed = changed_files(started_under(knob, to), edit.world.host.snapshot());
        std::erase_if(changed, is_of_scope); // all CPUs instead of none
        CHECK(changed.empty());
        CHECK(verify(edit.world.host, edit.world.ledger()).empty());
        edit.world.host.writes.clear();
        CHECK(apply_now(edit.world, edit.vm));
        CHECK(edit.world.host.writes.empty()); // nothing more to do
        edit.end();
    });
}

TEST_CASE("killed or failing at every access of applying each knob, then reconcile: nothing stays open, and "
          "the host ends as it began") {
    for_every_edit([](const Knob& knob, const std::string& from, const std::string& to) {
        Edit model(knob, from, to);
        FaultyHost counter(model.world.host, FaultyHost::Fault::none, 0);
        Call call;
        REQUIRE(apply_now(model.world, counter, model.vm, call));
        // earlier accesses only read the host, and are the same for every knob
        const unsigned first = knob.key == "memory.swappiness" ? 1 : counter.first_replacement();
        REQUIRE(first > 0);
        for (const auto fault : {FaultyHost::Fault::die_before, FaultyHost::Fault::fail}) {
            if (fault == FaultyHost::Fault::fail && knob.form == KnobForm::command && to == head)
                continue; // a failed undo is reported
            for (unsigned at = first; at <= counter.accesses(); ++at) {
                CAPTURE(at);
                Edit edit(knob, from, to);
                FaultyHost faulty(edit.world.host, fault, at);
                try {
                    static_cast<void>(apply_now(edit.world, faulty, edit.vm, call));
                } catch (const Died&) {
                }
                CHECK(reconcile(edit.world.host, call));
                CHECK(verify(edit.world.host, edit.world.ledger()).empty());
                CHECK(edit.world.ledger().leases.size() == 1);
                edit.end();
            }
        }
    });
}

TEST_CASE("a rehearsal lists the writes of the real apply, and writes nothing") {
    for_every_edit([](const Knob& knob, const std::string& from, const std::string& to) {
        if (knob.resolve != nullptr) return; // partitions are changed in several steps
        Edit edit(knob, from, to);
        edit.world.host.writes.clear();
        const auto before = edit.world.host.snapshot();
        Call call;
        const auto domain = read_domain_xml(edit.vm.xml(), "vm.xml").value();
        const auto changes = rehearse_apply(edit.world.host, domain, policy_of(edit.world, edit.vm), call);
        REQUIRE(changes);
        CHECK(edit.world.host.writes.empty());
        CHECK(difference(before, edit.world.host.snapshot()) == "");
        CHECK_FALSE(changes->empty());
        call.changes.emplace();
        REQUIRE(apply_now(edit.world, edit.world.host, edit.vm, call));
        CHECK(*call.changes == *changes);
        call.changes.reset();
        CHECK(rehearse_apply(edit.world.host, domain, policy_of(edit.world, edit.vm), call).value().empty());
        if (knob.form == KnobForm::command) return; // only the admin knows what the program does
        std::set<std::string> named;
        for (const auto& change : *changes)
            named.insert(change.path);
        for (const auto& path : changed_files(before, edit.world.host.snapshot())) {
            CAPTURE(path);
            CHECK((named.contains(path) || path.ends_with(".service") || is_of_scope(path) ||
                   knob.form == KnobForm::kernel_thread || is_beside(path, knob, *changes)));
        }
    });
}

TEST_CASE("a rehearsed release and reconcile list the writes of the real ones, and write nothing") {
    for_every_knob([](const Knob& knob) {
        KnobWorld world(knob);
        FakeVm vm = make_vm_for(knob, 1, 64);
        REQUIRE(world.libvirt.bring_up(world.host, vm));
        world.libvirt.quit(vm);
        world.host.writes.clear();
        const auto before = world.host.snapshot();
        Call call;
        const auto released = rehearse_release(world.host, {vm.uuid}, call);
        const auto reconciled = rehearse_reconcile(world.host, call);
        CHECK(world.host.writes.empty());
        CHECK(difference(before, world.host.snapshot()) == "");
        REQUIRE(released);
        REQUIRE(reconciled);
        CHECK(*released == *reconciled);
        if (knob.resolve == nullptr) CHECK_FALSE(released->empty()); // else ended with QEMU's threads
        CHECK(tells(call.report, "gone without a release"));
        REQUIRE(reconcile(world.host, call));
        CHECK(rehearse_reconcile(world.host, call).value().empty());
    });
}

TEST_CASE("a changed value is written, and the baseline stays the one before the first claim") {
    World world(swappiness(10));
    world.pool(1).persistent = 64;
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    world.host.files[World::policy_file] = swappiness(20);
    REQUIRE(apply_now(world, vm));
    CHECK(world.host.files["/proc/sys/vm/swappiness"] == "20\n");
    CHECK(world.ledger().records.front().baseline == "60");
    world.libvirt.bring_down(world.host, vm);
    CHECK(world.host.files["/proc/sys/vm/swappiness"] == "60\n");
}

TEST_CASE("pages stay the VM's until it stops, whatever the edited policy says") {
    const std::string plain = "version = 1\n[match]\ndomain = \"vm*\"\n";
    World world(plain + "[hugepages]\nhost_free_min = \"1GiB\"\n");
    const auto pages_before = world.host.snapshot();
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    const Lease held = world.ledger().leases.front();
    world.host.files[World::policy_file] = plain + "[hugepages]\nreserve = \"leave\"\n";
    Call call;
    REQUIRE(apply_now(world, world.host, vm, call));
    CHECK(tells(call.report, "stay its own until it stops"));
    CHECK(world.pool(1).persistent == 64);
    CHECK(world.ledger().leases.front().claims == held.claims);
    CHECK(world.ledger().leases.front().promises == held.promises);
    world.host.files[World::policy_file] = plain + "[hugepages]\nhost_free_min = \"2GiB\"\n";
    REQUIRE(apply_now(world, vm));
    CHECK(world.ledger().leases.front().claims.back().value == std::to_string(2 * GiB));
    world.libvirt.bring_down(world.host, vm);
    CHECK(world.pool(1).persistent == 0);
}

TEST_CASE("a VM that was started without a lease gets one, except for pages") {
    World world("version = 1\n[match]\ndomain = \"nobody\"\n");
    world.pool(1).persistent = 64;
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    CHECK(world.ledger().leases.empty());
    world.host.files[World::policy_file] = full_policy;
    const auto before = world.host.snapshot();
    Call call;
    REQUIRE(apply_now(world, world.host, vm, call));
    CHECK(tells(call.report, "counts from its next start"));
    CHECK(world.host.files["/proc/sys/vm/swappiness"] == "10\n");
    CHECK(world.pool(1).persistent == 64);
    CHECK(world.ledger().leases.front().qemu.pid == vm.pid);
    world.libvirt.bring_down(world.host, vm);
    CHECK(world.pool(1).persistent == 64);
    CHECK(world.host.files["/proc/sys/vm/swappiness"] == "60\n");
    CHECK(world.ledger().leases.empty());
}

TEST_CASE("another VM's claim wins, because the edited policy is younger") {
    TwoVms world(swappiness(10), swappiness(10));
    world.set_first(swappiness(20));
    Call call;
    REQUIRE(apply_now(world, world.host, world.one, call));
    CHECK(tells(call.report,
                "memory.swappiness = 20 cannot be granted: VM 'vm2' holds /proc/sys/vm/swappiness at "
                "10 (/etc/hostlease/vm2.toml:7:14)"));
    CHECK(world.now() == "10\n");
    world.libvirt.bring_down(world.host, world.two);
    CHECK(world.now() == "20\n");
    world.libvirt.bring_down(world.host, world.one);
    CHECK(world.now() == "60\n");
}

TEST_CASE("a required value that another VM's claim prevents is refused, and the lease stays unchanged") {
    TwoVms world(swappiness(10), swappiness(10));
    const auto before = world.host.snapshot();
    const auto text = swappiness(20, "enforce = \"required\"\n");
    world.set_first(text);
    const auto refused = apply_now(world, world.one);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == ErrorKind::refused);
    CHECK(refused.error().text().starts_with(
        "/etc/hostlease/vms.toml:8:14: memory.swappiness = 20 cannot be granted: VM 'vm2'"));
    world.set_first(swappiness(10));
    CHECK(difference(before, world.host.snapshot()) == "");
}

TEST_CASE("an unchanged claim stays older than another VM's claim") {
    TwoVms world(swappiness(10), swappiness(20));
    world.set_first(swappiness(10, "ksm = \"off\"\n"));
    REQUIRE(apply_now(world, world.one));
    CHECK(world.now() == "10\n");
    CHECK(world.host.files["/sys/kernel/mm/ksm/run"] == "0\n");
    world.set_first(swappiness(30));
    REQUIRE(apply_now(world, world.one));
    CHECK(world.now() == "20\n");
}

TEST_CASE("a required claim that fails restores all earlier claims") {
    World world(swappiness(10, "ksm = \"off\"\n"));
    world.pool(1).persistent = 64;
    FakeVm vm = make_vm(1, 64);
    const std::string governor = "/sys/devices/system/cpu/cpufreq/policy5/scaling_governor";
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    const auto claims = world.ledger().leases.front().claims;
    world.host.files[World::policy_file] =
        swappiness(20) + "[power]\nenforce = \"required\"\ngovernor = \"performance\"\n";
    world.host.write_errors[governor] = EIO;
    const auto before = world.host.snapshot();
    Call call;
    call.changes.emplace();
    const auto failed = apply_now(world, world.host, vm, call);
    REQUIRE_FALSE(failed);
    const auto& made = *call.changes;
    CHECK(made.size() >= 2); // a change of swappiness and its restore count as one
    CHECK(std::all_of(made.begin(), made.end(), [](const Change& one) { return one.from == one.to; }));
    CHECK(failed.error().text().find(governor) != std::string::npos);
    auto after = world.host.snapshot();
    for (const auto& path : changed_files(before, after))
        CHECK(path == "");
    CHECK(world.ledger().leases.front().claims == claims);
    CHECK(verify(world.host, world.ledger()).empty());
    world.host.write_errors.clear();
    REQUIRE(apply_now(world, vm));
    CHECK(world.host.files[governor] == "performance\n");
}

TEST_CASE("a VM that does not run, or is starting or stopping, is refused") {
    World world(swappiness(10));
    world.pool(1).persistent = 64;
    FakeVm vm = make_vm(1, 64);
    const auto said = [&] { return apply_now(world, vm).error().text(); };
    CHECK(said().find("does not run") != std::string::npos);
    REQUIRE(world.libvirt.call(vm, Step::prepare).code == ExitCode::done);
    CHECK(said().find("is being started") != std::string::npos);
    REQUIRE(world.libvirt.call(vm, Step::start).code == ExitCode::done);
    REQUIRE(world.libvirt.launch(vm));
    world.libvirt.call(vm, Step::started);
    world.libvirt.call(vm, Step::stopped);
    CHECK(said().find("does not run any more") != std::string::npos);
    world.libvirt.quit(vm);
    CHECK(said().find("does not run") != std::string::npos); // its lease is released by this call
    CHECK(world.ledger().leases.empty());
}

TEST_CASE("a program for before QEMU's start cannot be added to a running VM; one that has run stays, and "
          "can be removed") {
    const std::string first = "[[command]]\nat = \"prepare\"\nrun = [\"/usr/bin/touch\", \"/run/a\"]\nundo = "
                              "[\"/usr/bin/rm\", \"/run/a\"]\n";
    const std::string second = "[[command]]\nat = \"prepare\"\nrun = [\"/usr/bin/touch\", \"/run/b\"]\n";
    World world(head + first);
    world.pool(1).persistent = 64;
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    CHECK(apply_now(world, vm));
    world.host.files[World::policy_file] = head + first + second;
    const auto refused = apply_now(world, vm);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text().starts_with(
        "/etc/hostlease/vms.toml:10:1: a [[command]] at \"prepare\" runs before QEMU does"));
    world.host.files[World::policy_file] = head;
    CHECK(apply_now(world, vm));
    CHECK_FALSE(world.host.files.contains("/run/a"));
}

TEST_CASE(
    "a CPU that goes offline while its VM runs, and returns: reconcile copes, and the stop restores all") {
    World world(head + "[power]\ngovernor = \"performance\"\n");
    world.pool(1).persistent = 64;
    FakeVm vm = make_vm(1, 64);
    const auto before = world.host.snapshot();
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    const std::string policy = "/sys/devices/system/cpu/cpufreq/policy5/";
    std::map<std::string, std::string> taken;
    std::erase_if(world.host.files, [&](const auto& file) {
        const bool goes = file.first.starts_with(policy);
        if (goes) taken.insert(file);
        return goes;
    });
    world.host.files["/sys/devices/system/cpu/online"] = "0-4,6-7\n";
    Call call;
    CHECK(reconcile(world.host, call));
    CHECK(tells(call.report, policy + "scaling_governor sleeps, as CPU 5 is offline"));
    SUBCASE("it returns before the VM stops") {
        taken[policy + "scaling_governor"] = "schedutil\n"; // set by a driver
        world.host.files.insert(taken.begin(), taken.end());
        world.host.files["/sys/devices/system/cpu/online"] = "0-7\n";
        CHECK(reconcile(world.host, call));
        CHECK(world.host.files[policy + "scaling_governor"] == "performance\n");
        world.libvirt.bring_down(world.host, vm);
        CHECK(difference(before, world.host.snapshot()) == "");
    }
    SUBCASE("it is removed") {
        world.host.files["/sys/devices/system/cpu/present"] = "0-4,6-7\n";
        world.libvirt.bring_down(world.host, vm);
        CHECK(world.host.files["/sys/devices/system/cpu/cpufreq/policy4/scaling_governor"] == "schedutil\n");
    }
    CHECK_FALSE(world.ledger().has_records());
    CHECK(world.ledger().leases.empty());
}

// VMs of ordinary users: for qemu:///session, libvirt runs the same hook as that user.
#include "hook/hook_trial.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::string policy_for_all =
    "version = 1\n[match]\ndomain = [\"*\"]\n[hugepages]\nreserve = \"leave\"\n[memory]\n"
    "swappiness = 10\nenforce = \"required\"\n";

/// Makes each call for a user's own VM on the current host.
void check_untouched(World& world) {
    const FakeVm guest = make_vm(7, 16);
    world.host.user_id = 1000;
    const auto before = world.host.snapshot();
    for (const auto& call : known_calls) {
        CAPTURE(call.operation);
        const auto trial = try_call(world.host, guest.name, call, guest.xml());
        CHECK(trial.outcome.code == ExitCode::done);
        CHECK(trial.outcome.reason.empty());
        CHECK(trial.outcome.uuid.empty());
        CHECK(trial.outcome.report.entries.empty());
        CHECK(trial.accesses == 0);
        CHECK(trial.reads == 0);
    }
    CHECK(difference(before, world.host.snapshot()) == "");
}
} // namespace

TEST_CASE("a user's own VM starts and stops as if no hook were there, whatever root has leased and whatever "
          "policies say") {
    World fresh(policy_for_all);
    check_untouched(fresh);
    World leased(policy_for_all);
    FakeVm guest = make_vm(1, 16);
    leased.pool(1).persistent = 128;
    REQUIRE(leased.libvirt.bring_up(leased.host, guest));
    check_untouched(leased);
}

TEST_CASE("for another root than the machine's, an ordinary user's calls count: that host is the user's") {
    World world(policy_for_all);
    world.host.user_id = 1000;
    world.host.is_own_root = true;
    for (const std::string directory : {"/etc", "/etc/hostlease"})
        world.host.statuses[directory] = {FileStatus::Type::directory, 1000, 0755};
    FakeVm guest = make_vm(1, 16);
    world.pool(1).persistent = 128;
    // the ledger in this root belongs to another user
    CHECK(world.libvirt.call(guest, Step::prepare).code == ExitCode::failed);
    world.host.statuses["/run/hostlease"] = {FileStatus::Type::directory, 1000, 0700};
    CHECK(world.libvirt.bring_up(world.host, guest));
    CHECK(world.ledger().leases.size() == 1);
}

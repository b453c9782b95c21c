// Everything that can go wrong, case by case. fault_machine.hpp runs the cases and checks the results.
#include "fault/fault_machine.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
using Fault = FaultyHost::Fault;

std::vector<Mishap> deaths(const Access& access) {
    std::vector<Mishap> list;
    for (const auto aftermath : {Aftermath::libvirt_goes_on, Aftermath::daemon_died, Aftermath::all_died}) {
        list.push_back({"killed before it", Fault::die_before, 0, {}, aftermath});
        if (access.changes()) list.push_back({"killed after it", Fault::die_after, 0, {}, aftermath});
        if (access.is_replacement) list.push_back({"killed in it", Fault::die_within, 0, {}, aftermath});
    }
    return list;
}

/// Possible errors of each kind of access. A missing file is a separate case, because it stays missing.
std::vector<int> errors_of(Access::Kind kind) {
    switch (kind) {
    case Access::Kind::look: return {EIO, EACCES}; // ENODEV means "gone" like ENOENT: host_test tests that
    case Access::Kind::write: return {EIO, EINVAL, EBUSY, ENOSPC, EPERM, EINTR, ENOMEM, EROFS};
    case Access::Kind::file: return {EIO, ENOSPC, EPERM, ENOMEM, EROFS};
    case Access::Kind::unit:
    case Access::Kind::inhibitor: return {EIO, EPERM, ETIMEDOUT};
    case Access::Kind::socket: return {ECONNREFUSED, EPIPE, ETIMEDOUT};
    case Access::Kind::thread: return {EINVAL, EPERM};
    case Access::Kind::program: return {EACCES, ETIMEDOUT};
    case Access::Kind::lock: return {EIO, ENOLCK, EINTR};
    case Access::Kind::process: return {EPERM};
    }
    return {};
}

std::vector<Mishap> failures(const Access& access) {
    std::vector<Mishap> list;
    for (const int error : errors_of(access.kind))
        list.push_back({"failed by errno " + std::to_string(error), Fault::fail, error});
    if (access.changes()) list.push_back({"done, and said to have failed", Fault::fail_after, EIO});
    return list;
}

/// Lasting errors: no space in /run, a service that does not answer, a lock that is never free.
std::vector<Mishap> lasting_failures(const Access& access) {
    using Kind = Access::Kind;
    const auto from_here = [](const char* name, int error) {
        return std::vector<Mishap>{{name, Fault::fail_from, error}};
    };
    if (access.is_replacement) return from_here("no space from here on", ENOSPC);
    switch (access.kind) {
    case Kind::unit:
    case Kind::inhibitor: return from_here("systemd does not answer from here on", ETIMEDOUT);
    case Kind::socket: return from_here("irqbalance takes nothing from here on", EAGAIN);
    case Kind::lock: return from_here("no lock is had from here on", EAGAIN);
    default: return {};
    }
}

std::vector<Mishap> short_effects(const Access& access) {
    using Kind = Access::Kind;
    // without irqbalance's socket, which never reports the result of a request
    if (access.kind != Kind::write && access.kind != Kind::unit && access.kind != Kind::thread) return {};
    const auto otherwise = [](Stage& stage, const Access& one, Outside&) { take_otherwise(stage, one); };
    return {{"taken, and nothing done", Fault::ignore}, {"taken otherwise", Fault::instead, 0, otherwise}};
}

std::vector<Mishap> changes_by_admins(const Access& access) {
    if (!is_changed_by_admins(access)) return {};
    const auto before = [](Stage& stage, const Access& one, Outside& outside) {
        change_by_admin(stage, one, true, outside);
    };
    const auto after = [](Stage& stage, const Access& one, Outside& outside) {
        change_by_admin(stage, one, false, outside);
    };
    return {{"changed by an admin before it", Fault::meddle_before, 0, before},
            {"changed by an admin after it", Fault::meddle_after, 0, after}};
}

std::vector<Mishap> things_going(const Access& access) {
    std::vector<Mishap> list;
    for (const unsigned cpu : {1U, 5U}) {
        const auto go = [cpu](Stage& stage, const Access&, Outside&) {
            stage.world.host.set_online(CpuSet::range(0, 7) - CpuSet{cpu});
        };
        list.push_back({"CPU " + std::to_string(cpu) + " goes offline before it", Fault::meddle_before, 0, go,
                        Aftermath::cpu_comes_back});
    }
    const auto end_vm = [](Stage& stage, const Access&, Outside&) { stage.world.libvirt.quit(stage.vm); };
    const auto end_other = [](Stage& stage, const Access&, Outside&) {
        if (!stage.others.empty()) stage.world.libvirt.quit(stage.others.front());
    };
    list.push_back({"the VM's QEMU ends before it", Fault::meddle_before, 0, end_vm});
    list.push_back({"another VM's QEMU ends before it", Fault::meddle_before, 0, end_other,
                    Aftermath::other_vm_is_gone});
    if (is_mortal(access)) {
        list.push_back({"taken away before it", Fault::meddle_before, 0, take_away});
        list.push_back({"taken away after it", Fault::meddle_after, 0, take_away});
    }
    return list;
}
} // namespace

TEST_CASE("killed before, in and after every access, with various processes dying along: nothing is lost") {
    CHECK(try_everywhere(deaths) > 50'000);
}

TEST_CASE(
    "every access fails once, with each plausible error: the call reports or copes, and nothing is lost") {
    CHECK(try_everywhere(failures) > 50'000);
}

TEST_CASE("space, a service's answers or the lock are missing from some access on: nothing is lost, and "
          "wanted values come later") {
    CHECK(try_everywhere(lasting_failures, 24) > 1000);
}

TEST_CASE("each write is accepted without effect, or with another: the wanted value comes with the next "
          "call, and nothing is lost") {
    CHECK(try_everywhere(short_effects, 24) > 1500);
}

TEST_CASE("an admin changes each file right before or after each access of it: the change stays, or the host "
          "is as before") {
    CHECK(try_everywhere(changes_by_admins, 8) > 8000);
}

TEST_CASE("a CPU, a process, an interrupt, a disk or a slice disappears at every access: everything else is "
          "as before") {
    CHECK(try_everywhere(things_going) > 60'000);
}

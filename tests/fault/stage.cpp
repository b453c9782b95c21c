#include "fault/stage.hpp"

#include "engine/apply.hpp"
#include "engine/operations.hpp"
#include "engine/policy_store.hpp"
#include "engine/verify.hpp"
#include "read/domain_xml.hpp"
#include "support/faulty_host.hpp"
#include "support/shipped_policies.hpp"

#include <doctest/doctest.h>

namespace hostlease::test {

namespace {
/// The calls before the operation, in their order.
constexpr Step life[] = {Step::prepare, Step::start, Step::started, Step::stopped, Step::release};

std::map<unsigned, FakeVm> make_others() {
    return {{0, make_vm(2, 128, 1, "6,7")}, {1, make_vm(3, 64, 0, "2,3")}};
}

Policy policy_of(World& world, const Domain& domain) {
    Diagnostics warnings;
    return policy_for(world.host, read_policy_heads(world.host), domain, warnings).value().value();
}
} // namespace

const char* to_text(Operation operation) {
    switch (operation) {
    case Operation::prepare: return "prepare";
    case Operation::start: return "start";
    case Operation::started: return "started";
    case Operation::stopped: return "stopped";
    case Operation::release: return "release";
    case Operation::reconnect: return "reconnect";
    case Operation::reconcile: return "reconcile";
    case Operation::apply: return "apply";
    case Operation::verify: return "verify";
    }
    return "";
}

HostState state_of(FakeHost& host) {
    auto state = host.snapshot();
    std::erase_if(state, [](const auto& file) {
        return file.first.starts_with("/etc/") || file.first.starts_with("/run/hostlease/") ||
               file.first.starts_with("/run/libvirt/");
    });
    return state;
}

Stage::Stage(const Scenario& scenario) : world(scenario.policy), vm(scenario.vm), edited_(scenario.edited) {
    add_shipped_policies(world.host);
    world.host.tune_by_hand();
    if (scenario.partitions) world.host.partitions.enable();
    if (scenario.set != nullptr) scenario.set(world);
    before = state_of(world.host);
    for (auto& [number, other] : make_others()) {
        if (number == scenario.others) break;
        REQUIRE(world.libvirt.bring_up(world.host, other));
        others.push_back(other);
    }
    before_vm = state_of(world.host);
    leases_before = world.ledger().leases;
}

bool Stage::bring_up_until(Step last) {
    for (const Step step : life) {
        if (step == Step::started && !world.libvirt.launch(vm)) return false;
        if (step == Step::stopped) world.libvirt.quit(vm);
        if (!call(vm, step).succeeded) return false;
        if (step == last) break;
    }
    return true;
}

bool Stage::lead_to(Operation next) {
    operation = next;
    switch (operation) {
    case Operation::prepare: return true;
    case Operation::start: return bring_up_until(Step::prepare);
    case Operation::started: return bring_up_until(Step::start) && world.libvirt.launch(vm);
    case Operation::release: return bring_up_until(Step::stopped);
    default: break;
    }
    if (!bring_up_until(Step::started)) return false;
    if (operation == Operation::stopped || operation == Operation::reconcile) world.libvirt.quit(vm);
    if (operation == Operation::apply) world.host.files[World::policy_file] = edited_;
    return true;
}

CallOutcome Stage::take_in(const HookOutcome& outcome, bool may_fail) {
    for (const auto& entry : outcome.report.entries)
        told.report.add(entry.severity, entry.message, entry.knob, entry.target);
    CHECK(outcome.reason.find("unexpected: ") == std::string::npos); // no exception
    if (!may_fail) CHECK(outcome.code == ExitCode::done);
    return {.died = false, .succeeded = outcome.code == ExitCode::done, .reason = outcome.reason};
}

CallOutcome Stage::call_hook(Host& host, const FakeVm& guest, Step step) {
    return take_in(world.libvirt.call(host, guest, step), step != Step::started && step != Step::stopped);
}

CallOutcome Stage::call(Host& host) {
    const auto came_to = [](const Status& status) {
        return CallOutcome{false, status.has_value(), status ? std::string() : status.error().text()};
    };
    try {
        switch (operation) {
        case Operation::prepare: return call_hook(host, vm, Step::prepare);
        case Operation::start: return call_hook(host, vm, Step::start);
        case Operation::started: return call_hook(host, vm, Step::started);
        case Operation::stopped: return call_hook(host, vm, Step::stopped);
        case Operation::release: return call_hook(host, vm, Step::release);
        case Operation::reconnect: return take_in(world.libvirt.call(host, vm, "reconnect", "begin"), false);
        case Operation::reconcile: return came_to(reconcile(host, told));
        case Operation::apply: {
            const auto domain = read_domain_xml(vm.xml(), "vm.xml").value();
            return came_to(apply_policy(host, domain, policy_of(world, domain), told));
        }
        case Operation::verify:
            if (const auto ledger = Ledger::peek(host)) static_cast<void>(verify(host, *ledger));
            return {};
        }
    } catch (const Died&) {
        return {.died = true, .succeeded = false, .reason = {}};
    }
    return {};
}

void Stage::tear_down(FakeVm& guest) {
    world.libvirt.quit(guest);
    call(guest, Step::stopped);
    call(guest, Step::release);
}

void Stage::go_on_up(Step next) {
    for (const Step step : life) {
        if (step < next) continue;
        if (step == Step::stopped) return;
        if (step == Step::started && !world.libvirt.launch(vm)) return tear_down(vm);
        if (!call(vm, step).succeeded) return tear_down(vm);
    }
}

void Stage::libvirt_goes_on(const CallOutcome& outcome) {
    switch (operation) {
    case Operation::prepare: return outcome.succeeded ? go_on_up(Step::start) : tear_down(vm);
    case Operation::start: return outcome.succeeded ? go_on_up(Step::started) : tear_down(vm);
    case Operation::stopped: call(vm, Step::release); return;
    case Operation::started:
    case Operation::reconnect:
        if (outcome.died || vm.pid == 0) tear_down(vm);
        return;
    case Operation::apply:
        if (vm.pid == 0) tear_down(vm);
        return;
    case Operation::release:
    case Operation::reconcile:
    case Operation::verify: return;
    }
}

void Stage::daemon_comes_back() {
    world.libvirt.restart_daemon();
    const auto reconnect = [&](FakeVm& guest) {
        if (guest.pid != 0) take_in(world.libvirt.call(world.host, guest, "reconnect", "begin"), false);
    };
    reconnect(vm);
    for (auto& other : others)
        reconnect(other);
}

std::string Stage::reconcile_now() {
    const auto status = reconcile(world.host, told);
    return status ? std::string() : status.error().text();
}

} // namespace hostlease::test

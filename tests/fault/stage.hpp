// A host with VMs at a certain point of their lives, and the next call.
#pragma once

#include "engine/call.hpp"
#include "support/world.hpp"

#include <map>
#include <string>
#include <vector>

namespace hostlease::test {

enum class Operation { prepare, start, started, stopped, release, reconnect, reconcile, apply, verify };

inline constexpr Operation all_operations[] = {Operation::prepare, Operation::start,     Operation::started,
                                               Operation::stopped, Operation::release,   Operation::reconnect,
                                               Operation::apply,   Operation::reconcile, Operation::verify};

const char* to_text(Operation operation);

/// The world before the VM under test starts.
struct Scenario {
    std::string name;
    std::string policy;
    std::string edited;      // the new policy for an apply
    unsigned others = 0;     // VMs that run all the time
    bool partitions = false; // whether the kernel supports them
    void (*set)(World& world) = nullptr;
    FakeVm vm = make_vm(1, 512);
};

/// Each shipped policy and the full one, with one to three VMs, and pools in every state.
std::vector<Scenario> all_scenarios();

/// Every file except the policies and those of the ledger and of libvirt.
using HostState = std::map<std::string, std::string>;
HostState state_of(FakeHost& host);

/// The result of a call.
struct CallOutcome {
    bool died = false;
    bool succeeded = true;
    std::string reason;
};

class Stage {
  public:
    /// The host with the other VMs, before the VM under test starts.
    explicit Stage(const Scenario& scenario);

    /// Advances the VM to the point before the operation; false if the scenario never reaches
    /// it.
    bool lead_to(Operation next);

    /// Runs the operation through `host`.
    CallOutcome call(Host& host);
    /// Runs libvirt's next call for a VM, without a fault.
    CallOutcome call(const FakeVm& guest, Step step) { return call_hook(world.host, guest, step); }

    /// libvirt's reaction to the outcome of the operation; in the end, the VM runs or is gone.
    void libvirt_goes_on(const CallOutcome& outcome);
    /// libvirt's daemon died with the hook and restarts: it reconnects to running VMs.
    void daemon_comes_back();
    /// Runs `hostlease reconcile` without faults; returns its error, or "".
    std::string reconcile_now();

    void tear_down(FakeVm& guest);

    World world;
    FakeVm vm;
    std::vector<FakeVm> others;
    Operation operation = Operation::prepare;
    HostState before;                 // before any VM
    HostState before_vm;              // with the other VMs
    std::vector<Lease> leases_before; // those of the other VMs
    Call told;                        // by all calls

  private:
    bool bring_up_until(Step last);
    void go_on_up(Step next);
    CallOutcome call_hook(Host& host, const FakeVm& guest, Step step);
    CallOutcome take_in(const HookOutcome& outcome, bool may_fail);

    std::string edited_;
};

} // namespace hostlease::test

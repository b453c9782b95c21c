// A host with VMs at some point of their lives, and the call that comes next.
#pragma once

#include "engine/report.hpp"
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

/// How the world is made before the VM under test comes.
struct Scenario {
    std::string name;
    std::string policy;
    std::string edited;      // what the policy has become when it is applied
    unsigned others = 0;     // VMs that run all the time
    bool partitions = false; // the kernel has them
    void (*set)(World& world) = nullptr;
    FakeVm vm = make_vm(1, 512);
};

/// Each shipped policy and the full one, with one to three VMs, and pools in every state.
std::vector<Scenario> all_scenarios();

/// Every file but the policies, the ledger's and libvirt's.
using HostState = std::map<std::string, std::string>;
HostState state_of(FakeHost& host);

/// What a call came to.
struct CallOutcome {
    bool died = false;
    bool succeeded = true;
    std::string reason;
};

class Stage {
  public:
    /// The host with the other VMs, before the VM under test comes.
    explicit Stage(const Scenario& scenario);

    /// The same host, when the VM has come to where the operation is next; false when the scenario does not
    /// come that far.
    bool lead_to(Operation next);

    /// The operation through `host`.
    CallOutcome call(Host& host);
    /// libvirt's next call for a VM, by which nobody dies.
    CallOutcome call(const FakeVm& guest, Step step) { return call_hook(world.host, guest, step); }

    /// What libvirt does when the operation has come out so; the VM runs in the end, or is gone.
    void libvirt_goes_on(const CallOutcome& outcome);
    /// libvirt's daemon died with the hook and comes back: it reconnects to what runs.
    void daemon_comes_back();
    /// `hostlease reconcile` on a host without faults; its error, "" when there was none.
    std::string reconcile_now();

    void tear_down(FakeVm& guest);

    World world;
    FakeVm vm;
    std::vector<FakeVm> others;
    Operation operation = Operation::prepare;
    HostState before;                 // any VM
    HostState before_vm;              // with the others
    std::vector<Lease> leases_before; // the others'
    Report told;                      // by all calls

  private:
    bool bring_up_until(Step last);
    void go_on_up(Step next);
    CallOutcome call_hook(Host& host, const FakeVm& guest, Step step);
    CallOutcome take_in(const HookOutcome& outcome, bool may_fail);

    std::string edited_;
};

} // namespace hostlease::test

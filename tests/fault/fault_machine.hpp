// Runs any call on any host of scenarios.cpp with one fault at one of its accesses, then libvirt's next calls
// and a reconcile, then stops everything. Whatever the fault was, the host ends as it began, and nothing is
// left behind.
//
// There are more cases than a test run has time for, so every HOSTLEASE_FAULT_STRIDE-th is run, starting at a
// case that HOSTLEASE_FAULT_SEED chooses. HOSTLEASE_FAULT_STRIDE=1 runs all, about 190 000; a nightly run
// selects others with HOSTLEASE_FAULT_SEED=$RANDOM.
#pragma once

#include "fault/outside.hpp"
#include "fault/stage.hpp"
#include "support/faulty_host.hpp"

#include <functional>
#include <string>
#include <vector>

namespace hostlease::test {

/// What happens after the call.
enum class Aftermath {
    libvirt_goes_on,  // and treats a hook that died like one that failed
    daemon_died,      // with the hook, and restarts; QEMU survives
    all_died,         // QEMU and the daemon, with the hook
    cpu_comes_back,   // libvirt goes on, on a host that has one CPU less for some time
    other_vm_is_gone, // libvirt goes on, and stops the VM whose QEMU has died
};

/// A fault at one access.
struct Mishap {
    using Meddling = std::function<void(Stage& stage, const Access& access, Outside& outside)>;
    std::string name;
    FaultyHost::Fault fault = FaultyHost::Fault::none;
    int error = 0;
    Meddling meddling = {};
    Aftermath aftermath = Aftermath::libvirt_goes_on;
};

/// The mishaps that are possible at an access.
using Mishaps = std::vector<Mishap> (*)(const Access& access);

/// Runs them at every access of every operation of every scenario, or `weight` times as many as the
/// environment selects, and reports how many were run. Returns the number of possible cases.
unsigned try_everywhere(Mishaps mishaps, unsigned weight = 1);

} // namespace hostlease::test

// Any call on any host of scenarios.cpp, with one thing going wrong at one access of it; then what libvirt
// does next, and a reconcile; then everything stops. Whatever it was: the host ends as it began, and nothing
// is left.
//
// There are more cases than a test run has time for, so that every HOSTLEASE_FAULT_STRIDE-th is tried, from a
// first one that HOSTLEASE_FAULT_SEED chooses. HOSTLEASE_FAULT_STRIDE=1 tries them all, some 190 000; a
// nightly run tries others with HOSTLEASE_FAULT_SEED=$RANDOM.
#pragma once

#include "fault/outside.hpp"
#include "fault/stage.hpp"
#include "support/faulty_host.hpp"

#include <functional>
#include <string>
#include <vector>

namespace hostlease::test {

/// What comes after the call.
enum class Aftermath {
    libvirt_goes_on,  // and takes a hook that died for one that failed
    daemon_died,      // with the hook, and comes back; QEMU lives
    all_died,         // QEMU and the daemon with the hook
    cpu_comes_back,   // libvirt goes on, on a host that has a CPU less for some time
    other_vm_is_gone, // libvirt goes on, and stops the VM whose QEMU has died
};

/// What goes wrong at one access.
struct Mishap {
    using Meddling = std::function<void(Stage& stage, const Access& access, Outside& outside)>;
    std::string name;
    FaultyHost::Fault fault = FaultyHost::Fault::none;
    int error = 0;
    Meddling meddling = {};
    Aftermath aftermath = Aftermath::libvirt_goes_on;
};

/// The mishaps that can be at an access.
using Mishaps = std::vector<Mishap> (*)(const Access& access);

/// Tries them at every access of every operation of every scenario, or at `weight` times as many as the
/// environment says, and tells how many that were. The number that there are.
unsigned try_everywhere(Mishaps mishaps, unsigned weight = 1);

} // namespace hostlease::test

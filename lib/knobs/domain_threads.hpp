// QEMU's threads as the domain's XML pins them.
#pragma once

#include "model/domain.hpp"

#include <string>
#include <vector>

namespace hostlease {

struct PinnedThread {
    std::string name; // "vCPU 0", "the emulator", "iothread 1"
    CpuSet cpus;
    unsigned line = 0; // of the XML; 0: not pinned by an element of its own

    /// "vCPU 0 (line 12 of the domain's XML)".
    [[nodiscard]] std::string text() const;
};

/// The vCPUs that are pinned by a vcpupin each, in the order of their numbers.
std::vector<PinnedThread> vcpu_threads(const Domain& domain);

/// The emulator and the iothreads, as far as they are pinned: by an element of their own, else by the vcpu element's cpuset. Source: libvirt's
/// formatdomain (9.0), qemuProcessSetupEmulator and qemuProcessSetupIOThread.
std::vector<PinnedThread> helper_threads(const Domain& domain);

} // namespace hostlease

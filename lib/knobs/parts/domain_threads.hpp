// QEMU's threads as the domain's XML pins them.
#pragma once

#include "model/domain.hpp"

#include <string>
#include <vector>

namespace hostlease {

enum class ThreadRole {
    vcpu,
    emulator,
    iothread,
    other_iothreads // all that have no pin of their own
};

struct PinnedThread {
    ThreadRole role = ThreadRole::vcpu;
    CpuSet cpus;
    unsigned line = 0; // line in the XML; 0 if no element of its own pins it
    unsigned id = 0;   // number of a vCPU or an iothread

    /// "vCPU 0", "the emulator", "I/O thread 1".
    [[nodiscard]] std::string name() const;
    /// "vCPU 0 (line 12 of the domain's XML)".
    [[nodiscard]] std::string text() const;
};

/// The pinned vCPUs in numerical order; each is pinned by a vcpupin element or else by the vcpu element's
/// cpuset. Source: libvirt's formatdomain (9.0), vcpupin: "if this is omitted, and attribute cpuset of
/// element vcpu is not specified, the vCPU is pinned to all".
std::vector<PinnedThread> vcpu_threads(const Domain& domain);

/// The emulator and the iothreads that are pinned, by an element of their own or else by the vcpu
/// element's cpuset. Source: libvirt's formatdomain (9.0), qemuProcessSetupEmulator and
/// qemuProcessSetupIOThread.
std::vector<PinnedThread> helper_threads(const Domain& domain);

/// Whether the kernel may leave all threads with this pin on one CPU: it does not balance threads on CPUs of
/// isolcpus=. Source: Documentation/admin-guide/kernel-parameters.txt, isolcpus=domain (6.12).
inline bool is_unbalanced(const CpuSet& pin, const CpuSet& isolated) {
    return pin.count() > 1 && pin.intersects(isolated);
}

} // namespace hostlease

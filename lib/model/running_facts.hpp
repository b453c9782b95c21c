// Facts of a running QEMU: its threads, their cgroups, the interrupts of its devices.
#pragma once

#include "model/lease.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace hostlease {

/// A thread of QEMU by libvirt's name for its cgroup: "vcpu0", "iothread1", "emulator" (libvirt 9.0 to 11.3).
/// Without cgroups, by the thread's own name (QEMU 7.2 to 10.0).
struct QemuThread {
    ProcessId id; // of the thread
    std::string role;
    // "/machine.slice/machine-qemu\\x2d1\\x2dwin11.scope/libvirt/vcpu0"; "" without one of its own
    std::string cgroup;
    std::string name; // "CPU 0/KVM"
    bool operator==(const QemuThread&) const = default;
};

/// An interrupt of a device that is passed through to the VM.
struct DeviceInterrupt {
    unsigned number = 0;
    std::string name;   // "40 vfio-msix[0](0000:01:00.0)"
    std::string device; // "0000:01:00.0"
    bool operator==(const DeviceInterrupt&) const = default;
};

struct RunningFacts {
    ProcessId qemu;
    std::vector<QemuThread> threads;
    std::vector<DeviceInterrupt> interrupts;
};

} // namespace hostlease

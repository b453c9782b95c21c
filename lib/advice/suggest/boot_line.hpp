// The kernel command line that the VMs of a host need, word by word.
#pragma once

#include "model/domain.hpp"
#include "model/host_facts.hpp"
#include "model/policy.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hostlease {

/// A VM that needs the command line.
struct BootVm {
    Domain domain;
    std::optional<Policy> policy;
};

/// One or more words that belong together.
struct BootWords {
    std::string text;      // "hugepagesz=1G hugepages=0:4"
    std::string why;       // a full sentence
    bool is_there = false; // already in the command line of this boot
    bool operator==(const BootWords&) const = default;
};

struct BootLine {
    std::vector<BootWords> words;
    std::vector<std::string> notes; // what the line leaves out, and why

    /// All words on one line; "" if there are none.
    [[nodiscard]] std::string text() const;
};

/// The line for all of these VMs; `booted` is /proc/cmdline. It isolates the CPUs of vCPU pins and those that
/// the policies isolate, except the core of CPU 0 and cores of which the host keeps a thread. It reserves
/// pages that the kernel cannot assemble after boot, on the nodes that the VMs bind them to. It contains
/// nothing that a policy can provide at run time. Source: Documentation/admin-guide/kernel-parameters.txt
/// (6.1 to 6.12); isolcpus= in kernel/sched/isolation.c.
BootLine boot_line(const std::vector<BootVm>& vms, const HostFacts& facts, std::string_view booted);

} // namespace hostlease

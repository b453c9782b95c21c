// The cores of the machine, and what they share. Filled by host/topology, or by hand in tests.
#pragma once

#include "core/cpu_set.hpp"

#include <cstdint>
#include <vector>

namespace hostlease {

/// A core that has a hardware thread online.
struct TopologyCore {
    CpuSet threads;               // hardware threads that are online
    unsigned package = 0;         // by the kernel's number
    unsigned node = 0;            // NUMA node, by the kernel's number
    unsigned cache = 0;           // 0, 1, ... of the last level caches; cores of several nodes may be below one
    unsigned kind = 0;            // 0: the fastest cores of a hybrid CPU, 1: the next; 0 everywhere else
    std::uint64_t cache_size = 0; // of that cache, bytes; 0: not known
    unsigned highest_mhz = 0;     // 0: not known
    bool operator==(const TopologyCore&) const = default;
};

/// Which cores a VM is to have where they differ in both: those below the largest cache, or those that clock highest.
enum class CorePreference { cache, frequency };

struct HostTopology {
    std::vector<TopologyCore> cores; // by their first CPU
    CpuSet online;
    bool operator==(const HostTopology&) const = default;

    /// Hardware threads of a whole core of this kind: as many as the core has that has most of them online. 0 when there is no such core.
    [[nodiscard]] unsigned threads_per_core(unsigned kind = 0) const;

    /// False for a core whose other threads are offline, while other cores of its kind have theirs. The kernel does not tell which
    /// core an offline CPU belongs to. With SMT switched off, all cores are whole.
    [[nodiscard]] bool is_whole(const TopologyCore& core) const { return core.threads.count() == threads_per_core(core.kind); }

    /// How many kinds of core there are.
    [[nodiscard]] unsigned kinds() const;
};

} // namespace hostlease

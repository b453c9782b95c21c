// The cores of the machine, and the caches, nodes and packages that they share. host/topology or a test fills
// them.
#pragma once

#include "core/cpu_set.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hostlease {

/// A core with at least one hardware thread online.
struct TopologyCore {
    CpuSet threads;       // hardware threads that are online
    unsigned package = 0; // by the kernel's number
    unsigned node = 0;    // NUMA node, by the kernel's number
    // the number of its last level cache, from 0; cores of several nodes may share one
    unsigned cache = 0;
    unsigned kind = 0;            // 0: the fastest cores of a hybrid CPU, 1: the next; 0 everywhere else
    std::uint64_t cache_size = 0; // of that cache, in bytes; 0: not known
    unsigned highest_mhz = 0;     // 0: not known
    // ACPI CPPC, without a unit: larger for a core that the processor prefers; 0: not known
    unsigned highest_perf = 0;
    bool operator==(const TopologyCore&) const = default;
};

/// The cores to prefer: those below the largest cache, those with the highest frequency, or, of a hybrid CPU,
/// the slowest ones, which take the least power.
enum class CorePreference { cache, frequency, efficiency };

/// The number of cores that a host keeps for itself, by the sizing table of the tuning guides: two, or four
/// if the host has 16 or more.
constexpr std::size_t cores_for_host(std::size_t cores) { return cores >= 16 ? 4 : 2; }

struct HostTopology {
    std::vector<TopologyCore> cores; // by their first CPU
    CpuSet online;
    bool operator==(const HostTopology&) const = default;

    /// The hardware threads of a whole core of this kind: the most that any such core has online. 0 if there
    /// is no core of this kind.
    [[nodiscard]] unsigned threads_per_core(unsigned kind = 0) const;

    /// Whether all threads of the core are online, compared with other cores of its kind; the kernel does not
    /// say which core an offline CPU belongs to. With SMT off, all cores are whole.
    [[nodiscard]] bool is_whole(const TopologyCore& core) const {
        return core.threads.count() == threads_per_core(core.kind);
    }

    /// The number of kinds of core.
    [[nodiscard]] unsigned kinds() const;
};

} // namespace hostlease

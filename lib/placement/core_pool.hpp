// The host's cores: who owns them, and which of them a VM may use.
#pragma once

#include "placement/pinning.hpp"

namespace hostlease {

using CoreList = std::vector<const TopologyCore*>;

class CorePool {
  public:
    /// The arguments must outlive the pool.
    CorePool(const HostTopology& topology, const PinningRequest& request);

    /// Cores that no other VM owns and whose CPUs are all open to the VM, in the order of the topology.
    [[nodiscard]] const CoreList& free() const { return free_; }

    /// Cores of this kind with `threads` threads that a VM may use. With one thread, this includes cores that
    /// are not whole.
    [[nodiscard]] CoreList usable(unsigned kind, unsigned threads) const;

    /// The number of these that a VM may use, so that the host keeps its own.
    [[nodiscard]] unsigned most_cores(unsigned kind, unsigned threads) const;

    /// The largest number of vCPUs on cores of this kind.
    [[nodiscard]] unsigned most_vcpus(unsigned kind) const;

    /// Whether this is CPU 0's core, or the first one.
    [[nodiscard]] bool is_first(const TopologyCore& core) const { return core.threads.contains(first_); }

    /// Whether no VM may use it: CPU 0's core, and cores of other VMs' emulators and I/O threads.
    [[nodiscard]] bool is_hosts(const TopologyCore& core) const {
        return is_first(core) || core.threads.intersects(kept_);
    }

    /// Whether other VMs have it for their emulators and I/O threads alone.
    [[nodiscard]] bool is_exclusive(const TopologyCore& core) const {
        return core.threads.intersects(exclusive_);
    }

    /// All cores of the machine.
    [[nodiscard]] const std::vector<TopologyCore>& all() const { return topology_.cores; }

    /// The number of last level caches, among cores of the same kind, that are larger or have a faster core.
    [[nodiscard]] unsigned better_caches(const TopologyCore& core) const {
        return better_.at({core.kind, core.cache});
    }

    [[nodiscard]] unsigned housekeeping() const { return housekeeping_; }
    /// Cores that the VM may not run on: the host's as well.
    [[nodiscard]] unsigned closed() const { return closed_; }

  private:
    using Cache = std::pair<unsigned, unsigned>; // kind of its cores, number

    void rank_caches(CorePreference prefer);

    const HostTopology& topology_;
    const CpuSet& kept_;
    const CpuSet& exclusive_;
    unsigned housekeeping_ = 1;
    unsigned closed_ = 0;
    unsigned first_ = 0;
    CoreList free_;
    std::map<Cache, unsigned> better_;
};

} // namespace hostlease

// The host's cores as a planner of pins sees them: whose they are, and which a VM may have.
#pragma once

#include "suggest/pinning.hpp"

namespace hostlease {

using CoreList = std::vector<const TopologyCore*>;

class CorePool {
  public:
    /// Both must live as long as the pool.
    CorePool(const HostTopology& topology, const PinningRequest& request);

    /// Cores that no other VM has, and whose CPUs are all open to the VM. In the order of the topology.
    [[nodiscard]] const CoreList& free() const { return free_; }

    /// Those of this kind that a VM may have whose cores have `threads` threads. With one thread, so may cores that are not whole.
    [[nodiscard]] CoreList usable(unsigned kind, unsigned threads) const;

    /// How many of these it may have, so that the host keeps its own.
    [[nodiscard]] unsigned most_cores(unsigned kind, unsigned threads) const;

    /// The most vCPUs on cores of this kind.
    [[nodiscard]] unsigned most_vcpus(unsigned kind) const;

    /// CPU 0's core, or the first there is.
    [[nodiscard]] bool is_first(const TopologyCore& core) const { return core.threads.contains(first_); }

    /// Never a VM's: CPU 0's core, and where other VMs have emulators and I/O threads.
    [[nodiscard]] bool is_hosts(const TopologyCore& core) const { return is_first(core) || core.threads.intersects(kept_); }

    /// All cores of the machine.
    [[nodiscard]] const std::vector<TopologyCore>& all() const { return topology_.cores; }

    /// How many last level caches of cores of this core's kind are larger, or have a core that clocks higher, than its own.
    [[nodiscard]] unsigned better_caches(const TopologyCore& core, CorePreference prefer) const;

    [[nodiscard]] unsigned housekeeping() const { return housekeeping_; }

  private:
    const HostTopology& topology_;
    const CpuSet& kept_;
    unsigned housekeeping_ = 1;
    unsigned first_ = 0;
    CoreList free_;
};

} // namespace hostlease

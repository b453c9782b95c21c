// The expected state of a host by the rules of policy.md, without hostlease's own code.
#pragma once

#include "core/cpu_set.hpp"
#include "model/setup.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace hostlease::test {

/// One file, by its path.
struct ModelTarget {
    struct Record {
        std::string baseline;
        std::string wrote;
    };
    Rule rule = Rule::oldest;
    std::optional<unsigned> cpu; // the target is asleep while this CPU is offline
    bool is_spread = false;      // no record is made until there is something to write
    std::string now;
    std::optional<Record> record = {};
};

struct ModelClaim {
    std::string value;
    unsigned age = 0; // lower numbers are older
};

struct ModelLease {
    bool is_started = false; // its claims on values are in force
    bool is_isolating = false;
    CpuSet cpus;
    unsigned node = 0;
    std::uint64_t pages_added = 0;
    std::map<std::string, ModelClaim> claims = {}; // by path
};

class Model {
  public:
    /// A host after boot.
    Model();

    /// The claims of a policy on this host now; without a lease, those of a new one.
    [[nodiscard]] std::map<std::string, ModelClaim> claims_of(const VmChoice& vm, const PolicyChoice& policy,
                                                              const ModelLease* held);
    /// Whether all CPUs of the vCPUs and of the emulator are online.
    [[nodiscard]] bool can_be_pinned(const VmChoice& vm, unsigned number) const;
    /// Whether a VM with this policy must be refused: no core would be left to the host, or CPUs that it
    /// isolates are offline.
    [[nodiscard]] bool is_refused(const VmChoice& vm, const PolicyChoice& policy, unsigned number) const;

    /// wanted = combine(baseline, claims), written if the current value is a known one.
    void converge();
    /// Whether a value belongs to another program, or cannot be read.
    [[nodiscard]] bool has_drift() const;

    std::map<std::string, ModelTarget> targets;   // by path
    std::map<unsigned, ModelLease> leases;        // by the VM's number
    std::map<unsigned, std::uint64_t> base_pages; // by node
    CpuSet online = CpuSet::range(0, 7);
    unsigned next_age = 1;

  private:
    [[nodiscard]] std::map<std::string, std::map<unsigned, std::string>> claims_in_force() const;
    [[nodiscard]] bool is_asleep(const ModelTarget& target) const;
    [[nodiscard]] bool leaves_host_cpus(const ModelKnob& knob, const CpuSet& cpus,
                                        const ModelLease* own) const;
};

bool asks_for(const PolicyChoice& policy, const std::string& key);

} // namespace hostlease::test

// What a host must be like, by the rules of policy.md and nothing of hostlease's own code.
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
    std::optional<unsigned> cpu; // asleep while that is offline
    bool is_spread = false;      // nothing is noted of it as long as nothing is to be written
    std::string now;
    std::optional<Record> record = {};
};

struct ModelClaim {
    std::string value;
    unsigned age = 0; // the lower the older
};

struct ModelLease {
    bool is_started = false; // its claims on values count
    bool is_isolating = false;
    CpuSet cpus;
    unsigned node = 0;
    std::uint64_t pages_added = 0;
    std::map<std::string, ModelClaim> claims = {}; // by path
};

class Model {
  public:
    /// As the host is when it has booted.
    Model();

    /// What a policy asks for on this host now; without a lease, as a new one.
    [[nodiscard]] std::map<std::string, ModelClaim> claims_of(const VmChoice& vm, const PolicyChoice& policy,
                                                              const ModelLease* held);
    /// Whether the CPUs of the vCPUs and of the emulator are all there.
    [[nodiscard]] bool can_be_pinned(const VmChoice& vm, unsigned number) const;
    /// Whether a VM with this policy must be refused: no core would be left to the host, or CPUs that it
    /// isolates are offline.
    [[nodiscard]] bool is_refused(const VmChoice& vm, const PolicyChoice& policy, unsigned number) const;

    /// wanted = combine(baseline, claims), written where the value is one that is known.
    void converge();
    /// Whether some value is somebody else's, or cannot be looked at.
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

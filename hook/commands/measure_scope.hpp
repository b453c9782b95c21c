// The CPUs that `measure` measures, their owners, and the limits of measuring them.
#pragma once

#include "advice/report/noise.hpp"
#include "command.hpp"
#include "core/cpu_set.hpp"

#include <map>
#include <string>
#include <vector>

namespace hostlease {

struct MeasureScope {
    std::string kernel;
    std::string domain; // "" when CPUs were named
    std::string state;
    std::vector<CpuGroup> groups;
    CpuSet others;      // online, not measured, or of the group beside a domain: where a load may run
    CpuSet guests;      // where vCPUs of running VMs may run
    CpuSet realtime;    // where those have real-time priority
    CpuSet partitioned; // where no process but a VM's own can be put

    [[nodiscard]] CpuSet measured() const;
};

/// The CPUs to measure: those of a domain, or those named, or every online CPU.
struct MeasureRequest {
    std::string domain; // "" for none
    std::string connect;
    std::optional<CpuSet> cpus;
};

/// On failure complains and gives the exit code: CPUs that are not online, or a domain that is not pinned.
/// Asks libvirt only for the domain; other running VMs are found by libvirt's pid files, which must be
/// readable.
tl::expected<MeasureScope, ExitCode> find_measure_scope(Host& host, const MeasureRequest& request);

} // namespace hostlease

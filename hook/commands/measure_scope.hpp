// The CPUs that `measure` measures, their owners, and the limits that apply.
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
    std::string domain; // "" if CPUs were named
    std::string state;
    std::vector<CpuGroup> groups;
    CpuSet others;      // online CPUs not measured, or the group beside a domain's: a load may run there
    CpuSet guests;      // CPUs where vCPUs of running VMs may run
    CpuSet realtime;    // those of them where vCPUs have real-time priority
    CpuSet partitioned; // CPUs that only a VM's own processes can use

    [[nodiscard]] CpuSet measured() const;
};

/// The CPUs to measure: those of a domain, or those named, or every online CPU.
struct MeasureRequest {
    std::string domain; // "" for none
    std::string connect;
    std::optional<CpuSet> cpus;
};

/// On failure prints an error and returns the exit code: a CPU is not online, or the domain is not pinned.
/// Asks libvirt only for the domain; other running VMs are found by libvirt's pid files, which must be
/// readable.
tl::expected<MeasureScope, ExitCode> find_measure_scope(Host& host, const MeasureRequest& request);

} // namespace hostlease

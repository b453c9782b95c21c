// Which CPUs `measure` looks at, whose they are, and what may be done to them.
#pragma once

#include "command.hpp"
#include "core/cpu_set.hpp"
#include "report/noise.hpp"

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

/// By --cpus, by the domain that is named, else every online CPU. ErrorKind::usage for CPUs that are not there, and for a domain that is not
/// pinned. Asks libvirt for a domain only; other running VMs are found by its pid files, which must be readable.
tl::expected<MeasureScope, ExitCode> find_measure_scope(Host& host, const CommandOptions& options);

} // namespace hostlease

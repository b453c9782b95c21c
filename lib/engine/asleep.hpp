// Targets that sleep with their CPU: nothing of theirs can be read or written while it is offline, and it
// comes back as it was.
#pragma once

#include "core/cpu_set.hpp"
#include "host/host.hpp"
#include "model/lease.hpp"

#include <string>

namespace hostlease {

/// The CPUs that the target at `path` is of, when all of them are offline; none for a target of no CPU, for
/// CPUs that were removed, and where the host does not tell. A cpufreq policy answers EBUSY then, drivers
/// below it as they like; energy_perf_bias is missing and comes back as it was. Source: show and store,
/// drivers/cpufreq/cpufreq.c; intel_epb_offline, arch/x86/kernel/cpu/intel_epb.c (6.12).
CpuSet sleeping_cpus(Host& host, const std::string& path);

/// What to tell of it: it is left for a later call.
std::string asleep_text(const KnobRecord& record, const CpuSet& cpus);

} // namespace hostlease

// Targets that are asleep along with their CPU: while the CPU is offline, they can be neither read nor
// written, and they return with their old values.
#pragma once

#include "core/cpu_set.hpp"
#include "host/host.hpp"
#include "model/lease.hpp"

#include <string>

namespace hostlease {

/// The CPUs of the target at `path` if all of them are offline; none if the target belongs to no CPU, if its
/// CPUs were removed, or if the host does not tell. A cpufreq policy then answers EBUSY, its drivers answer
/// differently; energy_perf_bias is missing and returns with its old value. Source: show and store,
/// drivers/cpufreq/cpufreq.c; intel_epb_offline, arch/x86/kernel/cpu/intel_epb.c (6.12).
CpuSet sleeping_cpus(Host& host, const std::string& path);

/// The message for such a target: it is left to a later call.
std::string asleep_text(const KnobRecord& record, const CpuSet& cpus);

} // namespace hostlease

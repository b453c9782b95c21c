// cpufreq policies of the machine, part of its facts.
#pragma once

#include "host/host.hpp"
#include "model/host_facts.hpp"

namespace hostlease {

/// Governors, limits and boost switches of each policy, and the whole host's boost switch; a policy whose
/// CPUs are all offline is left out. With `cpus`, of policies of none of these only the CPUs are read. What
/// cannot be looked at leaves the host without cpufreq, and says why: nobody but [power] needs it. Sources:
/// Documentation/admin-guide/pm/cpufreq.rst and intel_pstate.rst (6.1); boost of a policy:
/// drivers/cpufreq/cpufreq.c (6.12).
void read_cpufreq_facts(Host& host, const CpuSet* cpus, HostFacts& facts);

} // namespace hostlease

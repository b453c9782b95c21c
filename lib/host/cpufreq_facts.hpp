// The cpufreq policies of the machine.
#pragma once

#include "host/host.hpp"
#include "model/host_facts.hpp"

namespace hostlease {

/// Fills governors, limits and boost switches of each policy, and the boost switch of the host. Omits
/// policies whose CPUs are all offline. With `cpus`, reads only the CPU lists of policies without any of
/// these CPUs. After a failed read, the host has no cpufreq and `cpufreq_problem` says why, because only
/// [power] needs it. Sources: Documentation/admin-guide/pm/cpufreq.rst and intel_pstate.rst (6.1); boost of a
/// policy: drivers/cpufreq/cpufreq.c (6.12).
void read_cpufreq_facts(Host& host, const CpuSet* cpus, HostFacts& facts);

/// Reads the policies of these CPUs completely, after read_cpufreq_facts() has read only their CPU lists.
void complete_cpufreq_facts(Host& host, const CpuSet& cpus, HostFacts& facts);

} // namespace hostlease

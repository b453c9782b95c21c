// Applies an edited policy while its VM runs.
#pragma once

#include "engine/call.hpp"
#include "host/host.hpp"
#include "model/domain.hpp"
#include "model/plan.hpp"
#include "model/policy.hpp"

#include <vector>

namespace hostlease {

/// Whether a VM that its policy places keeps its CPUs or gets new ones.
enum class Place { kept, anew };

/// Plans the running `domain` anew under `policy` and applies the plan; a VM that runs without a lease gets
/// one. Its huge pages are in use and do not change. An unchanged claim keeps its age among the VMs' claims;
/// a new claim is younger than all others. ErrorKind::refused, with nothing changed, if the VM does not run,
/// the plan is refused, or a command has to run before QEMU does. If a required claim fails, the earlier
/// claims are restored, and its error is returned. If the call is killed, reconcile continues with the claims
/// that are on disk.
/// Place::anew moves the VM's threads and partitions to the CPUs that it would get if it started now, on the
/// nodes of its huge pages. Its memory stays where it is. ErrorKind::refused if the policy places nothing or
/// no CPUs are left.
Status apply_policy(Host& host, const Domain& domain, const Policy& policy, Call& call,
                    Place place = Place::kept);

/// What apply_policy would write; fails like apply_policy before its first write.
Result<std::vector<Change>> rehearse_apply(Host& host, const Domain& domain, const Policy& policy, Call& call,
                                           Place place = Place::kept);

} // namespace hostlease

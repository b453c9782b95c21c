// A policy that was edited while its VM runs.
#pragma once

#include "engine/report.hpp"
#include "host/host.hpp"
#include "model/domain.hpp"
#include "model/plan.hpp"
#include "model/policy.hpp"

#include <vector>

namespace hostlease {

/// Whether a VM that its policy places keeps its CPUs or gets new ones.
enum class Place { kept, anew };

/// Plans the running `domain` anew under `policy` and brings the host there; a VM that runs without a lease
/// gets one. Its huge pages are in use and stay what they are. What is asked for as before keeps its age
/// among the VMs' claims; what is new is younger than all. ErrorKind::refused, with nothing changed, when the
/// VM does not run, the plan is refused, or a command is to run before QEMU does. A required claim that fails
/// brings the claims of before back and is the error. Killed anywhere, reconcile goes on with whichever
/// claims are written down.
/// Place::anew moves the VM's threads and partitions to the CPUs that it would get if it started now, on the
/// nodes of its huge pages. Its memory stays where it is. ErrorKind::refused if the policy places nothing or
/// no CPUs are left.
Status apply_policy(Host& host, const Domain& domain, const Policy& policy, Report& report,
                    Place place = Place::kept);

/// What apply_policy would write; fails as it would before its first write.
Result<std::vector<Change>> rehearse_apply(Host& host, const Domain& domain, const Policy& policy,
                                           Report& report, Place place = Place::kept);

} // namespace hostlease

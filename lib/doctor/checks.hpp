// The check functions, and the lines that they return.
#pragma once

#include "doctor/doctor.hpp"

namespace hostlease {

using DoctorLines = std::vector<DoctorLine>;

inline DoctorLine passes(std::string what) { return {Readiness::pass, std::move(what), {}}; }
inline DoctorLine warns(std::string what, std::string fix) {
    return {Readiness::warn, std::move(what), std::move(fix)};
}
inline DoctorLine fails(std::string what, std::string fix) {
    return {Readiness::fail, std::move(what), std::move(fix)};
}

DoctorLines check_libvirt(const DoctorFacts& facts);
DoctorLines check_hook(const DoctorFacts& facts);
DoctorLines check_daemon(const DoctorFacts& facts);
DoctorLines check_confinement(const DoctorFacts& facts);
DoctorLines check_policies(const DoctorFacts& facts);
DoctorLines check_rivals(const DoctorFacts& facts);
DoctorLines check_kernel(const DoctorFacts& facts);
DoctorLines check_cgroups(const DoctorFacts& facts);
DoctorLines check_mounts(const DoctorFacts& facts);
DoctorLines check_iommu(const DoctorFacts& facts);
DoctorLines check_boot(const DoctorFacts& facts);
DoctorLines check_sysctls(const DoctorFacts& facts);
DoctorLines check_systemd(const DoctorFacts& facts);
DoctorLines check_ledger(const DoctorFacts& facts);

} // namespace hostlease

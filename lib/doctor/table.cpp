#include "doctor/checks.hpp"

namespace hostlease {

namespace {
constexpr DoctorCheck checks[] = {{"libvirt", check_libvirt},   {"hook", check_hook},
                                  {"daemon", check_daemon},     {"confinement", check_confinement},
                                  {"policies", check_policies}, {"services", check_rivals},
                                  {"kernel", check_kernel},     {"cgroups", check_cgroups},
                                  {"hugetlbfs", check_mounts},  {"iommu", check_iommu},
                                  {"boot", check_boot},         {"sysctl", check_sysctls},
                                  {"systemd", check_systemd},   {"ledger", check_ledger}};
} // namespace

std::span<const DoctorCheck> doctor_checks() { return checks; }

std::string_view to_text(Readiness verdict) {
    return verdict == Readiness::pass ? "PASS" : verdict == Readiness::warn ? "WARN" : "FAIL";
}

} // namespace hostlease

// systemd's manager, by its bus.
#include "host/linux_host.hpp"

#include <cerrno>

namespace hostlease {

bool LinuxHost::has_systemd() { return false; }

Status LinuxHost::set_unit_cpus(const std::string& unit, const CpuSet&) {
    return fail_io("systemd cannot be asked to change the unit", unit, ENOSYS);
}

Status LinuxHost::set_sleep_inhibitor(bool) { return fail_io("systemd cannot be asked to hold off sleep", "", ENOSYS); }

} // namespace hostlease

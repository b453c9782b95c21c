// Programs that policies name.
#include "host/linux_host.hpp"

#include <cerrno>

namespace hostlease {

Status LinuxHost::run(const Program& program) { return fail_io("cannot run", program.words.front(), ENOSYS); }

} // namespace hostlease

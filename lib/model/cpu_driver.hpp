// The architectures for which libvirt accepts <cpu>.
#pragma once

#include <string_view>

namespace hostlease {

/// Whether libvirt 9.0 accepts <cpu> for this architecture. For others it rejects even a <cpu> with only a
/// topology: "architecture is not supported by CPU driver". Later versions also know riscv64. Source:
/// cpuGetSubDriver of src/cpu/cpu.c (libvirt 9.0), and the lists of cpu_{x86,ppc64,s390,arm}.c there.
[[nodiscard]] constexpr bool has_cpu_driver(std::string_view arch) {
    for (const std::string_view known :
         {"", "i686", "x86_64", "ppc64", "ppc64le", "s390", "s390x", "armv6l", "armv7b", "armv7l", "aarch64"})
        if (arch == known) return true;
    return false;
}

} // namespace hostlease

#include "model/domain.hpp"

#include <fmt/format.h>

namespace hostlease {

std::string to_text(const PciAddress& address) {
    return fmt::format("{:04x}:{:02x}:{:02x}.{:x}", address.domain, address.bus, address.slot, address.function);
}

CpuSet pinned_cpus(const Domain& domain) {
    if (domain.vcpu_pins.empty()) return domain.vcpu_cpus;
    CpuSet cpus;
    for (const auto& pin : domain.vcpu_pins)
        cpus |= pin.cpus;
    return cpus;
}

} // namespace hostlease

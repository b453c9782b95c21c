#include "model/domain.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace hostlease {

std::string to_text(const PciAddress& address) {
    return fmt::format("{:04x}:{:02x}:{:02x}.{:x}", address.domain, address.bus, address.slot, address.function);
}

CpuSet pinned_cpus(const Domain& domain) {
    CpuSet cpus = vcpus_without_pin(domain).empty() ? CpuSet{} : domain.vcpu_cpus;
    for (const auto& pin : domain.vcpu_pins)
        cpus |= pin.cpus;
    return cpus;
}

std::vector<CpuSet> vcpus_of_cells(const Domain& domain) {
    std::vector<CpuSet> cells(domain.cells.size());
    CpuSet left = CpuSet::range(0, std::max(domain.vcpus, 1U) - 1);
    for (const auto& cell : domain.cells) {
        if (cell.id < cells.size()) cells[cell.id] = cell.vcpus;
        left -= cell.vcpus;
    }
    if (!cells.empty()) cells.front() |= left;
    return cells;
}

CpuSet vcpus_without_pin(const Domain& domain) {
    CpuSet vcpus = CpuSet::range(0, std::max(domain.vcpus, 1U) - 1);
    for (const auto& pin : domain.vcpu_pins)
        vcpus.remove(pin.id);
    return vcpus;
}

} // namespace hostlease

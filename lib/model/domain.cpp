#include "model/domain.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace hostlease {

std::string to_text(const PciAddress& address) {
    return fmt::format("{:04x}:{:02x}:{:02x}.{:x}", address.domain, address.bus, address.slot,
                       address.function);
}

std::string StrayTuning::text() const {
    return "<" + element + "> of " + (element.starts_with("vcpu") ? "vCPU " : "I/O thread ") + ids;
}

bool replaces_memory(const QemuArgument& argument) {
    const auto has = [&](std::string_view text) { return argument.value.find(text) != std::string::npos; };
    const auto& option = argument.option;
    return option == "-m" || option == "-mem-path" || (option == "-numa" && has("memdev=")) ||
           ((option == "-machine" || option == "-M") && has("memory-backend="));
}

std::uint64_t ram_size(const Domain& domain) {
    std::uint64_t memory = domain.memory;
    for (const auto& device : domain.memory_devices)
        if (!device.is_ram()) memory -= std::min(memory, device.size);
    return memory;
}

std::uint64_t plugged_memory(const Domain& domain) {
    std::uint64_t memory = ram_size(domain);
    for (const auto& device : domain.memory_devices)
        if (device.model == "virtio-mem")
            memory -= std::min(memory, device.size - device.requested.value_or(0));
    return memory;
}

CpuSet iothread_set(const Domain& domain) {
    CpuSet ids;
    for (const unsigned id : domain.iothread_ids)
        if (id < CpuSet::limit) ids.add(id);
    return ids;
}

CpuSet present_vcpus(const Domain& domain) {
    return domain.enabled_vcpus.empty() ? CpuSet::range(0, std::max(domain.current_vcpus, 1U) - 1)
                                        : domain.enabled_vcpus;
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

#include "host/other_domains.hpp"

#include "host/process.hpp"
#include "read/domain_xml.hpp"

namespace hostlease {

namespace {
constexpr const char* definitions = "/etc/libvirt/qemu";
constexpr const char* trouble = "cannot read the definitions of other VMs: ";

/// Threads without a pin of their own run on the CPUs of <vcpu cpuset>, if it exists. Source:
/// qemuProcessSetupPid (libvirt 9.0).
OtherDomain other_of(Host& host, const Domain& domain, const CpuSet& online) {
    OtherDomain other{.name = domain.name};
    const auto add = [&](const CpuSet& cpus, CpuSet& to) {
        if (online.empty() || !online.is_subset_of(cpus)) to |= cpus;
    };
    for (const auto& pin : domain.vcpu_pins)
        add(pin.cpus, other.pinned);
    add(vcpus_without_pin(domain).empty() ? CpuSet{} : domain.vcpu_cpus, other.pinned);
    add(domain.emulator_pin ? domain.emulator_pin->cpus : domain.vcpu_cpus, other.helpers);
    for (const auto& pin : domain.iothread_pins)
        add(pin.cpus, other.helpers);
    other.helpers -= other.pinned;
    const auto process = find_qemu(host, domain.name);
    other.running = process && *process;
    return other;
}
} // namespace

std::vector<OtherDomain> read_other_domains(Host& host, const Domain& domain, const CpuSet& online,
                                            std::string& problem) {
    std::vector<OtherDomain> others;
    const auto names = host.list(definitions);
    if (!names && !is_missing(names.error())) problem = trouble + names.error().text();
    for (const auto& name : names.value_or(std::vector<std::string>{})) {
        if (!name.ends_with(".xml")) continue;
        const std::string file = definitions + ("/" + name);
        const auto text = host.read(file);
        if (!text) {
            problem = trouble + text.error().text();
            continue;
        }
        const auto other = read_domain_xml(*text, file);
        if (other && other->uuid != domain.uuid && other->name != domain.name)
            others.push_back(other_of(host, *other, online));
    }
    return others;
}

} // namespace hostlease

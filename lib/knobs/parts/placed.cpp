#include "knobs/parts/placed.hpp"

#include "core/parse.hpp"

namespace hostlease {

namespace {
constexpr std::string_view vcpu_prefix = "vcpu";

std::string at_line(const std::string& element, unsigned line) {
    return element + " (line " + std::to_string(line) + " of the domain's XML)";
}

void add_claim(const Claim& claim, const std::string& target, Placement& place,
               std::map<unsigned, unsigned>& vcpus) {
    const CpuSet cpus = parse_cpu_list(claim.value).value_or(CpuSet{});
    if (target == place_emulator) place.emulator = cpus;
    if (target == place_iothreads) place.iothreads = cpus;
    if (!target.starts_with(vcpu_prefix) || cpus.count() != 1) return;
    if (const auto id = parse_integer<unsigned>(std::string_view(target).substr(vcpu_prefix.size())))
        vcpus[*id] = cpus.members().front();
    place.why = claim.why;
}
} // namespace

std::optional<Placement> placement_of(const Lease& lease) {
    Placement place;
    std::map<unsigned, unsigned> vcpus;
    for (const auto& claim : lease.claims)
        if (const auto* open = std::get_if<AwaitsQemu>(&claim.target); open && claim.knob == place_key)
            add_claim(claim, open->name, place, vcpus);
    place.idle = lease.limit_cpus(LimitKind::idle);
    place.nodes = lease.limit_cpus(LimitKind::nodes);
    for (const auto& [id, cpu] : vcpus) {
        if (id != place.vcpus.size()) return std::nullopt;
        place.vcpus.push_back(cpu);
    }
    return place.is_found() ? std::optional(place) : std::nullopt;
}

Domain placed(Domain domain, const Placement& placement) {
    if (!placement.is_found()) return domain;
    domain.vcpu_pins.clear();
    for (unsigned id = 0; id < placement.vcpus.size(); ++id)
        domain.vcpu_pins.push_back({id, CpuSet{placement.vcpus[id]}, 0});
    if (!placement.emulator.empty()) domain.emulator_pin = Pin{0, placement.emulator, 0};
    domain.iothread_pins.clear();
    for (const unsigned id : domain.iothread_ids)
        domain.iothread_pins.push_back({id, placement.iothreads, 0});
    return domain;
}

Domain placed(Domain domain, const Lease& lease) {
    const auto placement = placement_of(lease);
    return placement ? placed(std::move(domain), *placement) : domain;
}

std::string pinning_element(const Domain& domain) {
    if (!domain.vcpu_pins.empty()) return at_line("<vcpupin>", domain.vcpu_pins.front().line);
    if (domain.emulator_pin) return at_line("<emulatorpin>", domain.emulator_pin->line);
    if (!domain.iothread_pins.empty()) return at_line("<iothreadpin>", domain.iothread_pins.front().line);
    if (!domain.vcpu_cpus.empty()) return "<vcpu cpuset='" + to_list(domain.vcpu_cpus) + "'>";
    if (domain.vcpu_placement_auto) return "<vcpu placement='auto'>";
    if (domain.numa_memory && domain.numa_memory->automatic)
        return at_line("<memory placement='auto'>", domain.numa_memory->line);
    return {};
}

} // namespace hostlease

// Writes the pins that choose_vcpu_pins() and choose_helpers() return.
#include "advice/suggest/vcpu_pins.hpp"
#include "knobs/parts/domain_threads.hpp"
#include "knobs/parts/placed.hpp"
#include "placement/place_request.hpp"
#include "read/xml_number.hpp"

#include <algorithm>
#include <string>

namespace hostlease {

namespace {
void set_list(XmlNode& cputune, std::string_view element, std::string_view key,
              const std::vector<unsigned>& ids, const std::vector<CpuSet>& cpus) {
    for (XmlNode* pin : cputune.children(element)) {
        const auto id = pin->attribute(key).value_or("");
        if (std::none_of(ids.begin(), ids.end(), [&](unsigned known) { return std::to_string(known) == id; }))
            cputune.remove(*pin);
    }
    for (std::size_t index = 0; index < ids.size(); ++index) {
        const auto pins = cputune.children(element);
        const auto found = std::find_if(pins.begin(), pins.end(), [&](const XmlNode* pin) {
            return pin->attribute(key) == std::to_string(ids[index]);
        });
        XmlNode& pin = found == pins.end() ? cputune.add(element) : **found;
        pin.set_attribute(key, std::to_string(ids[index]));
        pin.set_attribute("cpuset", to_list(cpus[index]));
    }
}

void tell_of_cpuset(SuggestScene& scene, const XmlNode& vcpu, const VcpuPins& pins) {
    const auto& chosen = scene.domain().vcpu_cpus;
    if (!chosen.empty() && !pins.cpus().is_subset_of(chosen))
        scene.warn("the vCPUs are pinned outside of <vcpu cpuset='" + vcpu.attribute("cpuset").value_or("") +
                   "'>, where they do not fit on whole cores; it now holds for threads without a pin only");
}

void write_vcpus(SuggestScene& scene, const VcpuPins& pins) {
    std::vector<unsigned> vcpus;
    std::vector<CpuSet> cpus;
    for (const auto& pin : pins.pins) {
        vcpus.push_back(pin.id);
        cpus.push_back(pin.cpus);
    }
    set_list(scene.root.ensure("cputune"), "vcpupin", "vcpu", vcpus, cpus);
    XmlNode* vcpu = scene.root.find("vcpu");
    if (vcpu == nullptr) return;
    if (vcpu->attribute("placement") != "auto") return tell_of_cpuset(scene, *vcpu, pins);
    vcpu->set_attribute("placement", "static");
    vcpu->remove_attribute("cpuset"); // libvirt ignores it for 'auto'
    // without a placement and a nodeset, the memory follows the placement of the vCPUs. Source:
    // virDomainNumatuneSet (libvirt 9.0)
    XmlNode* memory = scene.root.find("numatune/memory");
    if (memory != nullptr && !memory->attribute("placement") && !memory->attribute("nodeset"))
        memory->set_attribute("placement", "auto");
}

void write_cells(SuggestScene& scene, const std::vector<CpuSet>& cells) {
    if (cells.empty()) return;
    unsigned position = 0;
    for (XmlNode* cell : scene.root.ensure("cpu/numa").children("cell")) {
        const auto id = parse_xml_number<unsigned>(cell->attribute("id").value_or("")).value_or(position++);
        if (id < cells.size() && !cells[id].empty()) cell->set_attribute("cpus", to_list(cells[id]));
    }
}

/// Desktop editions of Windows use at most two sockets.
void write_topology(SuggestScene& scene, const Topology& topology) {
    if (scene.domain().vcpus == 1 || !can_have_threads(scene.domain())) return;
    const bool folds = scene.audit.guest == Guest::windows && topology.sockets > 2;
    set_topology(scene, folds ? 1 : topology.sockets, folds ? 1 : topology.dies,
                 folds ? topology.sockets * topology.dies * topology.cores : topology.cores,
                 topology.threads);
    if (topology.threads > 1) require_topoext(scene);
}

/// Whether QEMU's threads can run on the CPUs of this pin, are balanced there, and do not share any of them
/// with vCPUs.
bool is_fine(const SuggestScene& scene, const CpuSet& cpus, const CpuSet& vcpus, const CpuSet& usable) {
    const auto& possible = scene.request.host.host.possible;
    const auto isolated = place_facts(scene.request.host).isolated_at_boot;
    return !is_unbalanced(cpus, isolated) && !cpus.intersects(vcpus) && cpus.intersects(usable) &&
           (possible.empty() || cpus.is_subset_of(possible));
}

/// Sets the pins of the emulator and of I/O threads. Pins for which is_fine() holds stay.
void set_helpers(SuggestScene& scene, const VcpuPins& pins) {
    const auto& domain = scene.domain();
    const auto vcpus = pins.cpus();
    if (vcpus.empty()) return;
    const auto usable = scene.request.topology->online - pins.request.closed;
    const bool keeps_emulator =
        domain.emulator_pin && is_fine(scene, domain.emulator_pin->cpus, vcpus, usable);
    const auto ids = iothread_set(scene.domain()).members();
    std::vector<CpuSet> threads(ids.size());
    for (std::size_t index = 0; index < ids.size(); ++index)
        for (const auto& pin : domain.iothread_pins)
            if (pin.id == ids[index] && is_fine(scene, pin.cpus, vcpus, usable)) threads[index] = pin.cpus;
    const bool keeps_threads =
        std::none_of(threads.begin(), threads.end(), [](const CpuSet& cpus) { return cpus.empty(); });
    if (keeps_emulator && keeps_threads && ids.size() == domain.iothread_pins.size()) return;
    const auto chosen = choose_helpers(*scene.request.topology, pins.request, vcpus);
    for (const auto& warning : chosen.warnings)
        scene.warn(warning);
    const auto rest = usable - vcpus - pins.request.taken; // if no core is free: SMT siblings of vCPUs
    const auto emulator = chosen.emulator.empty() ? rest : chosen.emulator;
    if (emulator.empty()) return scene.warn("no CPU is left for QEMU's own threads");
    for (auto& cpus : threads)
        if (cpus.empty()) cpus = chosen.iothreads.empty() ? emulator : chosen.iothreads;
    XmlNode& cputune = scene.root.ensure("cputune");
    if (!keeps_emulator) cputune.ensure("emulatorpin").set_attribute("cpuset", to_list(emulator));
    set_list(cputune, "iothreadpin", "iothread", ids, threads);
}

/// The ids of both elements are numbers of the host's caches and nodes. Source: formatdomain, cachetune and
/// memorytune.
void tell_of_shares(SuggestScene& scene) {
    for (const auto* name : {"cachetune", "memorytune"})
        if (scene.root.find(std::string("cputune/") + name) != nullptr)
            scene.warn(
                "<" + std::string(name) +
                "> stays unchanged: make sure that its ids are those of the new pins' last-level cache");
}

void set_pins(SuggestScene& scene) {
    keep_tuning_of(scene.root, CpuSet::range(0, scene.domain().vcpus - 1), iothread_set(scene.domain()));
    if (scene.request.without_pins || scene.audit.leases(place_key)) return remove_pins(scene);
    if (scene.request.topology == nullptr)
        return scene.warn("no pins are suggested: " + scene.request.topology_problem);
    const auto pins = choose_vcpu_pins(scene);
    for (const auto& reason : pins.reasons)
        scene.tell(reason);
    for (const auto& warning : pins.warnings)
        scene.warn(warning);
    if (!pins.is_kept) {
        write_vcpus(scene, pins);
        tell_of_shares(scene);
    }
    if (pins.topology) write_topology(scene, *pins.topology);
    set_helpers(scene, pins);
    write_cells(scene, pins.cells);
    if (pins.cells.empty()) set_numatune(scene); // otherwise the next round does, with the new cells
}

constexpr GroupSetter setter{
    .group = RuleGroup::pinning, .by_default = true, .needs_guest = false, .set = set_pins};
} // namespace

const GroupSetter& pinning_setter() { return setter; }

} // namespace hostlease

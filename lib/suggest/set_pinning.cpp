// Pins: what choose_pinning() says, as libvirt has it.
#include "suggest/pinning.hpp"

#include "core/parse.hpp"
#include "suggest/scene.hpp"

#include <algorithm>
#include <string>

namespace hostlease {

namespace {
bool has_findings(const SuggestScene& scene) {
    const auto report = audit(scene.audit, scene.request.file);
    return std::any_of(report.results.begin(), report.results.end(), [](const RuleResult& result) {
        return result.rule->group == RuleGroup::pinning && result.verdict == Verdict::failed;
    });
}

/// Pins that nothing is to be said of stay, whoever chose them.
bool is_well_pinned(const SuggestScene& scene) {
    const auto& domain = scene.domain();
    return domain.vcpu_pins.size() == domain.vcpus && domain.emulator_pin && domain.vcpu_placement_auto == false &&
           !has_findings(scene);
}

/// What each node could give: what is available, and its free huge pages.
std::map<unsigned, std::uint64_t> memory_of_nodes(const SuggestScene& scene) {
    std::map<unsigned, std::uint64_t> memory;
    const auto& host = scene.request.host;
    if (host.is_running) return memory; // it has what it needs, of which nothing is available
    for (const auto& node : host.host.nodes)
        memory[node.id] = node.available;
    for (const auto& pool : host.host.pools)
        if (memory.contains(pool.id.node)) memory[pool.id.node] += pool.free * pool.id.page_size;
    return memory;
}

/// CPUs that the host's own work is kept off from boot on; none when there are none.
CpuSet isolated_at_boot(const SuggestScene& scene) {
    return parse_cpu_list(scene.request.host.value("/sys/devices/system/cpu/isolated")).value_or(CpuSet{});
}

PinningRequest request_of(const SuggestScene& scene) {
    const auto& domain = scene.domain();
    PinningRequest request;
    request.vcpus = domain.vcpus;
    for (const auto& other : scene.request.host.others) {
        request.taken |= other.pinned;
        request.kept |= other.helpers;
    }
    if (domain.cells.size() > 1)
        for (const auto& cell : domain.cells)
            request.cell_vcpus.push_back(cell.vcpus.count());
    request.iothreads = domain.iothreads;
    request.memory = domain.memory;
    request.node_memory = memory_of_nodes(scene);
    request.near = scene.request.near;
    return request;
}

/// On CPUs that are isolated at boot where these are enough. Where there are too few CPUs otherwise, those of other VMs' emulators and I/O
/// threads have to do, and then those of VMs that do not run now.
tl::expected<Pinning, std::string> choose(SuggestScene& scene) {
    const auto& topology = *scene.request.topology;
    auto request = request_of(scene);
    if (const auto isolated = isolated_at_boot(scene); !isolated.empty()) {
        auto inside = request;
        inside.kept |= topology.online - isolated;
        if (auto pinning = choose_pinning(topology, inside)) return pinning;
    }
    auto pinning = choose_pinning(topology, request);
    if (pinning) return pinning;
    request.kept = {};
    if (auto beside = choose_pinning(topology, request)) {
        scene.warn("vCPUs share CPUs with QEMU's own threads of other VMs, as there are too few others: " + pinning.error());
        return beside;
    }
    request.taken = {};
    for (const auto& other : scene.request.host.others)
        if (other.running) request.taken |= other.pinned;
    if (auto shared = choose_pinning(topology, request)) {
        scene.warn("CPUs are shared with VMs that do not run now, as there are too few others: " + pinning.error());
        return shared;
    }
    return pinning;
}

void set_list(XmlNode& cputune, std::string_view element, std::string_view key, const std::vector<unsigned>& ids,
              const std::vector<CpuSet>& cpus) {
    for (XmlNode* pin : cputune.children(element)) {
        const auto id = pin->attribute(key).value_or("");
        if (std::none_of(ids.begin(), ids.end(), [&](unsigned known) { return std::to_string(known) == id; }))
            cputune.remove(*pin);
    }
    for (std::size_t index = 0; index < ids.size(); ++index) {
        const auto pins = cputune.children(element);
        const auto found = std::find_if(pins.begin(), pins.end(),
                                        [&](const XmlNode* pin) { return pin->attribute(key) == std::to_string(ids[index]); });
        XmlNode& pin = found == pins.end() ? cputune.add(element) : **found;
        pin.set_attribute(key, std::to_string(ids[index]));
        pin.set_attribute("cpuset", to_list(cpus[index]));
    }
}

void write_pins(SuggestScene& scene, const Pinning& pinning) {
    XmlNode& cputune = scene.root.ensure("cputune");
    std::vector<unsigned> vcpus;
    std::vector<CpuSet> cpus;
    for (const unsigned cpu : pinning.vcpus) {
        vcpus.push_back(static_cast<unsigned>(vcpus.size()));
        cpus.push_back({cpu});
    }
    set_list(cputune, "vcpupin", "vcpu", vcpus, cpus);
    cputune.ensure("emulatorpin").set_attribute("cpuset", to_list(pinning.emulator));
    const auto threads = iothread_ids(scene).members();
    set_list(cputune, "iothreadpin", "iothread", threads, std::vector<CpuSet>(threads.size(), pinning.iothreads));
    XmlNode* vcpu = scene.root.find("vcpu");
    if (vcpu != nullptr && vcpu->attribute("placement") == "auto") vcpu->set_attribute("placement", "static");
}

/// Windows for desktops uses two sockets at most.
void write_topology(SuggestScene& scene, const Pinning& pinning) {
    if (scene.domain().vcpus == 1) return;
    const bool folds = scene.audit.guest == Guest::windows && pinning.sockets > 2;
    set_topology(scene, folds ? 1 : pinning.sockets, folds ? 1 : pinning.dies,
                 folds ? pinning.sockets * pinning.dies * pinning.cores : pinning.cores, pinning.threads);
    if (pinning.threads > 1 && scene.audit.vendor == CpuVendor::amd && scene.audit.is_kvm())
        merge_xml(scene.root, "<cpu><feature policy='require' name='topoext'/></cpu>");
}

void set_pins(SuggestScene& scene) {
    if (is_well_pinned(scene)) return set_numatune(scene);
    if (scene.request.topology == nullptr) return scene.warn("nothing is pinned: " + scene.request.topology_problem);
    const auto pinning = choose(scene);
    if (!pinning) return scene.warn("nothing is pinned: " + pinning.error());
    for (const auto& reason : pinning->reasons)
        scene.tell(reason);
    for (const auto& warning : pinning->warnings)
        scene.warn(warning);
    write_pins(scene, *pinning);
    write_topology(scene, *pinning);
    set_numatune(scene);
}

constexpr GroupSetter setter{.group = RuleGroup::pinning, .by_default = true, .needs_guest = false, .set = set_pins};
} // namespace

const GroupSetter& pinning_setter() { return setter; }

} // namespace hostlease

// For all hosts and VMs: a suggestion takes nothing from others, moves no pin without a finding, and binds no
// memory that does not fit. RC_PARAMS="seed=..." tries others.
#include "placement/pinning.hpp"
#include "suggest/suggest_support.hpp"
#include "support/captured_hosts.hpp"

#include <cstdlib>
#include <rapidcheck.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
constexpr const char* modes[] = {"strict", "preferred", "interleave", "restrictive"};

unsigned below(unsigned limit) { return *rc::gen::inRange(0U, limit); }
bool one_in(unsigned count) { return below(count) == 0; }

struct World {
    HostTopology topology;
    AuditScene scene;
    std::string text;

    [[nodiscard]] Domain domain() const { return read(text); }

    static Domain read(const std::string& text) {
        auto domain = read_domain_xml(text, "vm.xml", DomainIdentity::may_be_missing);
        RC_ASSERT(domain.has_value());
        return std::move(*domain);
    }

    [[nodiscard]] Suggestion suggestion() const { return suggestion_for(text); }

    [[nodiscard]] Suggestion suggestion_for(const std::string& xml) const {
        SuggestRequest request{
            .text = xml, .file = "vm.xml", .host = scene.host, .topology = &topology, .groups = {}};
        request.groups = {RuleGroup::pinning, RuleGroup::memory, RuleGroup::cpu};
        request.libvirt_version = scene.libvirt_version;
        auto found = suggest(request);
        RC_ASSERT(found.has_value());
        return std::move(*found);
    }

    /// CPUs that no vCPU may use.
    [[nodiscard]] CpuSet others_cpus() const {
        CpuSet cpus;
        for (const auto& other : scene.host.others)
            if (other.running) cpus |= other.pinned;
        for (const auto& slice : scene.host.host.cgroups.slices)
            cpus |= topology.online - slice.cpus;
        return cpus;
    }

    [[nodiscard]] NodeSet nodes_of(const CpuSet& cpus) const {
        NodeSet nodes;
        for (const auto& core : topology.cores)
            if (core.threads.intersects(cpus)) nodes.add(core.node);
        return nodes;
    }

    [[nodiscard]] std::uint64_t size_of(const NodeSet& nodes) const {
        std::uint64_t size = 0;
        for (const auto& node : scene.host.host.nodes)
            if (nodes.contains(node.id)) size += std::min(node.memory, node.available);
        return size;
    }
};

std::string attribute_of(const char* name, const CpuSet& set) {
    return std::string(" ") + name + "='" + to_list(set) + "'";
}

CpuSet some_of(const CpuSet& set) {
    CpuSet chosen;
    for (const unsigned one : set.members())
        if (one_in(2)) chosen.add(one);
    return chosen.empty() ? CpuSet{set.members().front()} : chosen;
}

NodeSet all_nodes(const World& world) {
    NodeSet nodes;
    for (const auto& node : world.scene.host.host.nodes)
        nodes.add(node.id);
    return nodes;
}

/// Distributes vCPUs over this many cells: in runs, alternately, or randomly.
std::vector<CpuSet> make_cells(unsigned vcpus, unsigned count) {
    std::vector<CpuSet> cells(count);
    const auto way = below(4);
    for (unsigned vcpu = 0; vcpu < vcpus; ++vcpu)
        if (way != 3 || !one_in(8)) // libvirt puts an unlisted vCPU into cell 0
            cells[way == 0 ? vcpu * count / vcpus : way == 1 ? vcpu / 2 % count : below(count)].add(vcpu);
    return cells;
}

std::string make_numatune(const World& world, unsigned cells) {
    if (one_in(3)) return {};
    const auto nodes = all_nodes(world);
    const auto mode = below(4);
    if (cells == 0 && one_in(6)) return "<numatune><memory mode='strict' placement='auto'/></numatune>";
    std::string text = "<numatune>";
    if (cells == 0 || one_in(2))
        text += std::string("<memory mode='") + modes[mode] + "'" + attribute_of("nodeset", some_of(nodes)) +
                "/>";
    const bool is_restrictive = text.find("restrictive") != std::string::npos;
    for (unsigned cell = 0; cell < cells; ++cell)
        if (!one_in(3))
            text += "<memnode cellid='" + std::to_string(cell) + "' mode='" +
                    (is_restrictive ? "restrictive" : modes[below(3)]) + "'" +
                    attribute_of("nodeset", some_of(nodes)) + "/>";
    return text == "<numatune>" ? "" : text + "</numatune>";
}

/// Pins as users may have them: none, correct ones, some of these, one of them wrong, or random ones.
std::string make_pins(const World& world, unsigned vcpus, unsigned threads) {
    const auto way = below(5);
    std::string text = "<cputune>";
    const auto right =
        choose_pinning(world.topology, {.vcpus = vcpus, .closed = world.others_cpus(), .threads = threads});
    const auto online = world.topology.online.members();
    const auto any = [&] { return online[below(static_cast<unsigned>(online.size()))]; };
    const unsigned wrong = below(vcpus);
    for (unsigned vcpu = 0; vcpu < vcpus && way != 0; ++vcpu) {
        if (way == 2 && one_in(3)) continue;
        const auto cpu = right && way != 4 && !(way == 3 && vcpu == wrong) ? right->vcpus[vcpu] : any();
        text += "<vcpupin vcpu='" + std::to_string(vcpu) + "' cpuset='" + std::to_string(cpu) + "'/>";
    }
    if (one_in(3)) text += "<emulatorpin" + attribute_of("cpuset", some_of(world.topology.online)) + "/>";
    if (one_in(3)) text += "<iothreadpin iothread='1' cpuset='" + std::to_string(any()) + "'/>";
    return text + "</cputune>";
}

void make_domain(World& world) {
    const auto most = std::min(world.topology.online.count(), 24U);
    const unsigned vcpus = 1 + below(most);
    const unsigned cells = vcpus < 2 || one_in(2) ? 0 : 1 + below(std::min(vcpus, 4U));
    const unsigned threads = vcpus % 2 == 0 && one_in(2) ? 2 : 1;
    std::uint64_t memory = 0;
    std::string numa;
    unsigned id = 0;
    for (const auto& cell : cells == 0 ? std::vector<CpuSet>{} : make_cells(vcpus, cells)) {
        const auto size = 1 + below(24);
        memory += size;
        numa += "<cell id='" + std::to_string(id++) + "'" + (cell.empty() ? "" : attribute_of("cpus", cell)) +
                " memory='" + std::to_string(size) + "' unit='GiB'/>";
    }
    if (memory == 0) memory = 1 + below(48);
    world.text = "<domain type='kvm'><name>vm</name><memory unit='GiB'>" + std::to_string(memory) +
                 "</memory><vcpu>" + std::to_string(vcpus) + "</vcpu><iothreads>1</iothreads>" +
                 make_numatune(world, cells) + make_pins(world, vcpus, threads) +
                 "<os><type arch='x86_64' machine='pc-q35-8.2'>hvm</type></os><cpu>" +
                 (one_in(3) ? ""
                            : "<topology sockets='1' cores='" + std::to_string(vcpus / threads) +
                                  "' threads='" + std::to_string(threads) + "'/>") +
                 (numa.empty() ? "" : "<numa>" + numa + "</numa>") + "</cpu></domain>";
}

World make_world() {
    static const auto topologies = [] {
        std::vector<HostTopology> list;
        for (const auto& name : captured_hosts())
            list.push_back(captured_host(name));
        return list;
    }();
    World world;
    world.topology = topologies[below(static_cast<unsigned>(topologies.size()))];
    world.scene.host = facts_of(world.topology);
    for (auto& node : world.scene.host.host.nodes) {
        node.memory = std::uint64_t{32} << 30U;
        node.available = (std::uint64_t{1} + below(31)) << 30U;
    }
    CpuSet taken;
    for (const auto& core : world.topology.cores)
        if (one_in(10)) taken |= core.threads;
    if (!taken.empty() && one_in(2)) world.scene.host.others.push_back({"other", taken, one_in(2)});
    if (one_in(4)) {
        auto& slice = world.scene.host.host.cgroups.slices.emplace_back();
        slice.name = "machine.slice";
        for (const auto& core : world.topology.cores)
            if (!one_in(5)) slice.cpus |= core.threads;
    }
    make_domain(world);
    return world;
}

template <typename Property>
void holds(const char* name, Property property) {
    setenv("RC_PARAMS", "seed=20240229 max_success=1000", 0);
    rc::detail::TestMetadata metadata;
    metadata.id = name;
    metadata.description = name;
    const auto result = rc::detail::checkTestable(
        [&] {
            const auto world = make_world();
            RC_LOG(world.text);
            property(world);
        },
        metadata);
    std::ostringstream text;
    rc::detail::printResultMessage(result, text);
    INFO("RC_PARAMS=\"", std::string(std::getenv("RC_PARAMS")), "\": ", text.str());
    CHECK(result.template is<rc::detail::SuccessResult>());
}

std::map<unsigned, CpuSet> pins_of(const Domain& domain) {
    std::map<unsigned, CpuSet> pins;
    for (const auto& pin : domain.vcpu_pins)
        pins[pin.id] = pin.cpus;
    return pins;
}

/// Cells whose vCPUs run on several nodes.
unsigned spread_cells(const World& world, const Domain& domain) {
    unsigned count = 0;
    const auto pins = pins_of(domain);
    for (const auto& cell : vcpus_of_cells(domain)) {
        CpuSet cpus;
        for (const unsigned vcpu : cell.members())
            if (pins.contains(vcpu)) cpus |= pins.at(vcpu);
        if (world.nodes_of(cpus).count() > 1) ++count;
    }
    return count;
}
} // namespace

TEST_CASE("a suggestion stays the same when it is made again") {
    holds("settled", [](const World& world) {
        const auto once = world.suggestion().text;
        RC_LOG(once);
        RC_ASSERT(world.suggestion_for(once).text == once);
    });
}

TEST_CASE("moved vCPUs use CPUs that are online, allowed for the VM, and not those of another running VM") {
    holds("own CPUs", [](const World& world) {
        const auto before = pins_of(world.domain());
        const auto after = World::read(world.suggestion().text);
        CpuSet moved;
        for (const auto& [vcpu, cpus] : pins_of(after))
            if (!before.contains(vcpu) || before.at(vcpu) != cpus) moved |= cpus;
        RC_ASSERT(moved.is_subset_of(world.topology.online));
        RC_ASSERT(!moved.intersects(world.others_cpus()));
        if (!moved.empty()) RC_ASSERT(!moved.contains(world.topology.online.members().front()));
        RC_TAG(moved.empty() ? "stay" : "moved");
    });
}

TEST_CASE("QEMU's own threads are kept off the vCPUs' CPUs") {
    holds("helpers", [](const World& world) {
        const auto suggestion = world.suggestion();
        const auto after = World::read(suggestion.text);
        const auto vcpus = pinned_cpus(after);
        if (vcpus.empty() || !after.emulator_pin) return;
        const bool has_room = !(world.topology.online - vcpus).empty();
        if (has_room && after.emulator_pin->cpus !=
                            (world.domain().emulator_pin ? world.domain().emulator_pin->cpus : CpuSet{}))
            RC_ASSERT(!after.emulator_pin->cpus.intersects(vcpus));
    });
}

TEST_CASE("not more cells than before are spread over nodes, if all vCPUs were pinned") {
    holds("cells", [](const World& world) {
        const auto before = world.domain();
        const auto after = World::read(world.suggestion().text);
        if (before.vcpu_pins.size() == before.vcpus)
            RC_ASSERT(spread_cells(world, after) <= spread_cells(world, before));
        if (after.vcpu_pins.size() == after.vcpus && after.topology)
            for (const auto& cell : vcpus_of_cells(after))
                for (const unsigned vcpu : cell.members()) {
                    const auto first = vcpu / after.topology->threads * after.topology->threads;
                    const bool is_whole =
                        cell.contains(first) && cell.contains(first + after.topology->threads - 1);
                    const bool is_as_before = pins_of(before) == pins_of(after);
                    RC_ASSERT((is_whole || is_as_before));
                }
    });
}

TEST_CASE("memory is not bound more strictly than before if the nodes cannot hold it") {
    holds("memory", [](const World& world) {
        const auto before = world.domain();
        const auto after = World::read(world.suggestion().text);
        if (before.numa_memory && before.numa_memory->automatic) RC_ASSERT(after.numa_memory->automatic);
        if (before.numa_memory && before.numa_memory->mode == NumaMode::interleave)
            RC_ASSERT((after.numa_memory->mode == NumaMode::interleave &&
                       after.numa_memory->nodes == before.numa_memory->nodes));
        const auto has_changed = [&](const auto& now, const auto& then) {
            return now.mode != then.mode || now.nodes != then.nodes;
        };
        if (after.numa_memory && after.numa_memory->mode == NumaMode::strict &&
            !after.numa_memory->automatic &&
            (!before.numa_memory || has_changed(*after.numa_memory, *before.numa_memory)))
            RC_ASSERT(world.size_of(after.numa_memory->nodes) >= after.memory);
        for (const auto& bound : after.numa_cells) {
            const auto found = std::find_if(before.numa_cells.begin(), before.numa_cells.end(),
                                            [&](const NumaCell& one) { return one.cell == bound.cell; });
            if (after.numa_memory && after.numa_memory->mode == NumaMode::restrictive)
                RC_ASSERT(bound.mode == NumaMode::restrictive);
            if (bound.mode == NumaMode::strict &&
                (found == before.numa_cells.end() || has_changed(bound, *found)))
                RC_ASSERT(world.size_of(bound.nodes) >= after.cells[bound.cell].memory);
        }
    });
}

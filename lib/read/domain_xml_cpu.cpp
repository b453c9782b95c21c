#include "read/domain_xml_reader.hpp"

#include <algorithm>
#include <map>

namespace hostlease {

namespace {
/// Reads the pins of one kind; `id_attribute` is "vcpu" or "iothread", the ids run from `least` to `most`.
std::vector<Pin> read_pins(DomainReader& reader, XmlElement cputune, std::string_view element, std::string_view id_attribute,
                           unsigned least, unsigned most) {
    std::vector<Pin> pins;
    std::map<unsigned, unsigned> lines;
    for_each_child(cputune, element, [&](XmlElement pin) {
        const auto id = reader.count(reader.required(pin, id_attribute), least, most);
        auto cpus = reader.set(reader.required(pin, "cpuset"));
        if (!id || !cpus) return;
        const auto [first, is_new] = lines.emplace(*id, pin.line());
        if (is_new)
            pins.push_back({*id, std::move(*cpus), pin.line()});
        else
            reader.error(pin.line(), "<" + std::string(element) + "> of " + std::string(id_attribute) + " " +
                                         std::to_string(*id) + " may stand once, but is in line " +
                                         std::to_string(first->second) + " as well");
    });
    return pins;
}

std::optional<ThreadScheduler> read_scheduler(DomainReader& reader, XmlElement element) {
    constexpr std::array<std::string_view, 4> policies{"fifo", "rr", "batch", "idle"};
    auto ids = reader.set(reader.required(element, "vcpus"));
    auto policy = reader.known_text(reader.required(element, "scheduler"), policies);
    const bool real_time = policy == "fifo" || policy == "rr";
    const auto priority = real_time ? reader.count(reader.required(element, "priority"), 1, 99) : std::nullopt;
    if (!ids || policy.empty() || (real_time && !priority)) return std::nullopt;
    ThreadScheduler scheduler{std::move(*ids), std::move(policy), std::nullopt, element.line()};
    if (priority) scheduler.priority = static_cast<int>(*priority);
    return scheduler;
}

void read_schedulers(DomainReader& reader, XmlElement cputune, Domain& domain) {
    CpuSet seen;
    for_each_child(cputune, "vcpusched", [&](XmlElement element) {
        auto scheduler = read_scheduler(reader, element);
        if (!scheduler) return;
        if (seen.intersects(scheduler->ids))
            return reader.error(element.line(),
                                "<vcpusched> names vCPU " + to_list(seen & scheduler->ids) + " again; each may stand in one");
        seen |= scheduler->ids;
        domain.vcpu_schedulers.push_back(std::move(*scheduler));
    });
}

void read_topology(DomainReader& reader, XmlElement element, Domain& domain) {
    if (!element) return;
    const auto part = [&](std::string_view name) {
        return reader.count(attribute_value(element, name), 1, CpuSet::limit).value_or(1);
    };
    domain.topology = Topology{part("sockets"), part("dies"), part("clusters"), part("cores"), part("threads")};
}

struct CellsSeen {
    unsigned total = 0;
    unsigned position = 0;
    std::map<unsigned, unsigned> lines;
    CpuSet vcpus;
    CpuSet all_vcpus; // of the domain
};

// Source: virDomainNumaDefParseXML (libvirt 9.0, src/conf/numa_conf.c): ids are a permutation of 0..n-1, in
// order when absent.
void read_cell(DomainReader& reader, XmlElement element, CellsSeen& seen, Domain& domain) {
    constexpr std::array<std::string_view, 2> accesses{"shared", "private"};
    const auto given_id = attribute_value(element, "id");
    const auto id = given_id ? reader.count(given_id) : seen.position;
    ++seen.position;
    GuestCell cell{id.value_or(0), reader.set(attribute_value(element, "cpus")).value_or(CpuSet{}), 0,
                   reader.known_text(attribute_value(element, "memAccess"), accesses), element.line()};
    cell.memory = reader.size(reader.required(element, "memory"), attribute_value(element, "unit")).value_or(0);
    if (!id) return;
    if (*id >= seen.total)
        return reader.error(element.line(), "<cell> has id " + std::to_string(*id) + ", but " + std::to_string(seen.total) +
                                                " cells have the ids 0 to " + std::to_string(seen.total - 1));
    if (const auto [first, is_new] = seen.lines.emplace(*id, element.line()); !is_new)
        return reader.error(element.line(), "<cell> " + std::to_string(*id) + " may stand once, but is in line " +
                                                std::to_string(first->second) + " as well");
    if (seen.vcpus.intersects(cell.vcpus))
        reader.error(element.line(),
                     "<cell> " + std::to_string(*id) + " has vCPUs of another cell: " + quoted(to_list(seen.vcpus & cell.vcpus)));
    if (!cell.vcpus.is_subset_of(seen.all_vcpus))
        reader.error(element.line(),
                     "<cell> " + std::to_string(*id) + " has vCPUs past the " + std::to_string(domain.vcpus) + " of <vcpu>");
    seen.vcpus |= cell.vcpus;
    domain.cells.push_back(std::move(cell));
}
} // namespace

void read_vcpu(DomainReader& reader, XmlElement vcpu, Domain& domain) {
    constexpr std::array<std::string_view, 2> placements{"static", "auto"};
    domain.vcpus = reader.count(text_value(vcpu), 1, CpuSet::limit).value_or(1);
    domain.current_vcpus = reader.count(attribute_value(vcpu, "current"), 1, domain.vcpus).value_or(domain.vcpus);
    domain.vcpu_placement_auto = reader.word(attribute_value(vcpu, "placement"), placements) == 1u;
    if (!domain.vcpu_placement_auto) domain.vcpu_cpus = reader.set(attribute_value(vcpu, "cpuset")).value_or(CpuSet{});
}

void read_cputune(DomainReader& reader, XmlElement cputune, Domain& domain) {
    domain.vcpu_pins = read_pins(reader, cputune, "vcpupin", "vcpu", 0, domain.vcpus - 1);
    domain.iothread_pins = read_pins(reader, cputune, "iothreadpin", "iothread", 1, std::numeric_limits<unsigned>::max());
    const auto [emulator] = reader.single_children(cputune, {"emulatorpin"});
    if (emulator)
        if (auto cpus = reader.set(reader.required(emulator, "cpuset")))
            domain.emulator_pin = Pin{0, std::move(*cpus), emulator.line()};
    read_schedulers(reader, cputune, domain);
}

// Source: virDomainDefParseIOThreads (libvirt 9.0): more ids than <iothreads> says are that many threads.
void read_iothreads(DomainReader& reader, XmlElement iothreads, XmlElement ids, Domain& domain) {
    unsigned listed = 0;
    for_each_child(ids, "iothread", [&](XmlElement) { ++listed; });
    domain.iothreads = std::max(listed, reader.count(text_value(iothreads), 0, CpuSet::limit).value_or(0));
}

void read_cpu(DomainReader& reader, XmlElement cpu, Domain& domain) {
    const auto [topology, numa] = reader.single_children(cpu, {"topology", "numa"});
    read_topology(reader, topology, domain);
    CellsSeen seen;
    seen.all_vcpus = CpuSet::range(0, domain.vcpus - 1);
    for_each_child(numa, "cell", [&](XmlElement) { ++seen.total; });
    for_each_child(numa, "cell", [&](XmlElement cell) { read_cell(reader, cell, seen, domain); });
    std::sort(domain.cells.begin(), domain.cells.end(), [](const auto& left, const auto& right) { return left.id < right.id; });
}

} // namespace hostlease

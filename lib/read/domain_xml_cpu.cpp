#include "read/domain_xml_reader.hpp"
#include "read/xml_number.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace hostlease {

namespace {
/// Whether the domain has the vCPU or I/O thread with this number.
using Known = std::function<bool(unsigned id)>;

/// Reads the pins of one kind; `id_attribute` is "vcpu" or "iothread".
std::vector<Pin> read_pins(DomainReader& reader, XmlElement cputune, std::string_view element,
                           std::string_view id_attribute, const Known& is_there, Domain& domain) {
    std::vector<Pin> pins;
    std::map<unsigned, unsigned> lines;
    for_each_child(cputune, element, [&](XmlElement pin) {
        const auto id = reader.count(reader.required(pin, id_attribute), id_attribute == "iothread" ? 1 : 0);
        if (!id) return;
        if (!is_there(*id)) // checked before the cpuset, as in libvirt
            return domain.stray_tuning.push_back({std::string(element), std::to_string(*id), pin.line()});
        auto cpus = reader.set(reader.required(pin, "cpuset"));
        if (!cpus) return;
        const auto [first, is_new] = lines.emplace(*id, pin.line());
        if (is_new)
            pins.push_back({*id, std::move(*cpus), pin.line()});
        else
            reader.error(pin.line(), "<" + std::string(element) + "> of " +
                                         (id_attribute == "vcpu" ? "vCPU " : "I/O thread ") +
                                         std::to_string(*id) + " occurs twice; the first is in line " +
                                         std::to_string(first->second));
    });
    return pins;
}

/// Source: virDomainSchedulerParseCommonAttrs (libvirt 9.0): libvirt defines domains with any priority.
std::optional<ThreadScheduler> read_scheduler(DomainReader& reader, XmlElement element, CpuSet ids) {
    constexpr std::array<std::string_view, 4> policies{"fifo", "rr", "batch", "idle"};
    auto policy = reader.known_text(reader.required(element, "scheduler"), policies);
    ThreadScheduler scheduler{std::move(ids), std::move(policy), std::nullopt, element.line()};
    if (scheduler.policy == "fifo" || scheduler.policy == "rr") {
        const auto value = reader.required(element, "priority");
        if (!value) return std::nullopt;
        scheduler.priority = parse_xml_number<int>(value->text);
        if (!scheduler.priority) reader.error(*value, "is not a whole number");
    }
    return scheduler.policy.empty() ? std::nullopt : std::optional(std::move(scheduler));
}

/// Reads <vcpusched> or <iothreadsched>; `ids_attribute` is "vcpus" or "iothreads".
std::vector<ThreadScheduler> read_schedulers(DomainReader& reader, XmlElement cputune, std::string_view name,
                                             std::string_view ids_attribute, const CpuSet& known,
                                             Domain& domain) {
    std::vector<ThreadScheduler> list;
    CpuSet seen;
    for_each_child(cputune, name, [&](XmlElement element) {
        const auto ids = reader.set(reader.required(element, ids_attribute));
        if (!ids) return;
        if (const auto absent = *ids - known; !absent.empty())
            domain.stray_tuning.push_back({std::string(name), to_list(absent), element.line()});
        auto scheduler = read_scheduler(reader, element, *ids & known);
        if (!scheduler || scheduler->ids.empty()) return;
        if (seen.intersects(scheduler->ids))
            return reader.error(element.line(), "<" + std::string(name) + "> names " +
                                                    (name == "vcpusched" ? "vCPU " : "I/O thread ") +
                                                    to_list(seen & scheduler->ids) +
                                                    " again; each may be in only one");
        seen |= scheduler->ids;
        list.push_back(std::move(*scheduler));
    });
    return list;
}

void read_topology(DomainReader& reader, XmlElement element, Domain& domain) {
    if (!element) return;
    const auto part = [&](std::string_view name) {
        return reader.count(attribute_value(element, name), 1, CpuSet::limit).value_or(1);
    };
    for (const char* name : {"sockets", "cores", "threads"}) // Source: virCPUDefParseXML (libvirt 9.0)
        reader.required(element, name);
    domain.topology =
        Topology{part("sockets"), part("dies"), part("clusters"), part("cores"), part("threads")};
}

/// Source: virDomainVcpuParse (libvirt 9.0): if vCPUs are listed, only the list says which are enabled.
void read_listed_vcpu(DomainReader& reader, XmlElement element, Domain& domain) {
    constexpr std::array<std::string_view, 2> states{"no", "yes"};
    const auto id = reader.count(reader.required(element, "id"), 0, domain.vcpus - 1);
    if (reader.word(reader.required(element, "enabled"), states) == 1u && id) domain.enabled_vcpus.add(*id);
}

struct CellsSeen {
    unsigned total = 0;
    unsigned position = 0;
    std::map<unsigned, unsigned> lines;
    CpuSet vcpus;
    CpuSet all_vcpus; // of the domain
};

// Source: virDomainNumaDefParseXML (libvirt 9.0, src/conf/numa_conf.c): ids are a permutation of 0..n-1;
// absent ones are in order.
void read_cell(DomainReader& reader, XmlElement element, CellsSeen& seen, Domain& domain) {
    constexpr std::array<std::string_view, 2> accesses{"shared", "private"};
    const auto given_id = attribute_value(element, "id");
    const auto id = given_id ? reader.count(given_id) : seen.position;
    ++seen.position;
    GuestCell cell{id.value_or(0), reader.set(attribute_value(element, "cpus")).value_or(CpuSet{}), 0,
                   reader.known_text(attribute_value(element, "memAccess"), accesses), element.line()};
    cell.memory =
        reader.size(reader.required(element, "memory"), attribute_value(element, "unit")).value_or(0);
    if (!id) return;
    if (*id >= seen.total)
        return reader.error(element.line(), "<cell> has id " + std::to_string(*id) + ", but " +
                                                std::to_string(seen.total) + " cells have the ids 0 to " +
                                                std::to_string(seen.total - 1));
    if (const auto [first, is_new] = seen.lines.emplace(*id, element.line()); !is_new)
        return reader.error(element.line(), "<cell> " + std::to_string(*id) +
                                                " occurs twice; the first is in line " +
                                                std::to_string(first->second));
    if (seen.vcpus.intersects(cell.vcpus))
        reader.error(element.line(), "<cell> " + std::to_string(*id) + " has vCPUs of another cell: " +
                                         quoted(to_list(seen.vcpus & cell.vcpus)));
    if (!cell.vcpus.is_subset_of(seen.all_vcpus))
        reader.error(element.line(), "<cell> " + std::to_string(*id) + " has vCPUs past the " +
                                         std::to_string(domain.vcpus) + " of <vcpu>");
    seen.vcpus |= cell.vcpus;
    domain.cells.push_back(std::move(cell));
}
} // namespace

void read_vcpu(DomainReader& reader, XmlElement vcpu, XmlElement list, Domain& domain) {
    constexpr std::array<std::string_view, 2> placements{"static", "auto"};
    domain.vcpus = reader.count(text_value(vcpu), 1, CpuSet::limit).value_or(1);
    domain.current_vcpus = domain.vcpus;
    domain.vcpu_placement_auto = reader.word(attribute_value(vcpu, "placement"), placements) == 1u;
    if (!domain.vcpu_placement_auto)
        domain.vcpu_cpus = reader.set(attribute_value(vcpu, "cpuset")).value_or(CpuSet{});
    bool is_listed = false;
    for_each_child(list, "vcpu", [&](XmlElement element) {
        is_listed = true;
        read_listed_vcpu(reader, element, domain);
    });
    if (!is_listed)
        domain.current_vcpus =
            reader.count(attribute_value(vcpu, "current"), 1, domain.vcpus).value_or(domain.vcpus);
    else if (domain.enabled_vcpus.contains(0))
        domain.current_vcpus = domain.enabled_vcpus.count();
    else
        reader.error(list.line(), "<vcpus> does not enable vCPU 0, which libvirt requires");
}

void read_cputune(DomainReader& reader, XmlElement cputune, Domain& domain) {
    const auto& threads = domain.iothread_ids;
    const Known is_vcpu = [&](unsigned id) { return id < domain.vcpus; };
    const Known is_thread = [&](unsigned id) {
        return std::binary_search(threads.begin(), threads.end(), id);
    };
    domain.vcpu_pins = read_pins(reader, cputune, "vcpupin", "vcpu", is_vcpu, domain);
    domain.iothread_pins = read_pins(reader, cputune, "iothreadpin", "iothread", is_thread, domain);
    const auto [pin, scheduler] = first_children(cputune, {"emulatorpin", "emulatorsched"});
    if (pin)
        if (auto cpus = reader.set(reader.required(pin, "cpuset")))
            domain.emulator_pin = Pin{0, std::move(*cpus), pin.line()};
    if (scheduler) domain.emulator_scheduler = read_scheduler(reader, scheduler, {});
    domain.vcpu_schedulers =
        read_schedulers(reader, cputune, "vcpusched", "vcpus", CpuSet::range(0, domain.vcpus - 1), domain);
    domain.iothread_schedulers =
        read_schedulers(reader, cputune, "iothreadsched", "iothreads", iothread_set(domain), domain);
}

// Source: virDomainDefParseIOThreads, virDomainIOThreadIDDefArrayInit (libvirt 9.0): if there are more ids
// than <iothreads> says, there are as many threads as ids. Threads without an id get the lowest free ones
// from 1 on.
void read_iothreads(DomainReader& reader, XmlElement iothreads, XmlElement ids, Domain& domain) {
    std::set<unsigned> listed;
    for_each_child(ids, "iothread", [&](XmlElement element) {
        const auto id = reader.count(reader.required(element, "id"), 1);
        if (id && !listed.insert(*id).second)
            reader.error(element.line(), "<iothread> of id " + std::to_string(*id) + " occurs twice");
    });
    domain.iothreads = reader.count(unless_empty(text_value(iothreads)), 0, CpuSet::limit).value_or(0);
    domain.iothreads = std::max(domain.iothreads, static_cast<unsigned>(listed.size()));
    for (unsigned id = 1; listed.size() < domain.iothreads; ++id)
        listed.insert(id);
    domain.iothread_ids.assign(listed.begin(), listed.end());
}

void read_cpu(DomainReader& reader, XmlElement cpu, Domain& domain) {
    const auto [topology, numa] = first_children(cpu, {"topology", "numa"});
    read_topology(reader, topology, domain);
    CellsSeen seen;
    seen.all_vcpus = CpuSet::range(0, domain.vcpus - 1);
    for_each_child(numa, "cell", [&](XmlElement) { ++seen.total; });
    if (numa && seen.total == 0) reader.error(numa.line(), "<numa> has no <cell>");
    for_each_child(numa, "cell", [&](XmlElement cell) { read_cell(reader, cell, seen, domain); });
    std::sort(domain.cells.begin(), domain.cells.end(),
              [](const auto& left, const auto& right) { return left.id < right.id; });
    // Source: qemuDomainDefNumaCPUsRectify (libvirt 9.0): vCPUs without a cell belong to the first one
    if (!domain.cells.empty()) domain.cells.front().vcpus |= seen.all_vcpus - seen.vcpus;
}

} // namespace hostlease

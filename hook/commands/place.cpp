#include "audit_host.hpp"
#include "command.hpp"
#include "core/text_table.hpp"
#include "core/units.hpp"
#include "engine/liveness.hpp"
#include "engine/placing.hpp"
#include "host/cpu_topology.hpp"
#include "host/partition_facts.hpp"
#include "host/topology.hpp"
#include "knobs/parts/placed.hpp"
#include "model/node_memory.hpp"
#include "placement/place_request.hpp"
#include "read/domain_xml.hpp"
#include "suggest_request.hpp"

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    bool json = false;
    std::string connect;
    std::optional<unsigned> vcpus;
    std::optional<std::uint64_t> memory;
    std::optional<CorePreference> prefer;
    std::vector<std::string> subjects;
};

struct Subject {
    Domain domain;
    AuditFacts facts;
};

Status check_options(const Options& options) {
    if (options.subjects.empty() && !options.vcpus)
        return fail(ErrorKind::usage, "place needs a DOMAIN, a FILE.xml or --vcpus N" + help_hint("place"));
    return {};
}

Result<std::string> read_xml(const Options& options) {
    if (options.subjects.empty())
        return std::string("<domain type='kvm'><name>new</name><memory "
                           "unit='MiB'>1</memory><os><type>hvm</type></os></domain>");
    const auto& subject = options.subjects.front();
    if (is_xml_file(subject)) return read_user_file(subject, domain_xml_limit);
    return read_libvirt_domain(options.connect, subject, DomainXml::defined, name_a_file);
}

/// The topology in the XML is valid for its number of vCPUs only, its NUMA cells also for its size only.
void resize(Domain& domain, const Options& options) {
    const bool is_resized = (options.vcpus && *options.vcpus != domain.vcpus) ||
                            (options.memory && *options.memory != domain.memory);
    if (!is_resized) return;
    domain.cells.clear();
    domain.numa_cells.clear();
    if (options.memory) domain.memory = *options.memory;
    if (!options.vcpus || *options.vcpus == domain.vcpus) return;
    domain.vcpus = domain.current_vcpus = *options.vcpus;
    domain.topology.reset();
}

Result<Subject> look(Host& host, const Options& options) {
    const auto file = options.subjects.empty() ? std::string("VM") : options.subjects.front();
    const auto xml = TRY(read_xml(options));
    auto document = read_domain_document(xml, file, DomainIdentity::may_be_wrong);
    if (!document) return fail(ErrorKind::domain_invalid, document.error().text());
    TRY_VOID(must_be_of_qemu(document->domain, file));
    resize(document->domain, options);
    Subject subject{.domain = document->domain, .facts = {}};
    Diagnostics warnings;
    subject.facts = TRY(look_at_host(host, subject.domain, document->root(), warnings));
    if (!warnings.all().empty()) complain(warnings.text());
    subject.facts.host.cgroups.machine = TRY(machine_units(host, subject.domain.name));
    std::erase_if(subject.facts.leases,
                  [&](const Lease& lease) { return liveness(host, lease) == Liveness::dead; });
    return subject;
}

std::string in_order(const std::vector<unsigned>& cpus) {
    std::string text;
    for (const unsigned cpu : cpus)
        text += (text.empty() ? "" : ",") + std::to_string(cpu);
    return text;
}

std::string counted(unsigned count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string place_text(const Subject& subject, const Pinning& place) {
    TextTable rows{{"vCPUs", counted(subject.domain.vcpus, "vCPU") + " on CPU " +
                                 to_list(CpuSet(place.vcpus.begin(), place.vcpus.end()))},
                   {"in order", in_order(place.vcpus)}};
    if (!place.idle.empty()) rows.push_back({"idle", "CPU " + to_list(place.idle)});
    rows.push_back({"emulator", place.emulator.empty() ? "no CPU left" : "CPU " + to_list(place.emulator)});
    if (!place.iothreads.empty()) rows.push_back({"I/O threads", "CPU " + to_list(place.iothreads)});
    const auto nodes = place.nodes & nodes_with_memory(subject.facts.host);
    rows.push_back({"memory", nodes.empty() ? "not on node " + to_list(place.nodes) + ", which has no memory"
                                            : (nodes.count() == 1 ? "node " : "nodes ") + to_list(nodes)});
    rows.push_back({"topology", counted(place.sockets, "socket") + ", " + counted(place.dies, "die") + ", " +
                                    counted(place.cores, "core") + ", " + counted(place.threads, "thread")});
    for (const auto& reason : place.reasons)
        rows.push_back({&reason == &place.reasons.front() ? "reasons" : "", reason});
    return align(rows);
}

ValueArray texts(const std::vector<std::string>& list) {
    ValueArray array;
    for (const auto& text : list)
        array.push_back({text, {}});
    return array;
}

std::string place_json(const Subject& subject, const Pinning& place) {
    ValueTable topology;
    put(topology, "sockets", std::int64_t{place.sockets});
    put(topology, "dies", std::int64_t{place.dies});
    put(topology, "cores", std::int64_t{place.cores});
    put(topology, "threads", std::int64_t{place.threads});
    ValueArray vcpus;
    for (const unsigned cpu : place.vcpus)
        vcpus.push_back({std::int64_t{cpu}, {}});
    ValueTable table;
    put(table, "domain", subject.domain.name);
    put(table, "vcpus", std::move(vcpus));
    put(table, "idle", to_list(place.idle));
    put(table, "emulator", to_list(place.emulator));
    put(table, "iothreads", to_list(place.iothreads));
    put(table, "nodes", to_list(place.nodes));
    put(table, "topology", std::move(topology));
    put(table, "reasons", texts(place.reasons));
    put(table, "warnings", texts(place.warnings));
    return to_json({std::move(table), {}});
}

/// The domain's policy if it chooses the CPUs. --prefer asks for another choice.
tl::expected<std::optional<Policy>, Diagnostics> placing_policy(Host& host, const Options& options,
                                                                const Domain& domain) {
    if (options.subjects.empty() || options.prefer) return std::nullopt;
    Diagnostics warnings;
    auto policy = choose_policy(host, "", domain, warnings);
    if (policy && *policy && (*policy)->find(place_key) == nullptr) return std::nullopt;
    return policy;
}

std::string text_of(const Subject& subject, const Policy& policy, const Placement& place) {
    TextTable rows{{"vCPUs", counted(subject.domain.vcpus, "vCPU") + " on CPU " + to_list(place.vcpu_cpus())},
                   {"in order", in_order(place.vcpus)}};
    if (!place.idle.empty()) rows.push_back({"idle", "CPU " + to_list(place.idle)});
    rows.push_back({"emulator", place.emulator.empty() ? "no CPU left" : "CPU " + to_list(place.emulator)});
    if (!place.iothreads.empty()) rows.push_back({"I/O threads", "CPU " + to_list(place.iothreads)});
    rows.push_back({"memory", (place.nodes.count() == 1 ? "node " : "nodes ") + to_list(place.nodes)});
    rows.push_back({"policy", policy.name});
    rows.push_back({"reasons", place.why});
    return align(rows);
}

std::string json_of(const Subject& subject, const Policy& policy, const Placement& place) {
    ValueArray vcpus;
    for (const unsigned cpu : place.vcpus)
        vcpus.push_back({std::int64_t{cpu}, {}});
    ValueTable table;
    put(table, "domain", subject.domain.name);
    put(table, "policy", policy.name);
    put(table, "vcpus", std::move(vcpus));
    put(table, "idle", to_list(place.idle));
    put(table, "emulator", to_list(place.emulator));
    put(table, "iothreads", to_list(place.iothreads));
    put(table, "nodes", to_list(place.nodes));
    put(table, "reasons", texts({place.why}));
    put(table, "warnings", texts(place.warnings));
    return to_json({std::move(table), {}});
}

/// The place that the hook would choose, as if the domain had no pins.
ExitCode show_by_policy(Host& host, const Options& options, const Subject& subject, const Policy& policy) {
    const Domain domain = without_pins(subject.domain);
    const auto place = place_domain(
        host, {domain, policy, subject.facts.host, subject.facts.leases, subject.facts.promised});
    if (!place) return complain(place.error());
    if (!(*place)->is_found())
        return complain(Error{ErrorKind::refused, (*place)->problem + "\n  hint: " + (*place)->hint, {}, 0});
    print(options.json ? json_of(subject, policy, **place) : text_of(subject, policy, **place));
    if (!options.json)
        for (const auto& warning : (*place)->warnings)
            complain("hostlease: warning: " + warning);
    return ExitCode::done;
}

/// The place among the CPUs that the hook finds free, for a domain whose policy does not choose them.
ExitCode show_unpinned(Host& host, const Options& options, const Subject& subject) {
    auto topology = read_topology(options.root);
    if (!topology) return complain(topology.error());
    read_preferred_cores(host, *topology);
    const auto& facts = subject.facts;
    const Policy none;
    std::string problem;
    const auto owners =
        owners_of_cpus(host, {subject.domain, none, facts.host, facts.leases, facts.promised}, problem);
    if (!problem.empty()) complain("hostlease: warning: " + problem);
    auto others = place_facts(facts);
    others.others = owners;
    others.leases = {};
    const auto place = place_unpinned({.domain = subject.domain,
                                       .host = others,
                                       .topology = *topology,
                                       .near = nodes_of_devices(facts),
                                       .prefer = options.prefer.value_or(CorePreference::cache)});
    if (!place) return complain(Error{ErrorKind::refused, place.error(), {}, 0});
    print(options.json ? place_json(subject, *place) : place_text(subject, *place));
    if (!options.json)
        for (const auto& warning : place->warnings)
            complain("hostlease: warning: " + warning);
    return ExitCode::done;
}

ExitCode run(Host& host, const Options& options) {
    if (const auto fine = check_options(options); !fine) return complain(fine.error());
    const auto subject = look(host, options);
    if (!subject) return complain(subject.error());
    const auto policy = placing_policy(host, options, subject->domain);
    if (!policy) {
        complain(policy.error().text());
        return ExitCode::bad_input;
    }
    return *policy ? show_by_policy(host, options, *subject, **policy)
                   : show_unpinned(host, options, *subject);
}

void add_options(OptionList& list, Options& options) {
    add_json(list, options.json);
    add_connect(list, options.connect);
    list.value("--vcpus", "N", options.vcpus, "number of vCPUs (default: that of the domain)", parse_vcpus);
    list.value("--memory", "SIZE", options.memory, "memory size, such as 8GiB (default: that of the domain)",
               parse_memory);
    add_prefer(list, options.prefer);
    list.words(0, 1, options.subjects,
               {{.sources = {Candidates::Source::domains, Candidates::Source::files}}});
}
} // namespace

extern constinit const Verb verb_place{
    .name = "place",
    .category = Category::advise,
    .summary = "Show which CPUs and nodes a VM of this size would get now, and why",
    .details =
        "Ignores existing pins of the domain. If its policy has cpus.place, shows the place that the hook "
        "would choose by this policy. Leaves out CPUs of other VMs, of the host and outside the VM's slice.",
    .words = "[DOMAIN|FILE.xml]",
    .example = "hostlease place --vcpus 8 --memory 16GiB",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease

// Checks pins against the host's cores, nodes and caches, and against other VMs.
#include "advice/audit/elements.hpp"
#include "advice/audit/rule.hpp"
#include "knobs/parts/domain_threads.hpp"
#include "knobs/parts/partitions.hpp"
#include "model/node_memory.hpp"

#include <algorithm>
#include <map>

namespace hostlease {

namespace {
constexpr std::string_view libvirt = "https://libvirt.org/formatdomain.html#cpu-tuning";
constexpr std::string_view kernel_cpu = "https://docs.kernel.org/admin-guide/cputopology.html";
constexpr const char* no_pins = "no vCPU is pinned";

unsigned line_of_pins(const AuditInput& input) {
    const auto& pins = input.domain.vcpu_pins;
    return pins.empty() ? line_of(input.root, "cputune/vcpupin") : pins.front().line;
}

const CpuSet* core_of(const AuditInput& input, unsigned cpu) {
    for (const auto& core : input.host->host.cores)
        if (core.contains(cpu)) return &core;
    return nullptr;
}

/// QEMU gives the threads of a guest core consecutive numbers: vCPUs 0 and 1 are core 0 of a guest with two
/// threads per core.
void check_smt_order(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& domain = input.domain;
    if (!domain.topology || domain.topology->threads < 2)
        return outcome.skip("the guest has one thread per core");
    if (domain.vcpu_pins.empty()) return outcome.skip(no_pins);
    std::map<unsigned, std::vector<const Pin*>> guest_cores;
    for (const auto& pin : domain.vcpu_pins)
        guest_cores[pin.id / domain.topology->threads].push_back(&pin);
    CpuSet apart;
    std::optional<AuditFinding> first;
    for (const auto& [number, pins] : guest_cores) {
        if (pins.size() < 2) continue; // a single thread cannot be split
        CpuSet cpus;
        for (const auto* pin : pins)
            cpus |= pin->cpus;
        const auto* core = cpus.empty() ? nullptr : core_of(input, cpus.members().front());
        if (core == nullptr || cpus.is_subset_of(*core)) continue;
        apart.add(number);
        if (first) continue;
        first = AuditFinding{.line = pins.front()->line,
                             .found = "vCPU " + std::to_string(pins.front()->id) + " and " +
                                      std::to_string(pins.back()->id) + " are on CPU " + to_list(cpus) +
                                      ", threads of different cores",
                             .wanted = "both on the threads of one core, such as CPU " + to_list(*core)};
    }
    if (!first) return;
    first->places = apart.count();
    first->found = (apart.count() == 1 ? "the guest's core " + to_list(apart) + " is split: "
                                       : "the guest's cores " + to_list(apart) + " are split: ") +
                   first->found;
    outcome.fail(std::move(*first));
}

/// The pins of QEMU's own threads that have one fault.
struct HelperFault {
    unsigned line = 0; // of the first pin
    unsigned threads = 0;
    std::string who; // "the emulator, I/O thread 1"
    CpuSet cpus;
};

template <typename IsFaulty>
HelperFault helpers_with(const Domain& domain, IsFaulty is_faulty) {
    HelperFault fault;
    const auto look_at = [&](const Pin& pin, const std::string& who) {
        if (!is_faulty(pin.cpus)) return;
        if (fault.threads == 0) fault.line = pin.line;
        fault.who += (fault.threads == 0 ? "" : ", ") + who;
        fault.cpus |= pin.cpus;
        ++fault.threads;
    };
    if (domain.emulator_pin) look_at(*domain.emulator_pin, "the emulator");
    for (const auto& pin : domain.iothread_pins)
        look_at(pin, "I/O thread " + std::to_string(pin.id));
    return fault;
}

/// The pins of QEMU's own threads may contain offline CPUs if they also contain an online one. cpuset.cpus
/// refuses a CPU that is not possible, and sched_setaffinity() refuses a mask without an online CPU. Source:
/// update_cpumask of kernel/cgroup/cpuset.c (Linux 6.12), sched_setaffinity(2).
void check_helpers_online(const AuditInput& input, AuditOutcome& outcome) {
    const auto& facts = input.host->host;
    const auto& possible = facts.possible.empty() ? facts.online : facts.possible;
    const auto fault = helpers_with(input.domain, [&](const CpuSet& cpus) {
        return !cpus.is_subset_of(possible) || !cpus.intersects(facts.online);
    });
    if (fault.threads == 0) return;
    const auto missing = fault.cpus - facts.online;
    outcome.fail({.line = fault.line,
                  .found = fault.who + (fault.threads == 1 ? " is" : " are") + " pinned to CPU " +
                           to_list(missing) + ", which " + (missing.count() == 1 ? "is" : "are") +
                           " not online on this host",
                  .wanted = "some of " + to_list(facts.online),
                  .places = fault.threads});
}

void check_online(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    check_helpers_online(input, outcome);
    if (input.domain.vcpu_pins.empty()) {
        if (outcome.findings.empty()) outcome.skip(no_pins);
        return;
    }
    CpuSet vcpus;
    CpuSet missing;
    unsigned line = 0;
    for (const auto& pin : input.domain.vcpu_pins) {
        const auto absent = pin.cpus - input.host->host.online;
        if (absent.empty()) continue;
        if (missing.empty()) line = pin.line;
        vcpus.add(pin.id);
        missing |= absent;
    }
    if (missing.empty()) return;
    outcome.fail({.line = line,
                  .found = "vCPU " + to_list(vcpus) + (vcpus.count() == 1 ? " is" : " are") +
                           " pinned to CPU " + to_list(missing) + ", which " +
                           (missing.count() == 1 ? "is" : "are") + " not online on this host",
                  .wanted = "one of " + to_list(input.host->host.online),
                  .places = vcpus.count()});
}

void check_housekeeping(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto pinned = pinned_cpus(input.domain);
    const auto& facts = input.host->host;
    if (pinned.empty()) return outcome.skip(no_pins);
    const auto left = std::count_if(facts.cores.begin(), facts.cores.end(), [&](const CpuSet& core) {
        return !(core & facts.online).intersects(pinned);
    });
    if (left >= 2) return;
    const auto* first = core_of(input, 0); // nullptr if the core of CPU 0 is offline
    const bool is_first = left == 1 && first != nullptr && !first->intersects(pinned);
    outcome.fail(
        {.line = line_of_pins(input),
         .found = std::string(left == 0 ? "not one whole core" : "one whole core") + " is left to the host" +
                  (is_first ? ", and that core includes CPU 0, which the kernel's own work needs" : ""),
         .wanted = "two or more whole cores"});
}

/// The nodes that the memory of a guest cell is bound to; empty if it may come from any node.
NodeSet memory_of(const Domain& domain, const GuestCell& cell) {
    for (const auto& bound : domain.numa_cells)
        if (bound.cell == cell.id) return bound.nodes;
    return domain.numa_memory && !domain.numa_memory->automatic ? domain.numa_memory->nodes : NodeSet{};
}

/// The finding about vCPUs on these nodes if none of the nodes has memory.
std::optional<AuditFinding> lack_of_memory(const HostFacts& facts, const NodeSet& nodes, unsigned line) {
    const auto with_memory = nodes_with_memory(facts);
    if (nodes.empty() || nodes.intersects(with_memory)) return std::nullopt;
    return AuditFinding{.line = line,
                        .found = "vCPUs run on node " + to_list(nodes) + ", which has no memory",
                        .wanted = "CPUs of a node with memory: " + to_list(with_memory)};
}

/// Checks each guest cell: its vCPUs must be on one node, and its memory on the same node.
void check_cells(const AuditInput& input, AuditOutcome& outcome) {
    const auto& domain = input.domain;
    const auto vcpus = vcpus_of_cells(domain); // including vCPUs that no cell lists
    for (const auto& cell : domain.cells) {
        CpuSet cpus;
        for (const auto& pin : domain.vcpu_pins)
            if (cell.id < vcpus.size() && vcpus[cell.id].contains(pin.id)) cpus |= pin.cpus;
        const auto nodes = nodes_with_cpus(input.host->host, cpus);
        const auto fail = [&](AuditFinding finding) {
            finding.kind = "guest NUMA cell";
            finding.name = std::to_string(cell.id);
            outcome.fail(std::move(finding));
        };
        if (nodes.count() > 1)
            fail({.line = cell.line,
                  .found = "vCPUs run on nodes " + to_list(nodes),
                  .wanted = "each cell on one node"});
        if (auto finding = lack_of_memory(input.host->host, nodes, cell.line)) {
            fail(std::move(*finding));
            continue;
        }
        const auto memory = memory_of(domain, cell);
        if (!nodes.empty() && !memory.empty() && !memory.intersects(nodes))
            fail({.line = cell.line,
                  .found =
                      "memory comes from node " + to_list(memory) + ", vCPUs run on node " + to_list(nodes),
                  .wanted = "both on one node",
                  .xml = nested({"numatune"}, "<memnode cellid='" + std::to_string(cell.id) +
                                                  "' mode='strict' nodeset='" + to_list(nodes) + "'/>")});
    }
}

void check_node(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto pinned = pinned_cpus(input.domain);
    const auto& facts = input.host->host;
    if (facts.nodes.size() < 2) return outcome.skip("the host has one NUMA node");
    if (pinned.empty()) return outcome.skip(no_pins);
    if (input.domain.cells.size() > 1) return check_cells(input, outcome);
    const NodeSet nodes = nodes_with_cpus(facts, pinned);
    if (nodes.count() > 1)
        return outcome.fail({.line = line_of_pins(input),
                             .found = "vCPUs run on nodes " + to_list(nodes),
                             .wanted = "one node, or NUMA cells for the guest"});
    if (auto finding = lack_of_memory(facts, nodes, line_of_pins(input)))
        return outcome.fail(std::move(*finding));
    const auto& memory = input.domain.numa_memory;
    if (!memory || memory->automatic) return;
    // interleaved memory is spread over nodes on purpose
    const bool is_near = memory->mode == NumaMode::interleave ? memory->nodes.intersects(nodes)
                                                              : memory->nodes.is_subset_of(nodes);
    if (!is_near)
        outcome.fail(
            {.line = memory->line,
             .found =
                 "memory comes from node " + to_list(memory->nodes) + ", vCPUs run on node " + to_list(nodes),
             .wanted = "both on one node",
             .xml = nested({"numatune"}, "<memory mode='strict' nodeset='" + to_list(nodes) + "'/>")});
}

/// The cores below a cache that this VM could use, each with its online CPUs. Excludes the core of the first
/// online CPU and the cores of other VMs.
std::vector<CpuSet> cores_to_have(const AuditFacts& host, const CpuSet& cache) {
    const auto& online = host.host.online;
    CpuSet taken = {online.empty() ? 0 : online.members().front()};
    for (const auto& other : host.others)
        taken |= other.pinned;
    std::vector<CpuSet> cores;
    for (const auto& core : host.host.cores)
        if (const auto cpus = core & host.host.online; cpus.intersects(cache) && !core.intersects(taken))
            cores.push_back(cpus);
    return cores;
}

void check_cache(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto pinned = pinned_cpus(input.domain);
    const auto& host = *input.host;
    if (pinned.empty()) return outcome.skip(no_pins);
    if (pinned.intersects(host.performance_cpus) && pinned.intersects(host.efficient_cpus))
        outcome.fail({.line = line_of_pins(input),
                      .found = "vCPUs run on performance cores (CPU " +
                               to_list(pinned & host.performance_cpus) + ") and on efficient ones (CPU " +
                               to_list(pinned & host.efficient_cpus) + ")",
                      .wanted = "CPUs of one kind, because the guest assumes that its CPUs are equal"});
    std::vector<CpuSet> largest;
    unsigned used = 0;
    for (const auto& cache : host.caches) {
        if (cache.intersects(pinned)) ++used;
        if (auto cores = cores_to_have(host, cache); cores.size() > largest.size())
            largest = std::move(cores);
    }
    const auto& all = host.host.cores;
    const auto needed = static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const auto& core) { return core.intersects(pinned); }));
    if (used < 2 || input.domain.cells.size() > 1 || needed > largest.size()) return;
    CpuSet fitting;
    for (const auto& core : largest)
        fitting |= core;
    outcome.fail({.line = line_of_pins(input),
                  .found = "vCPUs run under " + std::to_string(used) + " last level caches",
                  .wanted = "under one cache: " + std::to_string(needed) + " cores fit, such as CPU " +
                            to_list(fitting)});
}

void check_shared(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto pinned = pinned_cpus(input.domain);
    if (pinned.empty()) return outcome.skip(no_pins);
    for (const auto& lease : input.host->leases)
        if (const CpuSet owned = partition_cpus(lease).vcpus & pinned; !owned.empty())
            outcome.fail(
                {.line = line_of_pins(input),
                 .found =
                     "VM '" + lease.domain + "' has CPU " + to_list(owned) +
                     " exclusively in a partition: libvirt cannot pin another vCPU to it while that VM runs",
                 .wanted = "different CPUs",
                 .severity = Severity::error});
    if (!input.host->others_problem.empty()) return outcome.skip(input.host->others_problem);
    for (const auto& other : input.host->others)
        if (other.pinned.intersects(pinned))
            outcome.fail({.line = line_of_pins(input),
                          .found = "also pinned to CPU " + to_list(other.pinned & pinned) +
                                   (other.running ? " and running" : ""),
                          .wanted = "different CPUs if both VMs run at the same time",
                          .severity = other.running ? Severity::warning : Severity::note,
                          .kind = "VM",
                          .name = "'" + other.name + "'"});
}

void check_isolated_helpers(const AuditInput& input, const CpuSet& isolated, AuditOutcome& outcome) {
    const auto fault =
        helpers_with(input.domain, [&](const CpuSet& cpus) { return is_unbalanced(cpus, isolated); });
    if (fault.threads == 0) return;
    outcome.fail({.line = fault.line,
                  .found = fault.who + " may run on CPU " + to_list(fault.cpus) +
                           ", but the kernel does not balance threads on CPUs that are isolated at boot (" +
                           to_list(fault.cpus & isolated) + ")",
                  .wanted = "CPUs that are not isolated, or a single CPU",
                  .places = fault.threads});
}

void check_boot_isolation(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto pinned = pinned_cpus(input.domain);
    const auto isolated =
        parse_cpu_list(input.host->value("/sys/devices/system/cpu/isolated")).value_or(CpuSet{});
    if (isolated.empty()) return outcome.skip("no CPU is isolated at boot");
    if (pinned.empty()) return outcome.skip(no_pins);
    if (const auto outside = pinned - isolated; !outside.empty())
        outcome.fail(
            {.line = line_of_pins(input),
             .found = "CPU " + to_list(outside) + " of the VM is not among those isolated at boot (" +
                      to_list(isolated) + ")",
             .wanted = "isolcpus= with exactly the VM's CPUs, or isolation by the policy (cpus.isolate)"});
    check_isolated_helpers(input, isolated, outcome);
    CpuSet used = pinned;
    for (const auto& thread : helper_threads(input.domain))
        used |= thread.cpus;
    if (const auto unused = isolated - used; !unused.empty() && input.host->others.empty())
        outcome.fail({.line = line_of_pins(input),
                      .found = "CPU " + to_list(unused) + " is isolated at boot, but no VM is pinned to it",
                      .wanted = "a shorter isolcpus=: the host does not use these CPUs for anything else"});
}

constexpr RuleMaker rule{.group = RuleGroup::pinning, .source = libvirt, .needs = host_facts};

constexpr Rule rules[] = {
    rule("PIN-SMT-ORDER", Severity::warning,
         "The guest places busy threads on different cores, so two of its cores must not be two threads of "
         "one host core. Linux often numbers all first threads of the cores before the second ones; the "
         "guest does not.",
         "busy threads are slow while other cores are idle", check_smt_order, kernel_cpu),
    rule("PIN-ONLINE", Severity::error, "libvirt can pin only to CPUs that are online.",
         "the VM does not start", check_online),
    rule("PIN-HOUSEKEEPING", Severity::warning,
         "The host needs at least two cores; with fewer, network, disks and QEMU's threads wait for the "
         "guest.",
         "the whole host is slow while the guest is busy", check_housekeeping,
         "https://docs.kernel.org/admin-guide/kernel-per-CPU-kthreads.html"),
    rule("PIN-NODE", Severity::warning, "Access to another node's memory takes roughly 50 % longer.",
         "slow memory, uneven speed", check_node, "https://libvirt.org/formatdomain.html#numa-node-tuning"),
    rule("PIN-L3", Severity::note, "vCPUs that work on the same data access it faster in a shared cache.",
         "uneven speed; stutter in games", check_cache, kernel_cpu),
    rule("PIN-SHARED", Severity::warning, "Two VMs on one CPU take CPU time from each other.",
         "stutter, stolen time", check_shared),
    rule("PIN-ISOLCPUS", Severity::note, "Isolation at boot affects only the CPUs that it names.",
         "stutter despite isolcpus=", check_boot_isolation,
         "https://docs.kernel.org/admin-guide/kernel-parameters.html")};
} // namespace

std::span<const Rule> placement_rules() { return rules; }

} // namespace hostlease

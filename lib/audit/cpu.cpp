// The CPU that the guest sees.
#include "audit/audit.hpp"
#include "audit/elements.hpp"
#include "audit/rule.hpp"

#include <algorithm>
#include <numeric>
#include <string>

namespace hostlease {

namespace {
constexpr std::string_view libvirt = "https://libvirt.org/formatdomain.html#cpu-model-and-topology";

std::string_view mode_of(const AuditInput& input) { return attribute(find(input.root, "cpu"), "mode"); }

bool is_passthrough(const AuditInput& input) { return mode_of(input) == "host-passthrough" || mode_of(input) == "maximum"; }

XmlElement feature(const AuditInput& input, std::string_view name) {
    for (const auto one : find_all(input.root, "cpu/feature"))
        if (attribute(one, "name") == name) return one;
    return {};
}

bool requires_feature(const AuditInput& input, std::string_view name) {
    const auto policy = attribute(feature(input, name), "policy");
    return policy == "require" || policy == "force";
}

/// migratable= is for x86 alone: QEMU's CPUs of other architectures do not know it.
std::string cpu_tag(const AuditInput& input) {
    return std::string("cpu mode='host-passthrough' check='none'") + (input.is_x86() ? " migratable='off'" : "");
}

std::string in_cpu(const AuditInput& input, std::string_view xml) { return nested({cpu_tag(input)}, xml); }

void check_passthrough(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (is_passthrough(input)) return;
    if (input.guest == Guest::macos) return outcome.skip("macOS starts on the CPU models that it knows only");
    const bool is_near = mode_of(input) == "host-model";
    outcome.fail({.line = line_of(input.root, "cpu"),
                  .found = mode_of(input).empty() ? "no mode: a model of old" : "mode='" + std::string(mode_of(input)) + "'",
                  .wanted = "mode='host-passthrough'; a named model or host-model where the VM is to migrate",
                  .xml = "<" + cpu_tag(input) + ">",
                  .severity = is_near ? std::optional(Severity::note) : std::nullopt});
}

std::string topology_xml(unsigned sockets, unsigned cores, unsigned threads) {
    return "<topology sockets='" + std::to_string(sockets) + "' dies='1' cores='" + std::to_string(cores) + "' threads='" +
           std::to_string(threads) + "'/>";
}

/// Whether each run of so many vCPUs, such as a die of the guest's, is in one guest cell.
bool is_within_cells(const Domain& domain, unsigned size) {
    for (unsigned first = 0; first < domain.vcpus; first += size) {
        const auto run = CpuSet::range(first, std::min(first + size, domain.vcpus) - 1);
        if (std::none_of(domain.cells.begin(), domain.cells.end(),
                         [&](const auto& cell) { return run.is_subset_of(cell.vcpus); }))
            return false;
    }
    return true;
}

/// A socket for each guest cell, where they have equal runs of vCPUs; otherwise one.
unsigned fitting_sockets(const Domain& domain) {
    const auto cells = static_cast<unsigned>(domain.cells.size());
    if (cells < 2 || cells > domain.vcpus || domain.vcpus % cells != 0) return 1;
    return is_within_cells(domain, domain.vcpus / cells) ? cells : 1;
}

/// Source: topology_sane of arch/x86/kernel/smpboot.c (Linux 6.12), which warns of CPUs of one cache on two nodes.
void check_cells(const AuditInput& input, const std::string& xml, AuditOutcome& outcome) {
    const auto& domain = input.domain;
    const auto& topology = *domain.topology;
    if (domain.cells.size() < 2 || is_within_cells(domain, topology.clusters * topology.cores * topology.threads)) return;
    outcome.fail({.line = line_of(input.root, "cpu/topology"),
                  .found = "vCPUs of one socket or die are in different guest cells",
                  .wanted = "each socket or die in one cell",
                  .xml = fitting_sockets(domain) > 1 ? xml : std::string()});
}

/// Threads of one core of the host that the pins of vCPUs take both of; 1 when they take no two.
unsigned threads_of_pins(const AuditInput& input) {
    if (input.host == nullptr) return 1;
    std::size_t most = 1;
    const auto pinned = pinned_cpus(input.domain);
    for (const auto& core : input.host->host.cores)
        most = std::max<std::size_t>(most, (core & pinned).count());
    return static_cast<unsigned>(most);
}

void check_topology(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& domain = input.domain;
    const auto line = line_of(input.root, "cpu/topology");
    const unsigned threads = domain.vcpu_pins.empty() ? 1 : threads_of_pins(input);
    const unsigned sockets = fitting_sockets(domain);
    const unsigned each = domain.vcpus / sockets;
    const unsigned fitting = each % threads == 0 ? threads : 1;
    const auto xml = in_cpu(input, topology_xml(sockets, each / fitting, fitting));
    if (!domain.topology) {
        if (domain.vcpus == 1) return outcome.skip("one vCPU has no topology");
        if (input.is_s390()) return outcome.skip("guests of s390x know no topology by default");
        return outcome.fail({.line = line,
                             .found = "no <topology>: each vCPU is a socket",
                             .wanted = (sockets == 1 ? "one socket of " : "a socket for each guest cell, of ") +
                                       std::to_string(each / fitting) + " cores",
                             .xml = xml});
    }
    const auto& topology = *domain.topology;
    const auto product = topology.sockets * topology.dies * topology.clusters * topology.cores * topology.threads;
    if (product != domain.vcpus)
        return outcome.fail(
            {.line = line,
             .found = "the topology has " + std::to_string(product) + " vCPUs, <vcpu> " + std::to_string(domain.vcpus),
             .wanted = "as many; libvirt refuses anything else",
             .xml = xml,
             .severity = Severity::error});
    check_cells(input, xml, outcome);
    if (input.guest == Guest::windows && topology.sockets > 2)
        outcome.fail({.line = line,
                      .found = std::to_string(topology.sockets) + " sockets",
                      .wanted = "one or two; Windows for desktops uses no more",
                      .xml = xml});
    if (topology.threads == 1 && fitting > 1)
        outcome.fail({.line = line,
                      .found = "threads='1', and vCPUs are pinned to hardware threads of the same cores",
                      .wanted = "threads='" + std::to_string(fitting) + "', so that the guest knows which vCPUs share a core",
                      .xml = xml});
}

void check_cache(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (!is_passthrough(input)) return outcome.skip("only with mode='host-passthrough'");
    if (attribute(find(input.root, "cpu/cache"), "mode") == "passthrough") return;
    outcome.fail({.line = line_of(input.root, "cpu/cache"),
                  .found = "the guest sees QEMU's caches",
                  .wanted = "<cache mode='passthrough'/>",
                  .xml = in_cpu(input, "<cache mode='passthrough'/>")});
}

void check_topoext(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const bool asked = requires_feature(input, "topoext");
    if (input.vendor == CpuVendor::unknown) return outcome.skip("the CPU's vendor is not known (--cpu intel|amd)");
    if (input.vendor == CpuVendor::intel) {
        if (!asked) return outcome.skip("only AMD's CPUs have it");
        return outcome.fail({.line = feature(input, "topoext").line(),
                             .found = "topoext is required, and the CPU is Intel's, which has none",
                             .wanted = "take it out; with a check of features the VM does not start"});
    }
    if (!input.domain.topology || input.domain.topology->threads < 2)
        return outcome.skip("the guest's cores have one thread each");
    const auto policy = attribute(feature(input, "topoext"), "policy");
    const bool is_off = policy == "disable" || policy == "forbid";
    if (asked || (model_has_topoext(input.root) && !is_off)) return;
    if (mode_of(input) == "host-model" && !is_off) return outcome.skip("libvirt chooses model and features by the host");
    outcome.fail({.line = line_of(input.root, "cpu/feature"),
                  .found = is_off ? "threads, and topoext is off" : "threads without topoext",
                  .wanted = "<feature policy='require' name='topoext'/>",
                  .xml = in_cpu(input, "<feature policy='require' name='topoext'/>")});
}

void check_invtsc(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (requires_feature(input, "invtsc")) return;
    if (input.host != nullptr && !input.host->cpu_flags.contains("nonstop_tsc"))
        return outcome.skip("the host's CPU has no invariant TSC");
    outcome.fail({.line = line_of(input.root, "cpu/feature"),
                  .found = "invtsc is not required",
                  .wanted = "<feature policy='require' name='invtsc'/>; such a VM does not migrate without a fixed TSC frequency",
                  .xml = in_cpu(input, "<feature policy='require' name='invtsc'/>")});
}

void check_migratable(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (!is_passthrough(input)) return outcome.skip("only with mode='host-passthrough'");
    const auto cpu = find(input.root, "cpu");
    if (attribute(cpu, "migratable") == "off") return;
    outcome.fail({.line = cpu.line(),
                  .found = "features that hinder migration are taken out of the CPU",
                  .wanted = "migratable='off', where the VM stays on this host",
                  .xml = "<cpu mode='host-passthrough' check='none' migratable='off'>"});
}

void check_hypervisor_bit(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto bit = feature(input, "hypervisor");
    if (attribute(bit, "policy") != "disable" && attribute(bit, "policy") != "forbid") return;
    const bool contradicts = static_cast<bool>(find(input.root, "features/hyperv"));
    outcome.fail(
        {.line = bit.line(),
         .found = contradicts ? "the hypervisor bit is off, and Hyper-V enlightenments are on" : "the hypervisor bit is off",
         .wanted = contradicts ? "one of the two: without the bit Windows looks for no enlightenment and uses none"
                               : "leave it on, where no software refuses to run in a VM",
         .severity = contradicts ? Severity::error : Severity::warning});
}

void check_current(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& domain = input.domain;
    if (domain.current_vcpus >= domain.vcpus) return outcome.skip("every vCPU is there from the start");
    const auto text = std::to_string(domain.current_vcpus) + " of " + std::to_string(domain.vcpus);
    outcome.fail(
        {.line = line_of(input.root, "vcpu"),
         .found = text + " vCPUs are there from the start, the others can be plugged in",
         .wanted = "as it is, if that is meant: the topology describes all " + std::to_string(domain.vcpus) +
                   ", so that the guest sees the cores and caches of the larger CPU. Windows licences count what is there"});
}

/// The guides' table: the host keeps two cores up to twelve, four from sixteen on.
void check_sizing(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& facts = input.host->host;
    const std::size_t cores = facts.cores.size();
    if (cores == 0) return outcome.skip("the host's cores are not known");
    const std::size_t kept = std::min(cores - 1, cores >= 16 ? std::size_t{4} : std::size_t{2});
    std::vector<unsigned> threads; // the smallest cores first: of a hybrid CPU, the host can do with these
    threads.reserve(cores);
    for (const auto& core : facts.cores)
        threads.push_back((core & facts.online).count());
    std::sort(threads.begin(), threads.end());
    const auto most = std::accumulate(threads.begin() + static_cast<std::ptrdiff_t>(kept), threads.end(), 0U);
    if (input.domain.current_vcpus <= most) return;
    outcome.fail({.line = line_of(input.root, "vcpu"),
                  .found = std::to_string(input.domain.current_vcpus) + " vCPUs on a host of " + std::to_string(cores) +
                           " cores and " + std::to_string(facts.online.count()) + " threads",
                  .wanted = "at most " + std::to_string(most) + ": the host keeps " + std::to_string(kept) +
                            (kept == 1 ? " core" : " cores")});
}

constexpr RuleMaker rule{.group = RuleGroup::cpu, .source = libvirt};

constexpr Rule rules[] = {
    rule("CPU-PASSTHROUGH", Severity::warning, kvm, "The guest uses every instruction that the host's CPU has.",
         "slow encryption, video and arithmetic", check_passthrough),
    rule("CPU-TOPOLOGY", Severity::warning, anything,
         "The guest schedules and is licensed by sockets, cores and threads; libvirt's default is a socket for each vCPU.",
         "Windows uses two vCPUs only; threads of one core get the heavy work", check_topology),
    rule("CPU-CACHE", Severity::note, kvm | x86, "The guest's scheduler sees which vCPUs share a cache.",
         "uneven speed of threads", check_cache),
    rule("CPU-TOPOEXT", Severity::warning, kvm | x86,
         "AMD's CPUs tell about threads by this feature only. The guides require it everywhere; on Intel's CPUs it does not "
         "exist.",
         "the guest takes threads for cores", check_topoext, "https://www.qemu.org/docs/master/system/i386/cpu.html"),
    rule("CPU-INVTSC", Severity::note, kvm | x86,
         "The guest relies on the TSC as its clock only when it is told that it never stops or changes pace.",
         "every look at the clock is slow", check_invtsc),
    rule("CPU-MIGRATABLE-OFF", Severity::note, kvm | x86, "libvirt takes features such as invtsc out of a CPU that may migrate.",
         "every look at the clock is slow", check_migratable),
    rule("CPU-HYPERVISOR-BIT", Severity::warning, kvm | x86,
         "One of the guides turns the bit off to hide the VM. Windows asks for enlightenments only where it is on.",
         "slow boot, load on an idle guest, in spite of all enlightenments", check_hypervisor_bit,
         "https://learn.microsoft.com/en-us/virtualization/hyper-v-on-windows/tlfs/feature-discovery"),
    rule("CPU-VCPU-CURRENT", Severity::note, anything,
         "A trick of the guides: more vCPUs than are there, so that the topology is that of the real CPU. It is valid.",
         "fewer CPUs in the guest than its topology has", check_current, "https://libvirt.org/formatdomain.html#cpu-allocation"),
    rule("CPU-SIZING", Severity::warning, host_facts,
         "The guides' table (8 cores of one thread: up to 6 vCPUs; 8 of two: 12; 12: 20; 16: 24). The host and QEMU's own "
         "threads need "
         "cores, too.",
         "everything is slow while the guest is busy", check_sizing, "https://libvirt.org/formatdomain.html#cpu-allocation")};
} // namespace

std::span<const Rule> cpu_rules() { return rules; }

} // namespace hostlease

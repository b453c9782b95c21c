// The CPU that the guest sees.
#include "advice/audit/audit.hpp"
#include "advice/audit/elements.hpp"
#include "advice/audit/rule.hpp"
#include "model/cpu_driver.hpp"
#include "model/guest_cells.hpp"
#include "model/topology.hpp"

#include <algorithm>
#include <numeric>
#include <string>

namespace hostlease {

namespace {
constexpr const char* no_driver = "libvirt does not support <cpu> on this architecture";
constexpr std::string_view libvirt = "https://libvirt.org/formatdomain.html#cpu-model-and-topology";

std::string_view mode_of(const AuditInput& input) { return attribute(find(input.root, "cpu"), "mode"); }

bool is_passthrough(const AuditInput& input) {
    return mode_of(input) == "host-passthrough" || mode_of(input) == "maximum";
}

XmlElement feature(const AuditInput& input, std::string_view name) {
    for (const auto one : find_all(input.root, "cpu/feature"))
        if (attribute(one, "name") == name) return one;
    return {};
}

/// Adds migratable= only on x86, because QEMU's CPUs of other architectures do not support it.
std::string cpu_tag(const AuditInput& input) {
    return std::string("cpu mode='host-passthrough' check='none'") +
           (input.is_x86() ? " migratable='off'" : "");
}

std::string in_cpu(const AuditInput& input, std::string_view xml) { return nested({cpu_tag(input)}, xml); }

void check_passthrough(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (is_passthrough(input)) return;
    if (!has_cpu_driver(input.domain.arch)) return outcome.skip(no_driver);
    if (input.guest == Guest::macos) return outcome.skip("macOS boots only on CPU models that it knows");
    const bool is_near = mode_of(input) == "host-model";
    outcome.fail({.line = line_of(input.root, "cpu"),
                  .found = mode_of(input).empty() ? "no mode, so libvirt uses a generic old CPU model"
                                                  : "mode='" + std::string(mode_of(input)) + "'",
                  .wanted = "mode='host-passthrough'; use host-model or a named model if the VM must migrate",
                  .xml = "<" + cpu_tag(input) + ">",
                  .severity = is_near ? std::optional(Severity::note) : std::nullopt});
}

std::string topology_xml(unsigned sockets, unsigned cores, unsigned threads) {
    return "<topology sockets='" + std::to_string(sockets) + "' dies='1' cores='" + std::to_string(cores) +
           "' threads='" + std::to_string(threads) + "'/>";
}

/// Desktop editions of Windows use at most this number of sockets.
constexpr unsigned most_sockets_of_windows = 2;

/// The number of sockets that the guest should have: the fewest with each socket within one NUMA cell, or 1
/// if the guest's system does not use that number.
unsigned fitting_sockets(const AuditInput& input) {
    const auto sockets = sockets_for_cells(vcpus_of_cells(input.domain), input.domain.vcpus);
    return input.guest == Guest::windows && sockets > most_sockets_of_windows ? 1 : sockets;
}

bool has_sockets_in_cells(const Domain& domain) {
    const auto& topology = *domain.topology;
    return sockets_for_cells(vcpus_of_cells(domain), domain.vcpus) == 1 ||
           is_within_cells(vcpus_of_cells(domain), domain.vcpus,
                           topology.clusters * topology.cores * topology.threads);
}

void check_cells(const AuditInput& input, const std::string& xml, AuditOutcome& outcome) {
    const auto sockets = fitting_sockets(input);
    if (has_sockets_in_cells(input.domain) || sockets == 1) return;
    // with one vCPU per socket, the guest does not see which vCPUs are near each other
    const bool is_better = sockets < input.domain.vcpus || sockets == input.domain.cells.size();
    outcome.fail({.line = line_of(input.root, "cpu/topology"),
                  .found = "vCPUs of one socket or die belong to different guest NUMA cells",
                  .wanted = "each socket or die within one cell",
                  .xml = is_better ? xml : std::string()});
}

std::string wanted_sockets(const Domain& domain, unsigned sockets, unsigned cores) {
    const auto each = std::to_string(cores) + (cores == 1 ? " core" : " cores");
    if (sockets == 1) return "one socket of " + each;
    if (sockets == domain.cells.size()) return "one socket for each guest NUMA cell, with " + each;
    return std::to_string(sockets) + " sockets of " + each + ", each within one guest NUMA cell";
}

/// The largest number of threads of one host core that vCPUs are pinned to; at least 1.
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
    const unsigned sockets = fitting_sockets(input);
    const unsigned each = domain.vcpus / sockets;
    const unsigned fitting = each % threads == 0 ? threads : 1;
    const auto xml = in_cpu(input, topology_xml(sockets, each / fitting, fitting));
    if (!domain.topology) {
        if (domain.vcpus == 1) return outcome.skip("a single vCPU needs no topology");
        if (!has_cpu_driver(domain.arch)) return outcome.skip(no_driver);
        if (input.is_s390()) return outcome.skip("s390x guests do not use the topology by default");
        if (sockets == domain.vcpus && sockets > domain.cells.size())
            return outcome.skip("no larger sockets fit the guest's NUMA cells than those of one vCPU each");
        return outcome.fail({.line = line,
                             .found = "no <topology>, so each vCPU is a socket",
                             .wanted = wanted_sockets(domain, sockets, each / fitting),
                             .xml = xml});
    }
    const auto& topology = *domain.topology;
    const auto product =
        topology.sockets * topology.dies * topology.clusters * topology.cores * topology.threads;
    if (product != domain.vcpus)
        return outcome.fail({.line = line,
                             .found = "the topology describes " + std::to_string(product) +
                                      " vCPUs, but <vcpu> is " + std::to_string(domain.vcpus),
                             .wanted = "equal numbers; libvirt refuses any other topology",
                             .xml = xml,
                             .severity = Severity::error});
    check_cells(input, xml, outcome);
    if (input.guest == Guest::windows && topology.sockets > most_sockets_of_windows)
        outcome.fail({.line = line,
                      .found = std::to_string(topology.sockets) + " sockets",
                      .wanted = "one or two sockets; desktop editions of Windows use no more",
                      .xml = xml});
    if (topology.threads == 1 && fitting > 1)
        outcome.fail({.line = line,
                      .found = "threads='1', but vCPUs are pinned to hardware threads of the same cores",
                      .wanted = "threads='" + std::to_string(fitting) +
                                "', so that the guest knows which vCPUs share a core",
                      .xml = xml});
}

/// What libvirt refuses of <cache>; "" if it takes it. Source: qemuValidateDomainDefCpu (libvirt 9.0).
std::string refused_cache(const AuditInput& input, XmlElement cache) {
    const std::string mode(attribute(cache, "mode"));
    const std::string level(attribute(cache, "level"));
    if (mode == "passthrough" && !is_passthrough(input))
        return "<cache mode='passthrough'> with a CPU that is not passed through";
    if (mode == "emulate" && level != "3") return "<cache mode='emulate'> without level='3'";
    return mode != "emulate" && !level.empty() ? "<cache mode='" + mode + "'> with level='" + level + "'"
                                               : "";
}

void check_cache(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto cache = find(input.root, "cpu/cache");
    const std::string xml = is_passthrough(input) ? in_cpu(input, "<cache mode='passthrough'/>") : "";
    if (auto found = refused_cache(input, cache); !found.empty())
        return outcome.fail(
            {.line = cache.line(),
             .found = std::move(found),
             .wanted = std::string(xml.empty() ? "no <cache>, or <cache level='3' mode='emulate'/>"
                                               : "<cache mode='passthrough'/> without a level") +
                       "; libvirt refuses this",
             .xml = xml,
             .severity = Severity::error});
    if (!is_passthrough(input)) return outcome.skip("the CPU mode is not 'host-passthrough'");
    if (attribute(cache, "mode") == "passthrough") return;
    outcome.fail({.line = line_of(input.root, "cpu/cache"),
                  .found = "the guest sees QEMU's default cache layout",
                  .wanted = "<cache mode='passthrough'/>",
                  .xml = xml});
}

void check_topoext(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const bool asked = requires_feature(input.root, "topoext");
    if (input.vendor == CpuVendor::unknown) return outcome.skip("the CPU's vendor is unknown (see --cpu)");
    if (input.vendor == CpuVendor::intel) {
        if (!asked) return outcome.skip("only AMD CPUs have this feature");
        return outcome.fail({.line = feature(input, "topoext").line(),
                             .found = "topoext is required, but Intel CPUs do not have it",
                             .wanted = "remove it; if CPU features are checked, the VM does not start"});
    }
    if (!input.domain.topology || input.domain.topology->threads < 2)
        return outcome.skip("the guest has one thread per core");
    const auto policy = attribute(feature(input, "topoext"), "policy");
    const bool is_off = policy == "disable" || policy == "forbid";
    if (asked || (model_has_topoext(input.root) && !is_off)) return;
    if (mode_of(input) == "host-model" && !is_off)
        return outcome.skip("libvirt derives the model and its features from the host");
    outcome.fail({.line = line_of(input.root, "cpu/feature"),
                  .found = is_off ? "several threads per core, but topoext is off"
                                  : "several threads per core without topoext",
                  .wanted = "<feature policy='require' name='topoext'/>",
                  .xml = in_cpu(input, "<feature policy='require' name='topoext'/>")});
}

void check_invtsc(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (requires_feature(input.root, "invtsc")) return;
    if (input.host != nullptr && !input.host->cpu_flags.contains("nonstop_tsc"))
        return outcome.skip("the host CPU has no invariant TSC");
    outcome.fail({.line = line_of(input.root, "cpu/feature"),
                  .found = "invtsc is not required",
                  .wanted = "<feature policy='require' name='invtsc'/>; the VM can then migrate only with a "
                            "fixed TSC frequency",
                  .xml = in_cpu(input, "<feature policy='require' name='invtsc'/>")});
}

void check_migratable(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (!is_passthrough(input)) return outcome.skip("the CPU mode is not 'host-passthrough'");
    const auto cpu = find(input.root, "cpu");
    if (attribute(cpu, "migratable") == "off") return;
    outcome.fail({.line = cpu.line(),
                  .found = "libvirt removes CPU features that block migration",
                  .wanted = "migratable='off' if the VM stays on this host",
                  .xml = "<cpu mode='host-passthrough' check='none' migratable='off'>"});
}

void check_hypervisor_bit(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto bit = feature(input, "hypervisor");
    if (attribute(bit, "policy") != "disable" && attribute(bit, "policy") != "forbid") return;
    const bool contradicts = static_cast<bool>(find(input.root, "features/hyperv"));
    outcome.fail(
        {.line = bit.line(),
         .found = contradicts ? "the hypervisor bit is off, but Hyper-V enlightenments are on"
                              : "the hypervisor bit is off",
         .wanted = contradicts
                       ? "only one of the two: without the bit, Windows does not detect or use enlightenments"
                       : "leave the bit on unless some software refuses to run in a VM",
         .severity = contradicts ? Severity::error : Severity::warning});
}

void check_current(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& domain = input.domain;
    if (domain.current_vcpus >= domain.vcpus) return outcome.skip("every vCPU is online from the start");
    const auto text = std::to_string(domain.current_vcpus) + " of " + std::to_string(domain.vcpus);
    outcome.fail({.line = line_of(input.root, "vcpu"),
                  .found = text + " vCPUs are online from the start; the others can be hot-plugged",
                  .wanted = "none needed if this is intended: the topology describes all " +
                            std::to_string(domain.vcpus) +
                            ", so the guest sees the cores and caches of the larger CPU. Windows licensing "
                            "counts only online vCPUs"});
}

std::string count_of(std::size_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

void check_sizing(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& facts = input.host->host;
    const std::size_t cores = facts.cores.size();
    if (cores == 0) return outcome.skip("the host's cores are not known");
    const std::size_t kept = std::min(cores - 1, cores_for_host(cores));
    std::vector<unsigned> threads; // the smallest cores first: the host keeps these of a hybrid CPU
    threads.reserve(cores);
    for (const auto& core : facts.cores)
        threads.push_back((core & facts.online).count());
    std::sort(threads.begin(), threads.end());
    const auto most = std::accumulate(threads.begin() + static_cast<std::ptrdiff_t>(kept), threads.end(), 0U);
    if (input.domain.current_vcpus <= most) return;
    outcome.fail({.line = line_of(input.root, "vcpu"),
                  .found = count_of(input.domain.current_vcpus, "vCPU") + " on a host with " +
                           count_of(cores, "core") + " and " + count_of(facts.online.count(), "thread"),
                  .wanted = "at most " + std::to_string(most) +
                            (kept == 0 ? "" : ": the host keeps " + count_of(kept, "core"))});
}

constexpr RuleMaker rule{.group = RuleGroup::cpu, .source = libvirt};

constexpr Rule rules[] = {
    rule("CPU-PASSTHROUGH", Severity::warning, kvm, "The guest can use every instruction of the host CPU.",
         "slow encryption, video decoding and arithmetic", check_passthrough),
    rule("CPU-TOPOLOGY", Severity::warning, anything,
         "The guest's scheduler and software licences depend on sockets, cores and threads. By default, "
         "libvirt makes each vCPU a socket.",
         "Windows uses only two vCPUs; busy threads share one core", check_topology),
    rule("CPU-CACHE", Severity::note, kvm | x86, "The guest's scheduler can see which vCPUs share a cache.",
         "threads run at uneven speed", check_cache),
    rule("CPU-TOPOEXT", Severity::warning, kvm | x86,
         "AMD CPUs report threads per core only through this feature. Intel CPUs do not have it, although "
         "many tuning guides require it everywhere.",
         "the guest mistakes threads for cores", check_topoext,
         "https://www.qemu.org/docs/master/system/i386/cpu.html"),
    rule("CPU-INVTSC", Severity::note, kvm | x86,
         "The guest uses the TSC as its clock only if invtsc says that the TSC never stops or changes its "
         "rate.",
         "reading the clock is slow", check_invtsc),
    rule("CPU-MIGRATABLE-OFF", Severity::note, kvm | x86,
         "libvirt removes features such as invtsc from a migratable CPU.", "reading the clock is slow",
         check_migratable),
    rule("CPU-HYPERVISOR-BIT", Severity::warning, kvm | x86,
         "Some recipes clear this bit to hide the VM, but Windows looks for enlightenments only if the bit "
         "is set.",
         "slow boot and CPU load while the guest is idle, despite enlightenments", check_hypervisor_bit,
         "https://learn.microsoft.com/en-us/virtualization/hyper-v-on-windows/tlfs/feature-discovery"),
    rule("CPU-VCPU-CURRENT", Severity::note, anything,
         "Defining more vCPUs than are online gives the guest the topology of a real CPU. This is valid.",
         "the guest has fewer CPUs than its topology describes", check_current,
         "https://libvirt.org/formatdomain.html#cpu-allocation"),
    rule("CPU-SIZING", Severity::warning, host_facts,
         "The host and QEMU's own threads need cores too. Rule of thumb: up to 6 vCPUs on 8 cores without "
         "SMT; with SMT 12 on 8 cores, 20 on 12, and 24 on 16.",
         "the whole host is slow while the guest is busy", check_sizing,
         "https://libvirt.org/formatdomain.html#cpu-allocation")};
} // namespace

std::span<const Rule> cpu_rules() { return rules; }

} // namespace hostlease

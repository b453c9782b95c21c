// Hyper-V enlightenments: interfaces of Hyper-V that KVM offers to Windows.
#include "advice/audit/hyperv.hpp"

#include "advice/audit/elements.hpp"
#include "advice/audit/rule.hpp"
#include "read/xml_number.hpp"

namespace hostlease {

namespace {
constexpr std::string_view qemu = "https://www.qemu.org/docs/master/system/i386/hyperv.html";
constexpr std::string_view hyperv_path = "features/hyperv";
constexpr unsigned all_windows = a_windows_guest | kvm | x86;
constexpr unsigned new_windows = all_windows | current_windows;
constexpr std::string_view lag = "slow boot, CPU load while the guest is idle";

XmlElement hyperv_of(const AuditInput& input) { return find(input.root, hyperv_path); }

bool takes_all(const AuditInput& input) { return takes_all_enlightenments(input.root); }

bool is_on(const AuditInput& input, std::string_view name) {
    return takes_all(input) || attribute(find(hyperv_of(input), name), "state") == "on";
}

std::string path_of(std::string_view name) { return std::string(hyperv_path) + "/" + std::string(name); }

/// The recommended element.
std::string element(std::string_view name) {
    if (name == "spinlocks") return "<spinlocks state='on' retries='8191'/>";
    if (name == "vendor_id") return "<vendor_id state='on' value='KVM Hv'/>";
    return "<" + std::string(name) + " state='on'/>";
}

std::string in_features(std::string_view xml) { return nested({"features", "hyperv mode='custom'"}, xml); }

void fail_missing(const AuditInput& input, std::string_view name, AuditOutcome& outcome) {
    const auto found = find(hyperv_of(input), name);
    outcome.fail({.line = line_of(input.root, path_of(name)),
                  .found = "<" + std::string(name) + (found ? "> is off" : "> is missing"),
                  .wanted = element(name),
                  .xml = in_features(element(name))});
}

void check_enlightenment(const AuditInput& input, const Rule& rule, AuditOutcome& outcome) {
    if (!is_on(input, rule.subject)) fail_missing(input, rule.subject, outcome);
}

/// Source: virDomainFeaturesHyperVDefParse (libvirt 9.0).
void check_spinlocks(const AuditInput& input, const Rule& rule, AuditOutcome& outcome) {
    constexpr unsigned least = 4095;
    if (!is_on(input, rule.subject)) return fail_missing(input, rule.subject, outcome);
    if (takes_all(input)) return;
    const auto spinlocks = find(hyperv_of(input), rule.subject);
    const auto retries = parse_xml_c_number<unsigned>(attribute(spinlocks, "retries"));
    if (!retries || *retries < least)
        outcome.fail({.line = spinlocks.line(),
                      .found = "retries is '" + std::string(attribute(spinlocks, "retries")) + "'",
                      .wanted = "retries='8191'; libvirt refuses less than 4095",
                      .xml = in_features(element(rule.subject)),
                      .severity = Severity::error});
}

/// CPUID has room for 12 characters of the vendor, and libvirt refuses more.
void check_vendor_id(const AuditInput& input, const Rule& rule, AuditOutcome& outcome) {
    constexpr std::size_t longest = 12;
    if (!is_on(input, rule.subject)) return fail_missing(input, rule.subject, outcome);
    const auto vendor = find(hyperv_of(input), rule.subject);
    if (attribute(vendor, "value").size() > longest)
        outcome.fail({.line = vendor.line(),
                      .found = "the value has more than 12 characters",
                      .wanted = "at most 12 characters; libvirt refuses more",
                      .xml = in_features(element(rule.subject)),
                      .severity = Severity::error});
}

void check_evmcs(const AuditInput& input, const Rule& rule, AuditOutcome& outcome) {
    const bool is_there = is_on(input, rule.subject) && !takes_all(input);
    outcome.counts = input.vendor == CpuVendor::intel;
    if (input.vendor == CpuVendor::intel) return check_enlightenment(input, rule, outcome);
    if (input.vendor == CpuVendor::unknown) return outcome.skip("the CPU's vendor is unknown (see --cpu)");
    if (!is_there) return outcome.skip("only Intel CPUs support this");
    outcome.fail({.line = line_of(input.root, path_of(rule.subject)),
                  .found = "<evmcs> is on, but the CPU is from AMD",
                  .wanted = "remove it, or the VM does not start: KVM supports it only on Intel CPUs",
                  .severity = Severity::error});
}

void check_stimer_direct(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (!is_on(input, "stimer")) return outcome.skip("<stimer> is not on");
    if (takes_all(input) || attribute(find(hyperv_of(input), "stimer/direct"), "state") == "on") return;
    outcome.fail({.line = line_of(input.root, "features/hyperv/stimer/direct"),
                  .found = "synthetic timers are not in direct mode",
                  .wanted = "<direct state='on'/> inside <stimer>",
                  .xml = in_features("<stimer state='on'>\n  <direct state='on'/>\n</stimer>")});
}

struct Dependency {
    std::string_view name;
    std::string_view needs;
};

// Source: QEMU's docs/system/i386/hyperv.rst (10.0), "Requires".
constexpr Dependency dependencies[] = {{"synic", "vpindex"},    {"stimer", "vpindex"}, {"stimer", "synic"},
                                       {"tlbflush", "vpindex"}, {"ipi", "vpindex"},    {"evmcs", "vapic"}};

bool has_hypervclock(const AuditInput& input) {
    for (const auto timer : find_all(input.root, "clock/timer"))
        if (attribute(timer, "name") == "hypervclock") return attribute(timer, "present") != "no";
    return false;
}

void check_dependencies(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (!hyperv_of(input)) return outcome.skip("the domain has no enlightenments");
    if (takes_all(input)) return;
    for (const auto& [name, needs] : dependencies)
        if (is_on(input, name) && !is_on(input, needs))
            outcome.fail({.line = line_of(input.root, path_of(name)),
                          .found = "<" + std::string(name) + "> without <" + std::string(needs) + ">",
                          .wanted = element(needs) + " as well",
                          .xml = in_features(element(needs))});
    if (is_on(input, "stimer") && !has_hypervclock(input))
        outcome.fail(
            {.line = line_of(input.root, path_of("stimer")),
             .found = "<stimer> without the hypervclock timer",
             .wanted = "<timer name='hypervclock' present='yes'/> as well",
             .xml = nested({"clock offset='localtime'"}, "<timer name='hypervclock' present='yes'/>")});
}

struct Newer {
    std::string_view path;
    std::string_view xml;
    unsigned long since; // the first libvirt that supports it
};

// Source: libvirt's formatdomain, table of hyperv features.
constexpr Newer newer[] = {
    {"avic", "<avic state='on'/>", 8'010'000},
    {"emsr_bitmap", "<emsr_bitmap state='on'/>", 10'007'000},
    {"xmm_input", "<xmm_input state='on'/>", 10'007'000},
    {"tlbflush/direct", "<tlbflush state='on'>\n  <direct state='on'/>\n</tlbflush>", 11'000'000},
    {"tlbflush/extended", "<tlbflush state='on'>\n  <extended state='on'/>\n</tlbflush>", 11'000'000}};

/// Whether the CPU virtualizes the APIC. Without that, avic costs more than it gains.
bool has_virtual_apic(const AuditFacts& host) {
    return host.value("/sys/module/kvm_amd/parameters/avic") == "Y" ||
           host.value("/sys/module/kvm_amd/parameters/avic") == "1" ||
           host.value("/sys/module/kvm_intel/parameters/enable_apicv") == "Y";
}

void check_newer(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (takes_all(input)) return;
    if (!hyperv_of(input)) return outcome.skip("the domain has no enlightenments");
    bool any = false;
    for (const auto& one : newer) {
        if (input.libvirt_version < one.since || (one.path == "avic" && !has_virtual_apic(*input.host)))
            continue;
        any = true;
        if (is_on(input, one.path)) continue;
        outcome.fail(
            {.line = line_of(input.root, path_of(one.path)),
             .found = "<" + std::string(one.path) + "> is off, although this host's libvirt supports it",
             .wanted = "on",
             .xml = in_features(one.xml)});
    }
    if (!any) outcome.skip("this host's libvirt or CPU supports none of them");
}

void check_legacy(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (!input.is_legacy_windows()) return outcome.skip("Windows 10 and newer support all of them");
    for (const auto child : not_for_legacy_windows)
        if (is_on(input, child))
            outcome.fail({.line = line_of(input.root, path_of(child)),
                          .found = "<" + std::string(child) + "> is on for Windows " + input.windows,
                          .wanted = "relaxed, vapic and spinlocks; try any other one separately"});
}

/// In this mode, an enlightenment with state='off' is still on for the guest.
void check_passthrough(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (!takes_all(input)) return outcome.skip("<hyperv> is not in mode 'passthrough'");
    std::string off;
    for (auto child = hyperv_of(input).first_child(); child; child = child.next_sibling())
        if (attribute(child, "state") == "off")
            off += (off.empty() ? "<" : ", <") + std::string(child.name()) + ">";
    if (off.empty()) return;
    outcome.fail({.line = hyperv_of(input).line(),
                  .found = "mode='" + std::string(attribute(hyperv_of(input), "mode")) +
                           "' turns on every enlightenment; " + off +
                           " with state='off' inside has no effect",
                  .wanted = "mode='custom', which applies the elements inside; or no elements inside"});
}

constexpr RuleMaker make{.group = RuleGroup::hyperv, .source = qemu};

constexpr Rule rule(std::string_view id, Severity severity, unsigned needs, std::string_view subject,
                    std::string_view why, std::string_view symptom,
                    decltype(Rule::check) check = check_enlightenment) {
    return make(id, severity, needs, why, symptom, check, {}, subject);
}

constexpr Rule extra(std::string_view id, Severity severity, unsigned needs, std::string_view why,
                     std::string_view symptom, decltype(Rule::check) check) {
    auto made = make(id, severity, needs, why, symptom, check);
    made.counts = false;
    return made;
}

constexpr auto warning = Severity::warning;
constexpr auto advice = Severity::note;

constexpr Rule rules[] = {
    rule("HV-RELAXED", warning, all_windows, "relaxed",
         "Windows stops its watchdogs, which mistake a busy host for a hung CPU.",
         "blue screens on a busy host; CPU load while the guest is idle"),
    rule("HV-VAPIC", warning, all_windows, "vapic",
         "The guest signals the end of an interrupt without an exit to the hypervisor.", lag),
    rule("HV-SPINLOCKS", warning, all_windows, "spinlocks",
         "A vCPU yields its CPU if the holder of a lock is not running. 8191 retries are a common choice; "
         "QEMU's documentation uses 4095. With pinned vCPUs the number hardly matters.",
         "stalls when vCPUs share CPUs", check_spinlocks),
    rule("HV-VPINDEX", warning, new_windows, "vpindex",
         "synic, stimer, tlbflush and ipi identify vCPUs by this index.", lag),
    rule("HV-RUNTIME", advice, new_windows, "runtime", "Windows learns how long each vCPU actually ran.",
         "the guest's load figures are wrong"),
    rule("HV-SYNIC", warning, new_windows, "synic",
         "Synthetic timers deliver their ticks through this interrupt controller.", lag),
    rule("HV-STIMER", warning, new_windows, "stimer",
         "Without synthetic timers, some versions of Windows use the HPET or the RTC, and each of their "
         "ticks exits to QEMU.",
         "CPU load while the guest is idle, stuttering video and sound"),
    extra("HV-STIMER-DIRECT", advice, new_windows,
          "Ticks arrive as plain interrupts instead of messages. Nested Hyper-V (WSL2, VBS) can use no other "
          "kind. The score counts this as part of stimer.",
          "slow WSL2 and memory integrity", check_stimer_direct),
    rule("HV-RESET", advice, new_windows, "reset",
         "The guest can reset itself through a hypercall. According to QEMU's documentation, modern Windows "
         "does not need this.",
         "none as a rule"),
    rule("HV-VENDOR-ID", advice, new_windows, "vendor_id",
         "Replaces the default name \"Microsoft Hv\". QEMU's documentation names no Windows version that "
         "depends on this; some drivers and games did.",
         "some software refuses to run in a VM", check_vendor_id),
    rule("HV-FREQUENCIES", warning, new_windows, "frequencies",
         "Windows reads the TSC and APIC frequencies instead of measuring them.",
         "stutter; the clock drifts"),
    rule("HV-REENLIGHTENMENT", advice, new_windows, "reenlightenment",
         "Nested Hyper-V learns when a migration changes the TSC frequency. Such a migration needs a CPU "
         "with TSC scaling.",
         "wrong time in nested guests after a migration"),
    rule("HV-TLBFLUSH", warning, new_windows, "tlbflush",
         "A vCPU that is not running needs no interrupt to flush its TLB.", "stutter with many vCPUs"),
    rule("HV-IPI", warning, new_windows, "ipi", "One hypercall can send an interrupt to many vCPUs.",
         "stutter with many vCPUs"),
    rule("HV-EVMCS", advice, new_windows, "evmcs",
         "Exits of nested guests (Hyper-V, WSL2, VBS) become cheaper. Intel only. Other guests are not "
         "affected; nested guests lose posted interrupts.",
         "slow WSL2 and memory integrity", check_evmcs),
    extra("HV-DEPENDENCIES", Severity::error, kvm | x86,
          "QEMU refuses an enlightenment without the ones that it depends on.", "the VM does not start",
          check_dependencies),
    extra("HV-PASSTHROUGH", warning, kvm | x86,
          "In this mode libvirt ignores the elements inside <hyperv>, and QEMU offers everything that KVM "
          "supports.",
          "enlightenments stay on although the XML turns them off", check_passthrough),
    extra("HV-NEWER", advice, new_windows | host_facts,
          "QEMU recommends all supported enlightenments; these are the newer ones.", lag, check_newer),
    extra("HV-LEGACY", advice, all_windows,
          "Windows 7 and 8 know few enlightenments, so only the minimal set is safe.",
          "old guests hang or show blue screens", check_legacy)};
} // namespace

bool takes_all_enlightenments(XmlElement root) {
    const auto mode = attribute(find(root, hyperv_path), "mode");
    return !mode.empty() && mode != "custom";
}

std::span<const Rule> hyperv_rules() { return rules; }

} // namespace hostlease

// The clock and its timers.
#include "audit/elements.hpp"
#include "audit/hyperv.hpp"
#include "audit/rule.hpp"

namespace hostlease {

namespace {
constexpr std::string_view libvirt = "https://libvirt.org/formatdomain.html#time-keeping";
constexpr std::string_view qemu = "https://www.qemu.org/docs/master/system/i386/hyperv.html";

XmlElement timer(const AuditInput& input, std::string_view name) {
    for (const auto one : find_all(input.root, "clock/timer"))
        if (attribute(one, "name") == name) return one;
    return {};
}

void fail_timer(const AuditInput& input, std::string_view name, std::string found, const std::string& wanted,
                AuditOutcome& outcome) {
    const auto at = timer(input, name);
    outcome.fail({.line = at ? at.line() : line_of(input.root, "clock"),
                  .found = at ? std::move(found) : "no timer '" + std::string(name) + "'",
                  .wanted = wanted,
                  .xml = nested({"clock offset='localtime'"}, wanted)});
}

void check_offset(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto offset = attribute(find(input.root, "clock"), "offset");
    if (offset == "localtime" || offset == "timezone" || attribute(find(input.root, "clock"), "basis") == "localtime") return;
    outcome.fail({.line = line_of(input.root, "clock"),
                  .found = offset.empty() ? "no <clock>, which is UTC" : "offset='" + std::string(offset) + "'",
                  .wanted = "offset='localtime'",
                  .xml = "<clock offset='localtime'>"});
}

void check_hpet(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (attribute(timer(input, "hpet"), "present") == "no") return;
    fail_timer(input, "hpet", "the HPET is there", "<timer name='hpet' present='no'/>", outcome);
}

void check_tick_policy(const AuditInput& input, const Rule& rule, AuditOutcome& outcome) {
    const std::string_view wanted = rule.subject == "pit" ? "delay" : "catchup";
    const auto at = timer(input, rule.subject);
    if (attribute(at, "present") == "no" || attribute(at, "tickpolicy") == wanted) return;
    fail_timer(input, rule.subject, "tickpolicy='" + std::string(attribute(at, "tickpolicy")) + "'",
               "<timer name='" + std::string(rule.subject) + "' tickpolicy='" + std::string(wanted) + "'/>", outcome);
}

void check_hypervclock(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (takes_all_enlightenments(input.root)) return; // hv-time is one of them
    const auto at = timer(input, "hypervclock");
    if (at && attribute(at, "present") != "no") return;
    fail_timer(input, "hypervclock", "it is not present", "<timer name='hypervclock' present='yes'/>", outcome);
}

bool asks_for_invtsc(const AuditInput& input) {
    for (const auto feature : find_all(input.root, "cpu/feature"))
        if (attribute(feature, "name") == "invtsc" && attribute(feature, "policy") == "require") return true;
    return false;
}

void check_tsc(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto at = timer(input, "tsc");
    const bool is_native = attribute(at, "mode") == "native" && attribute(at, "present") != "no";
    if (input.host != nullptr)
        for (const char* flag : {"constant_tsc", "nonstop_tsc"})
            if (!input.host->cpu_flags.contains(flag)) {
                if (!is_native) return outcome.skip("the host's TSC does not run evenly (no " + std::string(flag) + ")");
                return outcome.fail({.line = at.line(),
                                     .found = "mode='native' on a host whose CPU has no " + std::string(flag),
                                     .wanted = "leave the timer out; the guest is not to rely on this TSC",
                                     .severity = Severity::warning});
            }
    if (!is_native)
        return fail_timer(input, "tsc", "it is not native", "<timer name='tsc' present='yes' mode='native'/>", outcome);
    if (!asks_for_invtsc(input))
        outcome.fail(
            {.line = at.line(),
             .found = "mode='native' without invtsc",
             .wanted = "the CPU feature as well, by which the guest knows that it may rely on the TSC",
             .xml = nested({"cpu mode='host-passthrough' migratable='off'"}, "<feature policy='require' name='invtsc'/>")});
}

void check_place(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    for (const auto one : find_all(input.root, "cpu/timer"))
        outcome.fail(
            {.line = one.line(),
             .found = "<timer> inside of <cpu>, where libvirt does not read it",
             .wanted = "inside of <clock>",
             .xml = nested({"clock offset='localtime'"}, "<timer name='" + std::string(attribute(one, "name")) + "' .../>")});
}

constexpr RuleMaker rule{.group = RuleGroup::clock, .source = libvirt};

constexpr Rule rules[] = {
    rule("CLK-LOCALTIME", Severity::warning, a_windows_guest, "Windows takes the hardware's clock for local time.",
         "the clock is off by the time zone after each start", check_offset),
    rule("CLK-HPET-OFF", Severity::warning, a_windows_guest | x86,
         "Each tick of the emulated HPET is an exit to QEMU, and Windows prefers it where it has no synthetic timers.",
         "load on an idle guest", check_hpet, qemu),
    rule("CLK-PIT-DELAY", Severity::note, a_windows_guest | x86, "Missed ticks of the PIT come later instead of all at once.",
         "a guest that hurries after a pause", check_tick_policy, {}, "pit"),
    rule("CLK-RTC-CATCHUP", Severity::note, a_windows_guest | x86, "Missed ticks of the RTC are made up for.",
         "a clock that falls behind on a busy host", check_tick_policy, {}, "rtc"),
    rule("CLK-HYPERVCLOCK", Severity::warning, a_windows_guest | kvm | x86,
         "Windows reads the time from a page of memory instead of asking the hypervisor.", "every look at the clock is slow",
         check_hypervclock, qemu),
    rule(
        "CLK-TSC-NATIVE", Severity::note, a_windows_guest | kvm | x86,
        "The guides' setting. libvirt's QEMU driver knows the timer and reads only its frequency, so that what counts is the CPU "
        "feature invtsc and a host whose TSC runs evenly.",
        "every look at the clock is slow", check_tsc, {}, "tsc"),
    rule("CLK-TIMER-PLACE", Severity::warning, anything,
         "One of the guides shows <timer> inside of <cpu>; it belongs to <clock>.", "the timer is not set", check_place)};
} // namespace

std::span<const Rule> clock_rules() { return rules; }

} // namespace hostlease

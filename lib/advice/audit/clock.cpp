// The clock and its timers.
#include "advice/audit/elements.hpp"
#include "advice/audit/hyperv.hpp"
#include "advice/audit/rule.hpp"
#include "read/xml_number.hpp"

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
                  .found = at ? std::move(found) : "missing timer '" + std::string(name) + "'",
                  .wanted = wanted,
                  .xml = nested({"clock offset='localtime'"}, wanted)});
}

void check_offset(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto offset = attribute(find(input.root, "clock"), "offset");
    // libvirt remembers how the guest has set its clock. Source: formatdomain on <clock>, adjustment
    if (const auto adjustment = parse_xml_number<int>(attribute(find(input.root, "clock"), "adjustment"));
        adjustment && *adjustment != 0)
        return;
    if (offset == "localtime" || offset == "timezone" ||
        attribute(find(input.root, "clock"), "basis") == "localtime")
        return;
    outcome.fail({.line = line_of(input.root, "clock"),
                  .found = offset.empty() ? "missing <clock>, whose default is UTC"
                                          : "offset='" + std::string(offset) + "'",
                  .wanted = "offset='localtime'",
                  .xml = "<clock offset='localtime'>"});
}

void check_hpet(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (attribute(timer(input, "hpet"), "present") == "no") return;
    fail_timer(input, "hpet", "the HPET is present", "<timer name='hpet' present='no'/>", outcome);
}

void check_tick_policy(const AuditInput& input, const Rule& rule, AuditOutcome& outcome) {
    const std::string_view wanted = rule.subject == "pit" ? "delay" : "catchup";
    const auto at = timer(input, rule.subject);
    if (attribute(at, "present") == "no" || attribute(at, "tickpolicy") == wanted) return;
    fail_timer(input, rule.subject, "tickpolicy='" + std::string(attribute(at, "tickpolicy")) + "'",
               "<timer name='" + std::string(rule.subject) + "' tickpolicy='" + std::string(wanted) + "'/>",
               outcome);
}

void check_hypervclock(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (takes_all_enlightenments(input.root)) return; // hv-time is an enlightenment
    const auto at = timer(input, "hypervclock");
    if (at && attribute(at, "present") != "no") return;
    fail_timer(input, "hypervclock", "the timer is not present", "<timer name='hypervclock' present='yes'/>",
               outcome);
}

void check_tsc(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto at = timer(input, "tsc");
    const bool is_native = attribute(at, "mode") == "native" && attribute(at, "present") != "no";
    if (input.host != nullptr)
        for (const char* flag : {"constant_tsc", "nonstop_tsc"})
            if (!input.host->cpu_flags.contains(flag)) {
                if (!is_native)
                    return outcome.skip(
                        "the host's TSC is not invariant (missing CPU flag: " + std::string(flag) + ")");
                return outcome.fail({.line = at.line(),
                                     .found = "mode='native' on a host whose CPU lacks " + std::string(flag),
                                     .wanted = "no such timer: the guest must not rely on this TSC",
                                     .severity = Severity::warning});
            }
    if (!is_native)
        return fail_timer(input, "tsc", "the TSC timer is not native",
                          "<timer name='tsc' present='yes' mode='native'/>", outcome);
    if (!requires_feature(input.root, "invtsc"))
        outcome.fail({.line = at.line(),
                      .found = "mode='native' without invtsc",
                      .wanted = "the CPU feature as well: it tells the guest that the TSC is reliable",
                      .xml = nested({"cpu mode='host-passthrough' migratable='off'"},
                                    "<feature policy='require' name='invtsc'/>")});
}

void check_place(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    for (const auto one : find_all(input.root, "cpu/timer"))
        outcome.fail({.line = one.line(),
                      .found = "inside <cpu>, where libvirt ignores timers",
                      .wanted = "inside <clock>",
                      .xml = nested({"clock offset='localtime'"},
                                    "<timer name='" + std::string(attribute(one, "name")) + "' .../>"),
                      .kind = "timer",
                      .name = std::string(attribute(one, "name"))});
}

constexpr RuleMaker rule{.group = RuleGroup::clock, .source = libvirt};

constexpr Rule rules[] = {
    rule("CLK-LOCALTIME", Severity::warning, a_windows_guest,
         "Windows expects the hardware clock to hold local time.",
         "after each start the clock is wrong by the time zone's offset", check_offset),
    rule("CLK-HPET-OFF", Severity::warning, a_windows_guest | x86,
         "Each tick of the emulated HPET exits to QEMU. Windows prefers the HPET when it has no synthetic "
         "timers.",
         "CPU load while the guest is idle", check_hpet, qemu),
    rule("CLK-PIT-DELAY", Severity::note, a_windows_guest | x86,
         "The guest receives missed PIT ticks later, one by one, instead of in a burst.",
         "the guest's clock runs too fast after a pause", check_tick_policy, {}, "pit"),
    rule("CLK-RTC-CATCHUP", Severity::note, a_windows_guest | x86, "QEMU makes up for missed RTC ticks.",
         "the guest's clock falls behind on a busy host", check_tick_policy, {}, "rtc"),
    rule("CLK-HYPERVCLOCK", Severity::warning, a_windows_guest | kvm | x86,
         "Windows reads the time from a memory page instead of trapping to the hypervisor.",
         "reading the clock is slow", check_hypervclock, qemu),
    rule("CLK-TSC-NATIVE", Severity::note, a_windows_guest | kvm | x86,
         "Many tuning guides set this timer, but libvirt's QEMU driver uses only its frequency. The guest "
         "relies on the TSC if it has the CPU feature invtsc and the host has an invariant TSC.",
         "reading the clock is slow", check_tsc, {}, "tsc"),
    rule("CLK-TIMER-PLACE", Severity::warning, anything,
         "Some published recipes put <timer> inside <cpu>, but the element belongs inside <clock>.",
         "the timer setting has no effect", check_place)};
} // namespace

std::span<const Rule> clock_rules() { return rules; }

} // namespace hostlease

// Pins that the XML alone can judge.
#include "audit/elements.hpp"
#include "audit/rule.hpp"

#include <map>

namespace hostlease {

namespace {
constexpr std::string_view libvirt = "https://libvirt.org/formatdomain.html#cpu-tuning";
constexpr const char* no_pins = "no vCPU is pinned";

CpuSet pins_of_vcpus(const AuditInput& input) {
    CpuSet cpus;
    for (const auto& pin : input.domain.vcpu_pins)
        cpus |= pin.cpus;
    return cpus;
}

void check_all(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& domain = input.domain;
    CpuSet missing = CpuSet::range(0, domain.current_vcpus - 1);
    for (const auto& pin : domain.vcpu_pins)
        missing.remove(pin.id);
    if (missing.empty()) return;
    const bool none = domain.vcpu_pins.empty();
    outcome.fail({.line = line_of(input.root, "cputune"),
                  .found = none ? "no vCPU is pinned" : "vCPU " + to_list(missing) + " is not pinned",
                  .wanted = "each vCPU pinned to a CPU of its own, where it is to answer in time",
                  .xml = nested({"cputune"}, "<vcpupin vcpu='" + std::to_string(missing.members().front()) + "' cpuset='...'/>"),
                  .severity = none ? std::optional(Severity::note) : std::nullopt});
}

void check_one_to_one(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (input.domain.vcpu_pins.empty()) return outcome.skip(no_pins);
    std::map<unsigned, unsigned> owner; // of a CPU
    CpuSet taken;
    for (const auto& pin : input.domain.vcpu_pins) {
        if (pin.cpus.count() > 1)
            outcome.fail({.line = pin.line,
                          .found = "vCPU " + std::to_string(pin.id) + " may run on CPU " + to_list(pin.cpus),
                          .wanted = "one CPU; only then can it be isolated as a partition"});
        const CpuSet shared = pin.cpus & taken;
        if (!shared.empty())
            outcome.fail({.line = pin.line,
                          .found = "vCPUs " + std::to_string(owner.at(shared.members().front())) + " and " +
                                   std::to_string(pin.id) + " share CPU " + to_list(shared),
                          .wanted = "a CPU for each"});
        for (const unsigned cpu : (pin.cpus - taken).members())
            owner[cpu] = pin.id;
        taken |= pin.cpus;
    }
}

void check_emulator(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto cpus = pins_of_vcpus(input);
    if (cpus.empty()) return outcome.skip(no_pins);
    const auto& pin = input.domain.emulator_pin;
    if (!pin)
        return outcome.fail({.line = line_of(input.root, "cputune/emulatorpin"),
                             .found = "no <emulatorpin>: QEMU's own threads run anywhere, or where <vcpu cpuset> says",
                             .wanted = "on CPUs that no vCPU is pinned to",
                             .xml = nested({"cputune"}, "<emulatorpin cpuset='...'/>")});
    if (pin->cpus.intersects(cpus))
        outcome.fail({.line = pin->line,
                      .found = "the emulator may run on CPU " + to_list(pin->cpus & cpus) + ", where vCPUs run",
                      .wanted = "on other CPUs"});
}

void check_iothreads(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& domain = input.domain;
    const auto cpus = pins_of_vcpus(input);
    if (domain.iothreads == 0) return outcome.skip("there are no I/O threads");
    if (cpus.empty()) return outcome.skip(no_pins);
    for (const auto& pin : domain.iothread_pins)
        if (pin.cpus.intersects(cpus))
            outcome.fail({.line = pin.line,
                          .found = "I/O thread " + std::to_string(pin.id) + " may run on CPU " + to_list(pin.cpus & cpus) +
                                   ", where vCPUs run",
                          .wanted = "on other CPUs"});
    if (domain.iothread_pins.size() < domain.iothreads)
        outcome.fail({.line = line_of(input.root, "cputune/iothreadpin"),
                      .found = std::to_string(domain.iothreads) + " I/O threads, and " +
                               std::to_string(domain.iothread_pins.size()) + " of them pinned",
                      .wanted = "each pinned to CPUs that no vCPU is pinned to",
                      .xml = nested({"cputune"}, "<iothreadpin iothread='1' cpuset='...'/>")});
}

constexpr RuleMaker rule{.group = RuleGroup::pinning, .source = libvirt};

constexpr Rule rules[] = {
    rule("PIN-ALL", Severity::warning,
         "The host's scheduler moves vCPUs that are not pinned, away from their caches and onto CPUs of other work.",
         "stutter, stolen time", check_all),
    rule("PIN-1TO1", Severity::warning, "vCPUs that share a CPU wait for each other, also while one of them holds a lock.",
         "stutter, stolen time", check_one_to_one),
    rule("PIN-EMULATOR", Severity::warning, "QEMU's own threads take time from a vCPU whose CPU they share.",
         "stutter on input, sound and disk access", check_emulator),
    rule("PIN-IOTHREAD", Severity::warning, "An I/O thread takes time from a vCPU whose CPU it shares, just when both have work.",
         "stutter on disk access", check_iothreads)};
} // namespace

std::span<const Rule> pinning_rules() { return rules; }

} // namespace hostlease

// Checks pins that need no facts about the host.
#include "advice/audit/elements.hpp"
#include "advice/audit/rule.hpp"
#include "knobs/parts/placed.hpp"

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

/// Checks a VM whose policy chooses the CPUs: hostlease refuses to start the VM if it has pins.
void check_placed(const AuditInput& input, AuditOutcome& outcome) {
    if (pinning_element(input.domain).empty())
        return outcome.skip("the policy chooses the CPUs when the VM starts: " + std::string(place_key));
    outcome.fail({.line = line_of(input.root, "cputune"),
                  .found = "the domain has pins, and " + std::string(place_key) +
                           " of its policy chooses CPUs only for VMs without pins",
                  .wanted = "no pins, or a policy without " + std::string(place_key) +
                            "; otherwise the VM does not start",
                  .severity = Severity::error});
}

void check_all(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (input.leases(place_key)) return check_placed(input, outcome);
    const auto& domain = input.domain;
    const CpuSet missing = vcpus_without_pin(domain) & present_vcpus(domain);
    if (missing.empty()) return;
    const bool none = domain.vcpu_pins.empty();
    outcome.fail({.line = line_of(input.root, "cputune"),
                  .found = none ? "no vCPU is pinned" : "vCPU " + to_list(missing) + " is not pinned",
                  .wanted = "each vCPU pinned to a CPU of its own, if the VM must respond quickly",
                  .xml = nested({"cputune"}, "<vcpupin vcpu='" + std::to_string(missing.members().front()) +
                                                 "' cpuset='...'/>"),
                  .severity = none ? std::optional(Severity::note) : std::nullopt});
}

/// vCPUs that are pinned to the same CPUs.
struct SharedPin {
    CpuSet cpus;
    CpuSet vcpus;
    unsigned line = 0;
};

/// The distinct sets of CPUs with their vCPUs, in the order of their first pins.
std::vector<SharedPin> shared_pins(const Domain& domain) {
    std::vector<SharedPin> list;
    std::map<std::string, std::size_t> index;
    for (const auto& pin : domain.vcpu_pins) {
        const auto [found, is_new] = index.emplace(to_list(pin.cpus), list.size());
        if (is_new) list.push_back({pin.cpus, {}, pin.line});
        list[found->second].vcpus.add(pin.id);
    }
    return list;
}

/// The findings of one kind: one with a list.
class PinFindings {
  public:
    void add(unsigned line, const CpuSet& vcpus, std::string found) {
        if (list_.empty()) line_ = line;
        vcpus_ |= vcpus;
        list_.push_back(std::move(found));
    }

    /// `all`: what is said of several, before the list.
    void report(const std::string& all, const std::string& wanted, AuditOutcome& outcome) const {
        constexpr std::size_t most = 3;
        if (list_.empty()) return;
        std::string text = list_.size() == 1 ? "" : "vCPU " + to_list(vcpus_) + " " + all + ": ";
        for (std::size_t index = 0; index < std::min(list_.size(), most); ++index)
            text += (index == 0 ? "" : "; ") + list_[index];
        if (list_.size() > most) text += "; and " + std::to_string(list_.size() - most) + " more";
        outcome.fail({.line = line_, .found = text, .wanted = wanted, .places = vcpus_.count()});
    }

  private:
    unsigned line_ = 0;
    CpuSet vcpus_;
    std::vector<std::string> list_;
};

void check_one_to_one(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (input.domain.vcpu_pins.empty()) return outcome.skip(no_pins);
    PinFindings wide;
    PinFindings together;
    std::map<unsigned, CpuSet> owners; // vCPUs by CPU
    for (const auto& pin : shared_pins(input.domain)) {
        const auto vcpus = "vCPU " + to_list(pin.vcpus);
        if (pin.cpus.count() > 1)
            wide.add(pin.line, pin.vcpus, vcpus + " may run on CPU " + to_list(pin.cpus));
        else if (pin.vcpus.count() > 1)
            together.add(pin.line, pin.vcpus, vcpus + " share CPU " + to_list(pin.cpus));
        CpuSet shared;
        CpuSet others;
        for (const auto cpu : pin.cpus.members()) {
            auto& known = owners[cpu];
            if (!known.empty()) shared.add(cpu);
            others |= known;
            known |= pin.vcpus;
        }
        if (!shared.empty())
            together.add(pin.line, pin.vcpus,
                         vcpus + (pin.vcpus.count() == 1 ? " shares" : " share") + " CPU " + to_list(shared) +
                             " with vCPU " + to_list(others));
    }
    wide.report("may run on several CPUs",
                "one CPU for each vCPU; only then can an isolated partition hold the vCPU", outcome);
    together.report("share CPUs", "one CPU for each vCPU", outcome);
}

void check_emulator(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto cpus = pins_of_vcpus(input);
    if (cpus.empty()) return outcome.skip(no_pins);
    const auto& pin = input.domain.emulator_pin;
    if (!pin)
        return outcome.fail(
            {.line = line_of(input.root, "cputune/emulatorpin"),
             .found = "no <emulatorpin>: QEMU's own threads run on any CPU, or within <vcpu cpuset>",
             .wanted = "an <emulatorpin> to CPUs without vCPUs",
             .xml = nested({"cputune"}, "<emulatorpin cpuset='...'/>")});
    if (pin->cpus.intersects(cpus))
        outcome.fail(
            {.line = pin->line,
             .found = "the emulator may run on CPU " + to_list(pin->cpus & cpus) + ", where vCPUs run",
             .wanted = "CPUs without vCPUs"});
}

void check_iothreads(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& domain = input.domain;
    const auto cpus = pins_of_vcpus(input);
    if (domain.iothreads == 0) return outcome.skip("the domain has no I/O threads");
    if (cpus.empty()) return outcome.skip(no_pins);
    CpuSet shared; // by all I/O threads, so that their findings are equal and become one
    for (const auto& pin : domain.iothread_pins)
        shared |= pin.cpus & cpus;
    for (const auto& pin : domain.iothread_pins)
        if (pin.cpus.intersects(cpus))
            outcome.fail({.line = pin.line,
                          .found = "may run on CPU " + to_list(shared) + ", where vCPUs run",
                          .wanted = "CPUs without vCPUs",
                          .kind = "I/O thread",
                          .name = std::to_string(pin.id)});
    if (domain.iothread_pins.size() < domain.iothreads)
        outcome.fail({.line = line_of(input.root, "cputune/iothreadpin"),
                      .found = std::to_string(domain.iothreads) + " I/O threads, and " +
                               std::to_string(domain.iothread_pins.size()) + " of them pinned",
                      .wanted = "each I/O thread pinned to CPUs without vCPUs",
                      .xml = nested({"cputune"}, "<iothreadpin iothread='1' cpuset='...'/>")});
}

void check_boot_cpu(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (input.domain.vcpu_pins.empty()) return outcome.skip(no_pins);
    if (input.host != nullptr && !input.host->host.online.empty() && !input.host->host.online.contains(0))
        return; // an offline CPU runs no kernel work
    CpuSet vcpus;
    unsigned line = 0;
    for (const auto& pin : input.domain.vcpu_pins) {
        if (!pin.cpus.contains(0)) continue;
        if (vcpus.empty()) line = pin.line;
        vcpus.add(pin.id);
    }
    if (vcpus.empty()) return;
    outcome.fail({.line = line,
                  .found = "vCPU " + to_list(vcpus) +
                           " is pinned to CPU 0, which runs kernel work that cannot move: timekeeping, some "
                           "interrupts and kernel threads",
                  .wanted = "other CPUs if the VM must respond quickly; CPU 0 for the host"});
}

/// libvirt accepts any priority, but sched_setscheduler() refuses others than 1 to 99 when the VM starts.
/// Source: sched(7).
void check_priority(const ThreadScheduler& scheduler, const char* element, AuditOutcome& outcome) {
    if (!scheduler.priority || (*scheduler.priority >= 1 && *scheduler.priority <= 99)) return;
    outcome.fail(
        {.line = scheduler.line,
         .found = "<" + std::string(element) + "> has priority " + std::to_string(*scheduler.priority),
         .wanted = "a priority of 1 to 99; otherwise the VM does not start"});
}

void check_threads(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& domain = input.domain;
    if (!find(input.root, "cputune")) return outcome.skip("there is no <cputune>");
    for (const auto& stray : domain.stray_tuning)
        outcome.fail(
            {.line = stray.line,
             .found = "does not match any thread of the VM",
             .wanted = stray.is_ignored()
                           ? "remove the element; libvirt ignores it"
                           : "remove the element or add the threads; libvirt refuses this definition",
             .severity = stray.is_ignored() ? std::optional(Severity::warning) : std::nullopt,
             .kind = stray.text().substr(0, stray.text().rfind(' ')),
             .name = stray.ids});
    for (const auto& scheduler : domain.vcpu_schedulers)
        check_priority(scheduler, "vcpusched", outcome);
    for (const auto& scheduler : domain.iothread_schedulers)
        check_priority(scheduler, "iothreadsched", outcome);
    if (domain.emulator_scheduler) check_priority(*domain.emulator_scheduler, "emulatorsched", outcome);
}

constexpr RuleMaker rule{.group = RuleGroup::pinning, .source = libvirt};

constexpr Rule rules[] = {
    rule(
        "PIN-ALL", Severity::warning,
        "The host's scheduler moves unpinned vCPUs away from their caches and onto CPUs that run other work.",
        "stutter, stolen time", check_all),
    rule("PIN-1TO1", Severity::warning,
         "vCPUs that share a CPU wait for each other, even while one of them holds a lock.",
         "stutter, stolen time", check_one_to_one),
    rule("PIN-EMULATOR", Severity::warning, "QEMU's own threads take CPU time from a vCPU on the same CPU.",
         "stutter during input, sound and disk access", check_emulator),
    rule("PIN-IOTHREAD", Severity::warning,
         "An I/O thread takes CPU time from a vCPU on the same CPU, usually while both have work.",
         "stutter during disk access", check_iothreads),
    rule("PIN-BOOT-CPU", Severity::note,
         "The host boots on CPU 0, and isolation does not remove all kernel work from it.",
         "rare pauses of one vCPU", check_boot_cpu,
         "https://docs.kernel.org/admin-guide/kernel-per-CPU-kthreads.html"),
    rule("PIN-THREADS", Severity::error, "<cputune> refers to vCPUs and I/O threads by number.",
         "the VM cannot be defined, or runs without these settings", check_threads)};
} // namespace

std::span<const Rule> pinning_rules() { return rules; }

} // namespace hostlease

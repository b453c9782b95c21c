// The host's services and disks, and the hook of hostlease.
#include "advice/audit/elements.hpp"
#include "advice/audit/rule.hpp"
#include "plan/rivals.hpp"

#include <algorithm>

namespace hostlease {

namespace {
bool runs(const AuditInput& input, std::string_view service) {
    const auto& list = input.host->host.cgroups.services;
    return std::find(list.begin(), list.end(), service) != list.end();
}

void check_irqbalance(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (!runs(input, "irqbalance.service")) return outcome.skip("irqbalance is not running");
    if (pinned_cpus(input.domain).empty()) return outcome.skip("no vCPU is pinned");
    if (input.leases("irqs.balancer")) return;
    outcome.fail({.line = 0,
                  .found = "irqbalance may move interrupts to the VM's CPUs",
                  .wanted = "irqs.balancer = \"ban\" in the policy"});
}

void check_owners(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const bool leases_power =
        input.policy != nullptr &&
        std::any_of(input.policy->settings.begin(), input.policy->settings.end(), [&](const auto& one) {
            return one.first.starts_with("power.") && !input.policy->leaves(one.first);
        });
    for (const auto& rival : rivals())
        if (rival.sets("power.governor") && runs(input, rival.service))
            outcome.fail(
                {.line = 0,
                 .found =
                     std::string("running") + (leases_power ? ", but the policy also leases power.*" : ""),
                 .wanted = "one owner for governors and frequencies: either the policy or this service",
                 .xml = {},
                 .severity = leases_power ? Severity::warning : Severity::note,
                 .kind = "service",
                 .name = std::string(rival.service)});
}

void check_scheduler(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    if (input.host->disks.empty()) return outcome.skip("no disk image is on a local disk");
    if (input.leases("storage.scheduler")) return;
    for (const auto& [device, disk] : input.host->disks) {
        const bool is_nvme = device.starts_with("nvme");
        if (disk.rotational || disk.scheduler.empty() || disk.scheduler == "none" ||
            (!is_nvme && disk.scheduler == "mq-deadline"))
            continue;
        outcome.fail({.line = 0,
                      .found = "scheduler " + disk.scheduler,
                      .wanted = std::string(is_nvme ? "none" : "none or mq-deadline") +
                                ": storage.scheduler = \"none\" in the policy",
                      .kind = "disk",
                      .name = device});
    }
}

void check_trim(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& disks = input.host->disks;
    if (std::all_of(disks.begin(), disks.end(), [](const auto& one) { return one.second.rotational; }))
        return outcome.skip("no disk image is on a local SSD");
    if (!input.host->trims_disks)
        outcome.fail({.line = 0,
                      .found = "fstrim.timer is not enabled",
                      .wanted = "run systemctl enable --now fstrim.timer"});
}

void check_hook(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& host = *input.host;
    if (host.hook.empty())
        return outcome.fail(
            {.line = 0,
             .found = "the hook is not installed",
             .wanted = "run hostlease install-hook; without the hook, no policy is applied",
             .xml = {},
             .severity = input.policy == nullptr ? std::optional(Severity::note) : std::nullopt});
    if (!host.hook_problem.empty())
        outcome.fail({.line = 0,
                      .found = host.hook + ": " + host.hook_problem,
                      .wanted = "run hostlease install-hook to repair it"});
}

constexpr RuleMaker rule{.group = RuleGroup::host, .needs = host_facts};

constexpr Rule rules[] = {
    rule("HOST-IRQBALANCE", Severity::note, "irqbalance keeps spreading interrupts over all CPUs.", "stutter",
         check_irqbalance, "https://github.com/Irqbalance/irqbalance"),
    rule("HOST-TUNED", Severity::note, "Two programs that own one setting undo each other's changes.",
         "settings change back", check_owners, "https://tuned-project.org/docs/manual/"),
    rule("HOST-DISK-SCHEDULER", Severity::note,
         "A fast disk needs no request sorting, and the guest already sorts its requests.", "slow disk",
         check_scheduler, "https://docs.kernel.org/block/switching-sched.html"),
    rule("HOST-FSTRIM", Severity::note, "An SSD that knows its free blocks writes faster and lasts longer.",
         "disks become slower over time", check_trim, "https://man7.org/linux/man-pages/man8/fstrim.8.html"),
    rule("HOST-HOOK", Severity::warning,
         "libvirt calls the hook when a VM starts and stops. Without the hook, hostlease cannot lease "
         "anything.",
         "the policy has no effect", check_hook, "https://libvirt.org/hooks.html")};
} // namespace

std::span<const Rule> host_service_rules() { return rules; }

} // namespace hostlease

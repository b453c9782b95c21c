#include "knobs/parts/thread_scheduling.hpp"

#include "core/parse.hpp"
#include "knobs/parts/claims.hpp"

namespace hostlease {

namespace {
/// The value as Host::scheduling spells it: an integer in the policy is a nice value.
std::string host_word(const Setting& setting) {
    const auto* nice = std::get_if<std::int64_t>(&setting.value);
    if (nice != nullptr) return "other:" + std::to_string(*nice);
    const std::string word = setting.plain();
    return word == "batch" ? "batch:0" : word;
}

/// "vcpu3" is the thread 3 of the role "vcpu"; a role without ids is its thread 0.
bool is_meant(std::string_view role, std::string_view wanted, const CpuSet& ids) {
    if (role == wanted) return ids.contains(0);
    if (!role.starts_with(wanted)) return false;
    const auto id = parse_integer<unsigned>(role.substr(wanted.size()));
    return id && ids.contains(*id);
}

/// Since Linux 6.4, vhost workers are threads of QEMU's process, but still belong to the kernel.
bool is_kernels(const QemuThread& thread) {
    return thread.name.starts_with("vhost-") || thread.name.starts_with("kvm-nx-lpage-");
}
} // namespace

void claim_scheduling(const PlanInput& input, KnobPlan& plan, std::string_view key, std::string_view role,
                      const CpuSet& ids) {
    const Setting& setting = *input.policy.find(key);
    if (ids.empty()) return;
    plan.claims.push_back(
        claim_for(input, key,
                  {.target = AwaitsQemu{std::string(role) + " " + to_list(ids), "/proc/*/task/*"},
                   .value = host_word(setting),
                   .phase = Phase::started,
                   .why = std::string(key) + " = " + setting.text}));
}

std::vector<Claim> resolve_scheduling(const Claim& open, const RunningFacts& running) {
    std::vector<Claim> claims;
    const std::string name = open.name();
    const auto blank = name.find(' ');
    const std::string_view role = std::string_view(name).substr(0, blank);
    const auto ids = parse_cpu_list(std::string_view(name).substr(blank + 1)).value_or(CpuSet{});
    for (const auto& thread : running.threads) {
        if (!is_meant(thread.role, role, ids) || is_kernels(thread)) continue;
        Claim claim = open;
        const std::string id = std::to_string(thread.id.pid);
        claim.target = FileTarget{thread.role + "/" + id + "/" + std::to_string(thread.id.start_time),
                                  "/proc/" + std::to_string(running.qemu.pid) + "/task/" + id};
        claims.push_back(std::move(claim));
    }
    return claims;
}

bool is_realtime(const Setting& setting) {
    const std::string word = setting.plain();
    return word.starts_with("fifo:") || word.starts_with("rr:");
}

} // namespace hostlease

#include "plan/checks.hpp"

#include <algorithm>
#include <array>

namespace hostlease {

namespace {
struct Rival {
    std::string_view service;
    std::array<std::string_view, 4> keys; // prefixes of the keys that it sets the same things as
};

// Sources: the projects' manuals. tuned-profiles(7); power-profiles-daemon(8); tlp(8); auto-cpufreq's README; thermald(8);
// intel_lpmd(8), which sets AllowedCPUs of slices; irqbalance(1).
constexpr Rival rivals[] = {{"tuned.service", {"power.", "memory.", "kernel.", "storage."}},
                            {"power-profiles-daemon.service", {"power.governor", "power.energy_performance", "power.boost", ""}},
                            {"tlp.service", {"power.governor", "power.energy_performance", "power.boost", "power.m"}},
                            {"auto-cpufreq.service", {"power.governor", "power.energy_performance", "power.boost", "power.m"}},
                            {"thermald.service", {"power.boost", "power.max_frequency", "", ""}},
                            {"intel_lpmd.service", {"cpus.", "power.energy_performance", "", ""}},
                            {"irqbalance.service", {"irqs.affinity", "", "", ""}}};

bool is_disputed(const Rival& rival, std::string_view key) {
    return std::any_of(rival.keys.begin(), rival.keys.end(),
                       [&](std::string_view prefix) { return !prefix.empty() && key.starts_with(prefix); });
}

/// irqbalance does as it is told where the policy tells it.
bool is_tamed(const Rival& rival, const Policy& policy) {
    if (rival.service != "irqbalance.service") return false;
    const Setting* balancer = policy.find("irqs.balancer");
    return balancer != nullptr && balancer->plain() == "ban";
}
} // namespace

void check_services(const PlanInput& input, Diagnostics& notes) {
    const auto& services = input.facts.cgroups.services;
    for (const auto& rival : rivals) {
        if (std::find(services.begin(), services.end(), rival.service) == services.end() || is_tamed(rival, input.policy))
            continue;
        std::string disputed;
        const SourcePosition* first = nullptr;
        for (const auto& [key, setting] : input.policy.settings) {
            if (!is_disputed(rival, key) || input.policy.leaves(key)) continue;
            disputed += (disputed.empty() ? "" : ", ") + key;
            if (first == nullptr) first = &setting.position;
        }
        if (first == nullptr) continue;
        const bool is_balancer = rival.service == "irqbalance.service";
        const std::string name(rival.service);
        notes.warning(*first, name + " is running and sets what this policy sets: " + disputed,
                      is_balancer ? "set irqs.balancer = \"ban\""
                                  : "stop it (systemctl disable --now " + name + "), or leave these to it");
    }
}

} // namespace hostlease

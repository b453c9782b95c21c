#include "plan/checks.hpp"

#include "plan/rivals.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::string_view vfio_key = "irqs.vfio";

bool has_word(const Policy& policy, std::string_view key, std::string_view word) {
    const Setting* setting = policy.find(key);
    return setting != nullptr && setting->plain() == word;
}

/// Whether the policy keeps irqbalance from changing what the key sets: it bans the VM's CPUs there, which
/// moves interrupts away that are to be on them.
bool is_tamed(const Rival& rival, std::string_view key, const Policy& policy) {
    return rival.service == "irqbalance.service" && has_word(policy, "irqs.balancer", "ban") &&
           (key != vfio_key || has_word(policy, vfio_key, "housekeeping"));
}

std::string remedy_of(const Rival& rival, const Policy& policy) {
    const std::string stop = "stop it (systemctl disable --now " + std::string(rival.service) + "), or ";
    if (rival.service != "irqbalance.service") return stop + "remove these keys from the policy";
    return has_word(policy, vfio_key, "pinned")
               ? stop + "start it with --banirq for the host devices' interrupts"
               : "set irqs.balancer = \"ban\"";
}
} // namespace

void check_services(const PlanInput& input, Diagnostics& notes) {
    const auto& services = input.facts.cgroups.services;
    for (const auto& rival : rivals()) {
        if (std::find(services.begin(), services.end(), rival.service) == services.end()) continue;
        std::string disputed;
        const SourcePosition* first = nullptr;
        for (const auto& [key, setting] : input.policy.settings) {
            if (!rival.sets(key) || input.policy.leaves(key) || is_tamed(rival, key, input.policy)) continue;
            disputed += (disputed.empty() ? "" : ", ") + key;
            if (first == nullptr) first = &setting.position;
        }
        if (first == nullptr) continue;
        notes.warning(*first,
                      std::string(rival.service) + " is running and sets what this policy sets: " + disputed,
                      remedy_of(rival, input.policy));
    }
}

} // namespace hostlease

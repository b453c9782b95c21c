#include "plan/checks.hpp"

#include "plan/rivals.hpp"

#include <algorithm>

namespace hostlease {

namespace {
/// True if the policy itself configures irqbalance.
bool is_tamed(const Rival& rival, const Policy& policy) {
    if (rival.service != "irqbalance.service") return false;
    const Setting* balancer = policy.find("irqs.balancer");
    return balancer != nullptr && balancer->plain() == "ban";
}
} // namespace

void check_services(const PlanInput& input, Diagnostics& notes) {
    const auto& services = input.facts.cgroups.services;
    for (const auto& rival : rivals()) {
        if (std::find(services.begin(), services.end(), rival.service) == services.end() ||
            is_tamed(rival, input.policy))
            continue;
        std::string disputed;
        const SourcePosition* first = nullptr;
        for (const auto& [key, setting] : input.policy.settings) {
            if (!rival.sets(key) || input.policy.leaves(key)) continue;
            disputed += (disputed.empty() ? "" : ", ") + key;
            if (first == nullptr) first = &setting.position;
        }
        if (first == nullptr) continue;
        const bool is_balancer = rival.service == "irqbalance.service";
        const std::string name(rival.service);
        notes.warning(*first, name + " is running and sets what this policy sets: " + disputed,
                      is_balancer ? "set irqs.balancer = \"ban\""
                                  : "stop it (systemctl disable --now " + name +
                                        "), or remove these keys from the policy");
    }
}

} // namespace hostlease

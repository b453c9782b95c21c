#include "knobs/frequency.hpp"

#include "core/parse.hpp"
#include "knobs/combine.hpp"
#include "knobs/pinned.hpp"

#include <limits>
#include <optional>

namespace hostlease {

namespace {
/// In kHz; nullopt when the driver does not tell its limits. What the highest is shows only once boost is
/// switched, where the policy does that.
std::optional<std::string> wanted_frequency(const PlanInput& input, const Setting& setting, const CpufreqPolicy& cpufreq) {
    std::string text = setting.plain();
    if (text != "min" && text != "max") return text;
    const auto limit = text == "min" ? cpufreq.lowest : cpufreq.highest;
    if (limit == 0) return std::nullopt;
    if (text == "max" && input.policy.find("power.boost") != nullptr) return text;
    return std::to_string(limit);
}

std::int64_t frequency(const std::string& claim) {
    return claim == "max" ? std::numeric_limits<std::int64_t>::max() : parse_integer<std::int64_t>(claim).value_or(0);
}
} // namespace

void plan_frequency(const PlanInput& input, KnobPlan& plan, std::string_view key, std::string_view name) {
    const Setting* setting = input.policy.find(key);
    if (setting == nullptr) return;
    const CpuSet pinned = pinned_or_note(input, *setting, key, plan);
    if (pinned.empty()) return;
    const auto enforce = input.policy.enforcement(key);
    const auto note = [&](const std::string& message, const std::string& hint) {
        if (enforce == Enforce::required)
            plan.notes.error(setting->position, message, hint);
        else
            plan.notes.warning(setting->position, message, hint);
    };
    if (input.facts.cpufreq.empty()) note(std::string(key) + " does nothing: this host has no cpufreq policies", {});
    for (const auto& cpufreq : input.facts.cpufreq) {
        if (!cpufreq.cpus.intersects(pinned)) continue;
        auto wanted = wanted_frequency(input, *setting, cpufreq);
        if (!wanted) {
            note(std::string(key) + ": the driver of cpufreq " + cpufreq.name + " does not tell its limits",
                 "write a frequency such as \"2GHz\"");
            continue;
        }
        plan.claims.push_back({.knob = std::string(key),
                               .target = cpufreq.name,
                               .path = "/sys/devices/system/cpu/cpufreq/" + cpufreq.name + "/" + std::string(name),
                               .value = *std::move(wanted),
                               .enforce = enforce,
                               .phase = Phase::start,
                               .position = setting->position,
                               .why = "vCPUs are pinned to CPU " + to_list(cpufreq.cpus & pinned)});
    }
}

Combined combine_highest(std::string_view, std::span<const std::string> claims) {
    return combine_least([](const std::string& claim) { return -frequency(claim); }, claims);
}

bool may_become_frequency(std::string_view wrote, std::string_view found) {
    const auto was = parse_integer<std::uint64_t>(wrote);
    const auto is = parse_integer<std::uint64_t>(found);
    return was && is && *is <= *was;
}

} // namespace hostlease

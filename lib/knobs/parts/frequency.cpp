#include "knobs/parts/frequency.hpp"

#include "core/parse.hpp"
#include "knobs/parts/claims.hpp"
#include "knobs/parts/combine.hpp"
#include "knobs/parts/notes.hpp"
#include "knobs/parts/pinned.hpp"

#include <limits>
#include <optional>

namespace hostlease {

namespace {
/// In kHz; nullopt if the driver does not report its limits. If the policy switches boost, the highest
/// frequency shows only after that.
std::optional<std::string> wanted_frequency(const PlanInput& input, const Setting& setting,
                                            const CpufreqPolicy& cpufreq) {
    std::string text = setting.plain();
    if (text != "min" && text != "max") return text;
    const auto limit = text == "min" ? cpufreq.lowest : cpufreq.highest;
    if (limit == 0) return std::nullopt;
    if (text == "max" && input.policy.find("power.boost") != nullptr) return text;
    return std::to_string(limit);
}

std::int64_t frequency(const std::string& claim) {
    return claim == "max" ? std::numeric_limits<std::int64_t>::max()
                          : parse_integer<std::int64_t>(claim).value_or(0);
}
} // namespace

void plan_frequency(const PlanInput& input, KnobPlan& plan, std::string_view key, std::string_view name) {
    const Setting* setting = input.policy.find(key);
    if (setting == nullptr) return;
    for (const auto* cpufreq : pinned_cpufreq_or_note(input, key, plan)) {
        auto wanted = wanted_frequency(input, *setting, *cpufreq);
        if (!wanted) {
            note_by_enforcement(input, plan, key,
                                std::string(key) + ": the cpufreq driver " + cpufreq->name +
                                    " does not report its limits",
                                "write a frequency such as \"2GHz\"");
            continue;
        }
        plan.claims.push_back(claim_for(
            input, key,
            {.target = FileTarget{cpufreq->name, "/sys/devices/system/cpu/cpufreq/" + cpufreq->name + "/" +
                                                     std::string(name)},
             .value = *std::move(wanted),
             .why = "vCPUs are pinned to CPU " + to_list(cpufreq->cpus & pinned_cpus(input.domain))}));
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

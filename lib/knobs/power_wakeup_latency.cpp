#include "core/parse.hpp"
#include "core/units.hpp"
#include "knobs/parts/claims.hpp"
#include "knobs/parts/combine.hpp"
#include "knobs/parts/pinned.hpp"

namespace hostlease {

extern const Knob knob_power_wakeup_latency;

namespace {
constexpr std::string_view words[] = {"none"};
constexpr KeySpec keys[] = {
    {.key = "power.wakeup_latency",
     .kinds = a_time,
     .words = words,
     .summary =
         "longest wake-up time of a pinned CPU, which rules out deeper C-states; 0us keeps the CPU awake",
     .example = "\"50us\""}};
constexpr std::string_view paths[] = {"/sys/devices/system/cpu/cpu*/power/pm_qos_resume_latency_us"};
constexpr std::int64_t longest = 2'147'483'646; // us; the kernel's s32, whose maximum means no constraint

/// The kernel's spelling: "0" means no constraint, and "n/a" means a latency of zero.
std::string kernel_word(const Setting& setting) {
    const auto* time = std::get_if<std::chrono::microseconds>(&setting.value);
    if (time == nullptr) return "0";
    return time->count() == 0 ? "n/a" : std::to_string(time->count());
}

void plan(const PlanInput& input, KnobPlan& plan) {
    const Setting* setting = input.policy.find(keys[0].key);
    if (setting == nullptr) return;
    if (input.policy.get(keys[0].key, std::chrono::microseconds{}).count() > longest) {
        plan.notes.error(setting->position,
                         "power.wakeup_latency: " + setting->text + " exceeds the kernel's range",
                         "\"none\" means no limit");
        return;
    }
    const CpuSet pinned = pinned_or_note(input, keys[0].key, plan);
    if (pinned.empty()) return;
    for (const unsigned cpu : (pinned & input.facts.online).members()) {
        const std::string name = "cpu" + std::to_string(cpu);
        plan.claims.push_back(claim_for(input, keys[0].key,
                                        {.target = FileTarget{name, "/sys/devices/system/cpu/" + name +
                                                                        "/power/pm_qos_resume_latency_us"},
                                         .value = kernel_word(*setting),
                                         .why = "vCPUs are pinned to CPU " + std::to_string(cpu)}));
    }
}

/// The shortest latency wins, as it does in the kernel.
Combined combine(std::string_view, std::span<const std::string> claims) {
    const auto latency = [](const std::string& claim) {
        if (claim == "n/a") return std::int64_t{0};
        const auto number = parse_integer<std::int64_t>(claim).value_or(0);
        return number == 0 ? longest + 1 : number;
    };
    return combine_least(latency, claims);
}
} // namespace

constinit const Knob knob_power_wakeup_latency{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::value,
    .combine = {combine, "the shortest"},
    .paths = paths,
    .source = "Documentation/ABI/testing/sysfs-devices-power, 6.1: pm_qos_resume_latency_us",
    .plan = plan,
};

} // namespace hostlease

#include "knobs/parts/claims.hpp"
#include "knobs/parts/combine.hpp"

namespace hostlease {

extern const Knob knob_inhibit_sleep;

namespace {
constexpr KeySpec keys[] = {{.key = "inhibit_sleep",
                             .kinds = a_boolean,
                             .default_text = "false",
                             .summary = "keep the host awake while the VM runs",
                             .example = "true"}};

constexpr std::string_view paths[] = {"/run/systemd/transient/hostlease-inhibit-sleep.service"};

void plan(const PlanInput& input, KnobPlan& plan) {
    const Setting* setting = input.policy.find(keys[0].key);
    if (setting == nullptr || !input.policy.get(keys[0].key, false)) return;
    plan.claims.push_back(claim_for(input, keys[0].key,
                                    {.target = FileTarget{"host", std::string(paths[0])},
                                     .value = "held",
                                     .phase = Phase::started,
                                     .why = std::string(keys[0].key) + " = " + setting->text}));
}

Combined combine(std::string_view, std::span<const std::string> claims) {
    return combine_word_wins("held", claims);
}
} // namespace

constinit const Knob knob_inhibit_sleep{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::started,
    .form = KnobForm::sleep_inhibitor,
    .combine = {combine, "held as long as any VM asks for it"},
    .paths = paths,
    .source = "org.freedesktop.login1(5), Inhibit; systemd-inhibit(1), 252",
    .plan = plan,
};

} // namespace hostlease

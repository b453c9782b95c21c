#include "knobs/combine.hpp"
#include "model/admin_command.hpp"

namespace hostlease {

extern const Knob knob_command;

namespace {
constexpr KeySpec keys[] = {
    {.key = "command",
     .summary = "a program of your own: [[command]] with at, run, undo and deadline",
     .example = "[[command]]\nrun = [\"/usr/bin/touch\", \"/run/quiet\"]\nundo = [\"/usr/bin/rm\", \"-f\", \"/run/quiet\"]"}};

/// The VM and the place of the entry: what two VMs run is never the same target.
std::string target_of(const Domain& domain, std::size_t index) { return domain.uuid + "/" + std::to_string(index + 1); }

void plan(const PlanInput& input, KnobPlan& plan) {
    for (std::size_t index = 0; index < input.policy.commands.size(); ++index) {
        const auto& entry = input.policy.commands[index];
        plan.claims.push_back({.knob = std::string(keys[0].key),
                               .target = target_of(input.domain, index),
                               .path = entry.run.front(),
                               .value = to_text(AdminCommand{entry.run, entry.undo, entry.deadline, input.domain.name}),
                               .enforce = entry.enforce,
                               .phase = entry.at,
                               .position = entry.position,
                               .why = "[[command]] entry"});
    }
}
} // namespace

constinit const Knob knob_command{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::command,
    .combine = combine_must_agree,
    .combining = "each VM has its own",
    .paths = {},
    .source = "the admin's own program",
    .plan = plan,
};

} // namespace hostlease

#include "core/parse.hpp"
#include "knobs/parts/claims.hpp"
#include "knobs/parts/combine.hpp"
#include "model/admin_command.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace hostlease {

extern const Knob knob_command;

namespace {
constexpr KeySpec keys[] = {{.key = "command",
                             .summary = "a program of yours: [[command]] with at, run, undo and deadline",
                             .example = "[[command]]\nrun = [\"/usr/bin/touch\", \"/run/quiet\"]\nundo = "
                                        "[\"/usr/bin/rm\", \"-f\", \"/run/quiet\"]"}};

AdminCommand command_of(const CommandEntry& entry, const Domain& domain) {
    return {entry.run, entry.undo, entry.deadline, domain.name};
}

/// Two texts are the same command if their programs are the same: a deadline does not change what was done.
bool is_same(std::string_view found, std::string_view wanted) {
    if (found == wanted) return true;
    const auto left = parse_command(found);
    const auto right = parse_command(wanted);
    return left && right && left->run == right->run && left->undo == right->undo;
}

/// Names the targets of entries, such as "UUID/001". An entry that the VM already holds keeps its target
/// wherever it now stands in the policy, so that a repeated entry is never undone. Numbers increase, because
/// targets are written in their order.
class CommandTargets {
  public:
    explicit CommandTargets(const PlanInput& input) : prefix_(input.domain.uuid + "/") {
        if (input.own == nullptr) return;
        for (const auto& claim : input.own->claims) {
            if (claim.knob != keys[0].key) continue;
            held_.push_back(&claim);
            const std::string name = claim.name();
            const auto number = parse_integer<unsigned>(std::string_view(name).substr(name.rfind('/') + 1));
            last_ = std::max(last_, number.value_or(0));
        }
    }

    enum class Phases { same, any };

    /// The targets of claims with the same programs: more than one where an earlier version accepted equal
    /// entries separately.
    std::vector<std::string> take_held(const CommandEntry& entry, const std::string& text, Phases phases) {
        std::vector<std::string> targets;
        std::erase_if(held_, [&](const Claim* claim) {
            const bool is_it =
                is_same(claim->value, text) && (phases == Phases::any || claim->phase == entry.at);
            if (is_it) targets.push_back(claim->name());
            return is_it;
        });
        return targets;
    }

    std::string make_new() { return prefix_ + fmt::format("{:03}", ++last_); }

  private:
    std::string prefix_;
    std::vector<const Claim*> held_; // not taken yet
    unsigned last_ = 0;
};

/// The entries without those that repeat an earlier entry.
std::vector<const CommandEntry*> distinct_entries(const PlanInput& input, KnobPlan& plan) {
    std::vector<const CommandEntry*> list;
    for (const auto& entry : input.policy.commands) {
        const auto first = std::find_if(list.begin(), list.end(), [&](const CommandEntry* other) {
            return other->at == entry.at && other->run == entry.run && other->undo == entry.undo;
        });
        if (first == list.end())
            list.push_back(&entry);
        else
            plan.notes.warning(entry.position,
                               "this [[command]] equals the one of " + (*first)->position.text() +
                                   ": hostlease runs it only once",
                               "keep only one of the two");
    }
    return list;
}

void plan(const PlanInput& input, KnobPlan& plan) {
    const auto entries = distinct_entries(input, plan);
    std::vector<std::vector<std::string>> targets(entries.size());
    std::vector<std::string> texts;
    for (const auto* entry : entries)
        texts.push_back(to_text(command_of(*entry, input.domain)));
    CommandTargets names(input);
    for (const auto phases : {CommandTargets::Phases::same, CommandTargets::Phases::any})
        for (std::size_t index = 0; index < entries.size(); ++index)
            if (targets[index].empty())
                targets[index] = names.take_held(*entries[index], texts[index], phases);
    for (std::size_t index = 0; index < entries.size(); ++index) {
        const CommandEntry& entry = *entries[index];
        if (targets[index].empty()) targets[index].push_back(names.make_new());
        for (const auto& target : targets[index])
            plan.claims.push_back(claim_for(keys[0].key, entry.position, entry.enforce,
                                            {.target = FileTarget{target, entry.run.front()},
                                             .value = texts[index],
                                             .phase = entry.at,
                                             .why = "[[command]] entry"}));
    }
}
} // namespace

constinit const Knob knob_command{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::command,
    .combine = each_its_own,
    .paths = {},
    .source = "the administrator's own program",
    .plan = plan,
    .same = is_same,
};

} // namespace hostlease

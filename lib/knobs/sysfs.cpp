#include "knobs/combine.hpp"
#include "knobs/neighbours.hpp"

namespace hostlease {

extern const Knob knob_sysfs;

namespace {
constexpr KeySpec keys[] = {{.key = "sysfs",
                             .summary = "any other file under /sys or /proc/sys: [[sysfs]] with path and value",
                             .example = "[[sysfs]]\npath = \"/sys/kernel/mm/lru_gen/min_ttl_ms\"\nvalue = 1000"}};

void plan(const PlanInput& input, KnobPlan& plan) {
    for (const auto& entry : input.policy.sysfs) {
        if (const Knob* owner = owner_of(entry.path); owner != nullptr) {
            plan.notes.error(entry.position,
                             "[[sysfs]] may not write " + entry.path + ": it belongs to " + std::string(owner->key),
                             "use the key " + std::string(owner->key) + ", which knows how to share and restore it");
            continue;
        }
        plan.claims.push_back({.knob = std::string(keys[0].key),
                               .target = entry.path,
                               .path = entry.path,
                               .value = entry.value,
                               .enforce = entry.enforce,
                               .phase = Phase::start,
                               .position = entry.position,
                               .why = "[[sysfs]] entry"});
    }
}
} // namespace

constinit const Knob knob_sysfs{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::value,
    .combine = combine_must_agree,
    .combining = "the oldest VM's value stays; a different one of a younger VM is a conflict",
    .paths = {},
    .source = "the admin's own reading of the kernel's documentation",
    .plan = plan,
    .neighbours = neighbours_of_file,
};

} // namespace hostlease

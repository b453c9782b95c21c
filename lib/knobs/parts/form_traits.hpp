// The properties of a form's targets. The code that reads and writes them is in engine/forms.
#pragma once

#include "knobs/knob.hpp"

namespace hostlease {

/// What the host shows after a value was written.
enum class Echo {
    as_written,
    silent, // the value without hostlease's part: the record says what is in force
    none    // nothing: the host cannot be asked, so the record is all that is known
};

struct FormTraits {
    Echo echo = Echo::as_written;
    /// True if a target may end by itself at any time; it is then gone, and nothing has failed.
    bool may_vanish = false;
    /// True if a write leaves something beside the value, such as a unit's drop-in, which may affect the
    /// value only later. Form::forget removes it.
    bool leaves_more = false;
    /// The target whose value new targets start with; "" if there is none. The host itself does not change
    /// this target, so Knob::may_become does not apply to it.
    std::string_view origin = {};
    /// True if a claim on every target can do nothing when there is no target. A program that does not run,
    /// such as irqbalance, does not have to leave anything alone.
    bool needs_targets = false;
};

constexpr FormTraits traits_of(KnobForm form) {
    switch (form) {
    case KnobForm::interrupt_balancer: return {.echo = Echo::silent};
    case KnobForm::command: return {.echo = Echo::none};
    case KnobForm::thread_scheduling: return {.may_vanish = true};
    case KnobForm::unit_cpus: return {.may_vanish = true, .leaves_more = true};
    case KnobForm::scope_limits: return {.leaves_more = true};
    case KnobForm::interrupt: return {.origin = "default", .needs_targets = true};
    case KnobForm::kernel_thread: return {.needs_targets = true};
    case KnobForm::value:
    case KnobForm::frequency:
    case KnobForm::cpu_mask:
    case KnobForm::cpu_partition:
    case KnobForm::disk_scheduler:
    case KnobForm::sleep_inhibitor: return {};
    }
    return {};
}

} // namespace hostlease

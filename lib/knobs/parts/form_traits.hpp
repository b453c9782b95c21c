// What can be known of the targets of a form. How they are read and written is in engine/forms.
#pragma once

#include "knobs/knob.hpp"

namespace hostlease {

/// What the host says of a value after it was written.
enum class Echo {
    as_written,
    silent, // the value without us: the record is what is in force
    none    // nothing: the host cannot be asked, and the record is what is known
};

struct FormTraits {
    Echo echo = Echo::as_written;
    /// True where a target may end by itself at any time: then it is gone, and nothing failed.
    bool may_vanish = false;
    /// True where a write leaves something beside the value, which may show in the value only later: a unit's
    /// drop-in. Form::forget takes it away.
    bool leaves_more = false;
    /// The target that those which come into being later begin with; "" if there is none. The host itself
    /// does not change it, so that Knob::may_become does not hold for it.
    std::string_view origin = {};
    /// True where a claim on every target has nothing to act on when there is none. A program that does not
    /// run, such as irqbalance, needs to leave nothing alone.
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

#include "engine/form.hpp"

#include "engine/forms/forms.hpp"

namespace hostlease {

const Form& form_of(KnobForm form) {
    switch (form) {
    case KnobForm::cpu_mask: return form_cpu_mask;
    case KnobForm::cpu_partition: return form_cpu_partition;
    case KnobForm::frequency: return form_frequency;
    case KnobForm::command: return form_command;
    case KnobForm::disk_scheduler: return form_disk_scheduler;
    case KnobForm::thread_scheduling: return form_thread_scheduling;
    case KnobForm::scope_limits: return form_scope_limits;
    case KnobForm::sleep_inhibitor: return form_sleep_inhibitor;
    case KnobForm::unit_cpus: return form_unit_cpus;
    case KnobForm::interrupt: return form_interrupt;
    case KnobForm::interrupt_balancer: return form_interrupt_balancer;
    case KnobForm::kernel_thread: return form_kernel_thread;
    case KnobForm::value: return form_value;
    }
    return form_value;
}

KnobRecord unknown_record(const Knob& knob, const std::string& target, const std::string& path) {
    KnobRecord record;
    record.knob = knob.key;
    record.target = target;
    record.path = path;
    return record;
}

} // namespace hostlease

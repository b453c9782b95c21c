// The forms of knobs; each has a file of its own.
#pragma once

#include "engine/form.hpp"

namespace hostlease {

extern const Form form_value;
extern const Form form_cpu_mask;
extern const Form form_cpu_partition;
extern const Form form_command;
extern const Form form_disk_scheduler;
extern const Form form_frequency;
extern const Form form_interrupt;
extern const Form form_interrupt_balancer;
extern const Form form_kernel_thread;
extern const Form form_scope_limits;
extern const Form form_sleep_inhibitor;
extern const Form form_thread_scheduling;
extern const Form form_unit_cpus;

} // namespace hostlease

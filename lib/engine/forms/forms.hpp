// One file a form.
#pragma once

#include "engine/form.hpp"

namespace hostlease {

extern const Form form_value;
extern const Form form_cpu_mask;
extern const Form form_command;
extern const Form form_sleep_inhibitor;
extern const Form form_unit_cpus;

} // namespace hostlease

// Arguments of <qemu:commandline> that replace arguments that libvirt makes from other elements.
#pragma once

#include "advice/audit/rule.hpp"

#include <string>

namespace hostlease {

/// The argument that replaces the subject of the rule; nullptr if there is none.
const QemuArgument* argument_that_overrides(const Rule& rule, const Domain& domain);

/// The elements that the argument replaces, such as "<clock>", comma-separated; "" if none.
std::string overridden_elements(const QemuArgument& argument);

} // namespace hostlease

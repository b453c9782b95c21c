// Arguments of <qemu:commandline> that replace what libvirt makes of other elements.
#pragma once

#include "audit/rule.hpp"

#include <string>

namespace hostlease {

/// The argument that replaces what the rule looks at; nullptr when there is none.
const QemuArgument* argument_that_overrides(const Rule& rule, const Domain& domain);

/// What of the XML the argument replaces, such as "<clock>"; "" when it replaces nothing.
std::string overridden_elements(const QemuArgument& argument);

} // namespace hostlease

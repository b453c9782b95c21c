// One element for each section that stands more than once, as libvirt writes the domain once it is defined:
// what is changed in one of them must hold for the domain.
#pragma once

#include "advice/suggest/xml_edit.hpp"

namespace hostlease {

/// Whether there was anything to join.
bool join_repeated(XmlNode& root);

} // namespace hostlease

// Joins the elements of a section that occurs more than once, as libvirt does when it defines the domain. A
// change of the joined element then holds for the whole domain.
#pragma once

#include "advice/suggest/xml_edit.hpp"

namespace hostlease {

/// Returns whether there was anything to join.
bool join_repeated(XmlNode& root);

} // namespace hostlease

// Puts the XML of an audit's finding where it belongs.
#pragma once

#include "suggest/xml_edit.hpp"

#include <string_view>

namespace hostlease {

/// Adds what `fragment` has and `parent` lacks: an element that is there (a timer or feature of the same name) gets the attributes and the
/// text of the fragment's where that has no children, and keeps all others; one that only leads to others is made where it is missing. The
/// attributes of <cpu> are left alone. Does nothing, and returns false, when the fragment is not well-formed.
bool merge_xml(XmlNode& parent, std::string_view fragment);

} // namespace hostlease

// Puts the XML of an audit's finding where it belongs.
#pragma once

#include "suggest/xml_edit.hpp"

#include <string_view>

namespace hostlease {

/// Adds what `fragment` has and `parent` lacks. An element that is already there gets the attributes and the text of the fragment's if the
/// fragment's has no children; other elements of the path are made where they are missing. Elements that repeat are told apart as libvirt
/// tells them apart. Afterwards no element has attributes or children that its new ones exclude, and <cpu> has no feature that libvirt
/// does not take there. The attributes of <cpu> are left alone. Returns false, and changes nothing, when the fragment is not well-formed.
bool merge_xml(XmlNode& parent, std::string_view fragment);

/// Removes the attributes and children that libvirt refuses beside the other attributes and children of `node`.
void remove_excluded(XmlNode& node);

} // namespace hostlease

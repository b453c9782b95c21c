// Navigation in the domain's XML for checks. Elements in a namespace are skipped, as in libvirt.
#pragma once

#include "read/xml_element.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// Follows a path such as "features/hyperv/relaxed", taking the first element of each name. Returns an empty
/// element if one is missing.
XmlElement find(XmlElement from, std::string_view path);

/// All children of this name.
std::vector<XmlElement> children(XmlElement parent, std::string_view name);

/// All elements of the last name of a path such as "devices/disk", below the first element of each other
/// name.
std::vector<XmlElement> find_all(XmlElement root, std::string_view path);

/// The line of the element at `path`, or of its nearest existing ancestor.
unsigned line_of(XmlElement root, std::string_view path);

/// The attribute's value; "" if the attribute or the element is missing.
std::string_view attribute(XmlElement element, std::string_view name);

/// Whether the domain requires this feature of the guest's CPU.
bool requires_feature(XmlElement root, std::string_view name);

/// The element's text without blanks at its ends; "" if it is missing.
std::string text_of(XmlElement element);

/// `element` inside the given parents, outermost first, with indentation: nested({"features", "hyperv
/// mode='custom'"}, "<relaxed state='on'/>").
std::string nested(const std::vector<std::string_view>& parents, std::string_view element);

} // namespace hostlease

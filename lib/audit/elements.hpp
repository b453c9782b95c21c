// Ways through the domain's XML for checks. Only elements without a namespace count, as for libvirt.
#pragma once

#include "read/xml_element.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// Follows "features/hyperv/relaxed"; the first of each name. An empty element when one is missing.
XmlElement find(XmlElement from, std::string_view path);

/// All children of this name.
std::vector<XmlElement> children(XmlElement parent, std::string_view name);

/// All elements at the end of the path, of every parent of its last name: "devices/disk".
std::vector<XmlElement> find_all(XmlElement root, std::string_view path);

/// The line of the element at `path`, or of the nearest one above it that is there: where it would go.
unsigned line_of(XmlElement root, std::string_view path);

/// The attribute's value, "" when it or the element is missing.
std::string_view attribute(XmlElement element, std::string_view name);

/// The element's text without blanks at its ends, "" when it is missing.
std::string text_of(XmlElement element);

/// `element` inside of its parents, outermost first, indented: nested({"features", "hyperv mode='custom'"}, "<relaxed state='on'/>").
std::string nested(const std::vector<std::string_view>& parents, std::string_view element);

} // namespace hostlease

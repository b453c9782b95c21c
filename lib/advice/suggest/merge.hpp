// Inserts the XML of an audit finding into a domain's XML.
#pragma once

#include "advice/suggest/xml_edit.hpp"

#include <string_view>

namespace hostlease {

/// Merges `fragment` into `parent`. An existing element gets the attributes and text of the fragment's
/// element if that has no children; missing elements of the path are added. Repeated elements are identified
/// as libvirt identifies them. Attributes and children that the new ones exclude are removed, as are features
/// of <cpu> that libvirt rejects there. Attributes of <cpu> stay. Returns false and changes nothing if the
/// fragment is not well-formed.
bool merge_xml(XmlNode& parent, std::string_view fragment);

/// Removes the attributes and children that libvirt refuses beside the other attributes and children of
/// `node`.
void remove_excluded(XmlNode& node);

} // namespace hostlease

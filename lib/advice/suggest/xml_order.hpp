// The order in which libvirt writes the children of an element.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace hostlease {

/// The place of `child` among the children of `parent`; nullopt if libvirt's order is not known.
std::optional<std::size_t> xml_place(std::string_view parent, std::string_view child);

} // namespace hostlease

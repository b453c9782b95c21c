// UUIDs as libvirt takes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hostlease {

/// In lower case, 8-4-4-4-12; nullopt when the text is not a UUID. White space around it and dashes before
/// any byte are allowed, but not inside a byte and not at the end. Source: virUUIDParse (libvirt 9.0,
/// src/util/viruuid.c).
std::optional<std::string> canonical_uuid(std::string_view text);

} // namespace hostlease

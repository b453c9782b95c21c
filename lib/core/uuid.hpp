// UUIDs as libvirt accepts them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hostlease {

/// The UUID in lower case, 8-4-4-4-12; nullopt if the text is not a UUID. White space around the UUID and
/// dashes before any byte are allowed; dashes inside a byte or at the end are not. Source: virUUIDParse
/// (libvirt 9.0, src/util/viruuid.c).
std::optional<std::string> canonical_uuid(std::string_view text);

} // namespace hostlease

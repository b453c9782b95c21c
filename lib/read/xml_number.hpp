// Numbers as libvirt reads them in a domain's XML.
#pragma once

#include "core/parse.hpp"
#include "core/units.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hostlease {

/// The text without white space at its ends and without a '+' in front of the digits.
inline std::string_view number_text(std::string_view text) {
    text = trim(text);
    const bool has_plus = text.size() > 1 && text[0] == '+' && text[1] >= '0' && text[1] <= '9';
    return text.substr(has_plus ? 1 : 0);
}

/// A decimal number. White space and a '+' in front are allowed. Source: virStrToLong_ui (libvirt 9.0,
/// src/util/virstring.c), which uses strtoul(). libvirt refuses white space after the number. It is accepted
/// here, because the meaning is clear and libvirt reports what it refuses.
template <std::integral T>
std::optional<T> parse_xml_number(std::string_view text) {
    return parse_integer<T>(number_text(text));
}

/// The same for numbers that libvirt reads with base 0, such as the parts of an address.
template <std::unsigned_integral T>
std::optional<T> parse_xml_c_number(std::string_view text) {
    return parse_c_integer<T>(number_text(text));
}

/// The bytes of a limit in <memtune>; nullopt if it cannot be read or does not limit anything. Source:
/// virMemoryLimitIsSet and VIR_DOMAIN_MEMORY_PARAM_UNLIMITED (libvirt 9.0).
inline std::optional<std::uint64_t> parse_memory_limit(std::string_view number, std::string_view unit) {
    constexpr std::uint64_t unlimited = 9'007'199'254'740'991 * KiB;
    const auto amount = parse_xml_number<std::uint64_t>(number);
    const auto scale = libvirt_unit(unit.empty() ? "KiB" : unit);
    if (!amount || !scale) return std::nullopt;
    const auto bytes = scale_checked(*amount, *scale);
    if (!bytes || *bytes >= unlimited) return std::nullopt;
    return round_up(*bytes, KiB);
}

} // namespace hostlease

// What makes a text XML that may be parsed: what tinyxml2 lets pass, or trips over.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hostlease {

/// Why a text is not XML that we read; line 0 means the whole text.
struct XmlFault {
    unsigned line = 0;
    std::string message;
    std::string hint;
};

/// Refuses NUL, text that is not UTF-8, control characters, DOCTYPE, undefined entities, hundreds of
/// attributes in one tag. Both readers of XML ask it first. Linear in the text.
std::optional<XmlFault> check_xml_text(std::string_view text);

/// The text with blanks in place of its processing instructions, and the same lines; none if it has no other
/// than the XML declaration. tinyxml2 refuses them after the first comment or element, and libvirt ignores
/// them. Linear in the text, for which check_xml_text() found nothing.
std::optional<std::string> without_instructions(std::string_view text);

} // namespace hostlease

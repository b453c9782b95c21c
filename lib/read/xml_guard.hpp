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

/// Refuses NUL, text that is not UTF-8, control characters, a DOCTYPE that changes more than text, undefined
/// entities, hundreds of attributes in one tag. Both readers of XML ask it first. Linear in the text and what
/// its entities stand for, which is bounded.
std::optional<XmlFault> check_xml_text(std::string_view text);

/// The text with blanks in place of its DOCTYPE and processing instructions, the text of its entities in
/// place of their references, and the same lines; none if it has nothing of these but the XML declaration.
/// tinyxml2 refuses instructions after the first comment or element, which libvirt ignores, and reads no
/// DOCTYPE. Linear in the result, for a text for which check_xml_text() found nothing.
std::optional<std::string> plain_xml(std::string_view text);

} // namespace hostlease

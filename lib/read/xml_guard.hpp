// Checks and changes of XML text before tinyxml2 parses it: for text that tinyxml2 wrongly accepts or
// refuses.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hostlease {

/// Why hostlease cannot read a text as XML; line 0 means the whole text.
struct XmlFault {
    unsigned line = 0;
    std::string message;
    std::string hint;
};

/// Refuses NUL bytes, text that is not UTF-8, control characters, a DOCTYPE that changes more than text,
/// undefined entities, and more than 256 attributes in one tag. Both readers of XML call this first. Takes
/// time linear in the text and in the text of its entities, which is limited.
std::optional<XmlFault> check_xml_text(std::string_view text);

/// A copy of the text in which blanks replace the DOCTYPE and processing instructions, and text replaces the
/// references to entities; lines stay the same. nullopt if the text has none of these except the XML
/// declaration. tinyxml2 refuses instructions after the first comment or element, which libvirt ignores, and
/// reads no DOCTYPE. The text must have passed check_xml_text(). Takes time linear in the result.
std::optional<std::string> plain_xml(std::string_view text);

} // namespace hostlease

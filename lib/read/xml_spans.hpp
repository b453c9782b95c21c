// Where in a text each element of its XML stands, byte by byte, for whoever changes a part and leaves the
// rest as it is written. xml_spans.cpp is the only file that sees expat: tinyxml2 keeps neither offsets nor
// the spelling of a tag.
#pragma once

#include "read/xml_element.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace hostlease {

/// Bytes begin..end-1 of the text.
struct TextSpan {
    std::size_t begin = 0;
    std::size_t end = 0;

    [[nodiscard]] std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
    [[nodiscard]] bool empty() const { return begin == end; }
    bool operator==(const TextSpan&) const = default;
};

struct AttributeSpan {
    std::string name;
    std::string value;   // with references resolved
    TextSpan name_span;  // of the name alone
    TextSpan value_span; // between the quotes
    bool operator==(const AttributeSpan&) const = default;
};

struct ElementSpan {
    std::string name; // as written: "libosinfo:os"
    std::string text; // the element's own, with references resolved and CDATA put in
    std::vector<AttributeSpan> attributes;
    TextSpan start_tag; // "<a b='c'>" or "<a b='c'/>"
    TextSpan end_tag;   // "</a>"; empty, right behind the start tag, for "<a/>"
    std::vector<ElementSpan> children;

    [[nodiscard]] bool is_self_closing() const { return end_tag.empty(); }
};

/// The root element with all that is in it. Refuses what check_xml_text() refuses, what is not well-formed,
/// and elements nested deeper than tinyxml2's 100. Source: libexpat 2.5, XML_GetCurrentByteIndex,
/// XML_GetCurrentByteCount.
tl::expected<ElementSpan, XmlFault> read_xml_spans(std::string_view text);

} // namespace hostlease

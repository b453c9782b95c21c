// The byte offsets of each element in an XML text, for code that changes a part of the text and keeps the
// rest unchanged. xml_spans.cpp is the only file that includes expat; tinyxml2 keeps neither offsets nor the
// spelling of a tag.
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
    std::string text; // the element's own, with references resolved and CDATA included
    std::vector<AttributeSpan> attributes;
    TextSpan start_tag; // "<a b='c'>" or "<a b='c'/>"
    TextSpan end_tag;   // "</a>"; empty, directly after the start tag, for "<a/>"
    std::vector<ElementSpan> children;

    [[nodiscard]] bool is_self_closing() const { return end_tag.empty(); }
};

/// The root element with all its descendants. Fails if check_xml_text() does, or if the text is not
/// well-formed or nested deeper than tinyxml2's 100 levels. Source: libexpat 2.5, XML_GetCurrentByteIndex,
/// XML_GetCurrentByteCount.
tl::expected<ElementSpan, XmlFault> read_xml_spans(std::string_view text);

} // namespace hostlease

#include "read/xml_spans.hpp"

#include <expat.h>
#include <memory>
#include <type_traits>

namespace hostlease {

namespace {
constexpr std::size_t deepest = 100;
constexpr std::string_view blanks = " \t\r\n";

struct FreeParser {
    void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using Parser = std::unique_ptr<std::remove_pointer_t<XML_Parser>, FreeParser>;

struct Reading {
    XML_Parser parser = nullptr;
    std::string_view text;
    ElementSpan top = {}; // its only child is the root
    std::vector<ElementSpan*> open = {};
    bool is_too_deep = false;

    [[nodiscard]] TextSpan event() const {
        const auto begin = static_cast<std::size_t>(XML_GetCurrentByteIndex(parser));
        return {begin, begin + static_cast<std::size_t>(XML_GetCurrentByteCount(parser))};
    }
};

/// expat passes the attributes in the order of the tag, which is known to be well-formed.
void find_attributes(std::string_view text, ElementSpan& element, const char** attributes) {
    std::size_t at = element.start_tag.begin + 1 + element.name.size();
    for (; *attributes != nullptr; attributes += 2) {
        AttributeSpan one{.name = attributes[0], .value = attributes[1], .name_span = {}, .value_span = {}};
        const auto name = text.find_first_not_of(blanks, at);
        one.name_span = {name, name + one.name.size()};
        const auto quote = text.find_first_of("'\"", one.name_span.end);
        const auto end = text.find(text[quote], quote + 1);
        one.value_span = {quote + 1, end};
        at = end + 1;
        element.attributes.push_back(std::move(one));
    }
}

void begin_element(void* data, const char* name, const char** attributes) {
    auto& reading = *static_cast<Reading*>(data);
    if (reading.open.size() > deepest) {
        reading.is_too_deep = true;
        XML_StopParser(reading.parser, XML_FALSE);
        return;
    }
    auto& element = reading.open.back()->children.emplace_back();
    element.name = name;
    element.start_tag = reading.event();
    find_attributes(reading.text, element, attributes);
    // stays valid: the parent's list grows only after this element is closed
    reading.open.push_back(&element);
}

/// For "<a/>", the event of the end has no bytes.
void end_element(void* data, const char*) {
    auto& reading = *static_cast<Reading*>(data);
    auto& element = *reading.open.back();
    const auto event = reading.event();
    element.end_tag = event.empty() ? TextSpan{element.start_tag.end, element.start_tag.end} : event;
    reading.open.pop_back();
}

void add_text(void* data, const char* text, int length) {
    static_cast<Reading*>(data)->open.back()->text.append(text, static_cast<std::size_t>(length));
}
} // namespace

tl::expected<ElementSpan, XmlFault> read_xml_spans(std::string_view text) {
    if (auto fault = check_xml_text(text)) return tl::unexpected(std::move(*fault));
    const Parser parser(XML_ParserCreate("UTF-8"));
    if (parser == nullptr) return tl::unexpected(XmlFault{0, "out of memory", {}});
    Reading reading{.parser = parser.get(), .text = text};
    reading.open.push_back(&reading.top);
    XML_SetUserData(parser.get(), &reading);
    XML_SetElementHandler(parser.get(), begin_element, end_element);
    XML_SetCharacterDataHandler(parser.get(), add_text);
    if (XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), XML_TRUE) == XML_STATUS_OK)
        return std::move(reading.top.children.front());
    const auto line = static_cast<unsigned>(XML_GetCurrentLineNumber(parser.get()));
    const std::string why = reading.is_too_deep ? "elements are nested too deep"
                                                : XML_ErrorString(XML_GetErrorCode(parser.get()));
    return tl::unexpected(XmlFault{line, "not well-formed XML: " + why, {}});
}

} // namespace hostlease

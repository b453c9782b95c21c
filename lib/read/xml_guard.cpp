#include "read/xml_guard.hpp"

#include "core/parse.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <cstdint>

namespace hostlease {

namespace {
constexpr auto none = std::string_view::npos;

bool is_xml_character(std::uint32_t code) {
    if (code < 0x20) return code == '\t' || code == '\n' || code == '\r';
    return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) && code != 0xfffe && code != 0xffff;
}

/// `name` is what stands between '&' and ';'.
bool is_reference(std::string_view name) {
    if (name == "lt" || name == "gt" || name == "amp" || name == "quot" || name == "apos") return true;
    if (!name.starts_with('#')) return false;
    const bool hexadecimal = name.starts_with("#x");
    const auto code = parse_integer<std::uint32_t>(name.substr(hexadecimal ? 2 : 1), hexadecimal ? 16 : 10);
    return code && is_xml_character(*code);
}

struct Place {
    std::size_t offset;
    std::string message;
    std::string hint;
};

std::optional<Place> check_characters(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto length = utf8_length(text.substr(at));
        if (length == 0) return Place{at, "not UTF-8", "write the file as UTF-8"};
        if (length == 1 && text[at] == '\0')
            return Place{at, "a NUL byte", "the text is binary or UTF-16; write it as UTF-8"};
        if (length == 1 && !is_xml_character(static_cast<unsigned char>(text[at])))
            return Place{at, "a control character, which XML does not allow", {}};
        at += length;
    }
    return std::nullopt;
}

/// Where the comment or CDATA section at `at` ends; `at` itself when it is neither, none when it never ends.
std::size_t end_of_section(std::string_view text, std::size_t at) {
    const auto rest = text.substr(at);
    if (rest.starts_with("<!--")) return text.find("-->", at + 4);
    if (rest.starts_with("<![CDATA[")) return text.find("]]>", at + 9);
    return at;
}

/// `at` is that of a '&'.
std::optional<Place> check_reference(std::string_view text, std::size_t at) {
    // "&#x10ffff;" and some leading zeros; without a bound a text full of '&' would be searched to its end
    // each time
    constexpr std::size_t longest_reference = 16;
    const auto rest = text.substr(at + 1, longest_reference);
    const auto end = rest.find(';');
    if (end != none && is_reference(rest.substr(0, end))) return std::nullopt;
    return Place{at, "'&' starts no character that XML knows", "write &amp; for the character '&'"};
}

/// The value of an attribute.
std::optional<Place> check_value(std::string_view text, std::size_t begin, std::size_t end) {
    const auto value = text.substr(0, end);
    for (auto at = value.find_first_of("<&", begin); at != none; at = value.find_first_of("<&", at + 1)) {
        if (value[at] == '<')
            return Place{at, "'<' in the value of an attribute", "write &lt; for the character '<'"};
        if (auto place = check_reference(value, at)) return place;
    }
    return std::nullopt;
}

/// `at` is that of the tag's '<', and its end afterwards. A tag that never ends is left for the parser to
/// report.
std::optional<Place> check_tag(std::string_view text, std::size_t& at) {
    // tinyxml2 compares each attribute with all before it; libvirt's own elements have a handful
    constexpr unsigned most_attributes = 256;
    unsigned attributes = 0;
    for (at = text.find_first_of("\"'<>", at + 1); at != none && text[at] != '>';
         at = text.find_first_of("\"'<>", at + 1)) {
        if (text[at] == '<') return Place{at, "not well-formed XML: '<' inside a tag", {}};
        const auto end = text.find(text[at], at + 1);
        if (auto place = check_value(text, at + 1, end)) return place;
        if (++attributes > most_attributes) return Place{at, "more than 256 attributes in one element", {}};
        at = end;
        if (at == none) return std::nullopt;
    }
    return std::nullopt;
}

std::optional<Place> check_markup(std::string_view text) {
    for (auto at = text.find_first_of("<&"); at != none;
         at = at == none ? none : text.find_first_of("<&", at + 1)) {
        const auto rest = text.substr(at);
        std::optional<Place> place;
        if (rest.starts_with('&')) {
            place = check_reference(text, at);
        } else if (rest.starts_with("<!")) {
            const auto end = end_of_section(text, at);
            if (end == at)
                return Place{at, "a DOCTYPE or ENTITY declaration, which libvirt never writes", "remove it"};
            if (end == none)
                return Place{at, "not well-formed XML: a comment or CDATA section never ends", {}};
            at = end;
        } else if (rest.starts_with("<?")) {
            at = text.find("?>", at);
        } else {
            place = check_tag(text, at);
        }
        if (place) return place;
    }
    return std::nullopt;
}
} // namespace

std::optional<XmlFault> check_xml_text(std::string_view text) {
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
        return XmlFault{0, "the text is UTF-16", "write the file as UTF-8"};
    auto place = check_characters(text);
    if (!place) place = check_markup(text);
    if (!place) return std::nullopt;
    const auto line =
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(place->offset), '\n');
    return XmlFault{static_cast<unsigned>(line), std::move(place->message), std::move(place->hint)};
}

std::optional<std::string> without_instructions(std::string_view text) {
    std::optional<std::string> copy;
    if (text.find("<?", 1) == none) return copy;
    for (auto at = text.find('<'); at != none; at = text.find('<', at + 1)) {
        const auto rest = text.substr(at);
        if (rest.starts_with("<!")) {
            at = end_of_section(text, at);
        } else if (rest.starts_with("<?") &&
                   !(rest.starts_with("<?xml") && rest.find_first_of(" \t\r\n") == 5)) {
            const auto end = text.find("?>", at);
            if (end == none) break; // for the parser to report
            if (!copy) copy = text;
            const auto first = copy->begin() + static_cast<std::ptrdiff_t>(at);
            std::replace_if(
                first, first + static_cast<std::ptrdiff_t>(end + 2 - at),
                [](char letter) { return letter != '\n' && letter != '\r'; }, ' ');
            at = end;
        }
        if (at == none) break;
    }
    return copy;
}

} // namespace hostlease

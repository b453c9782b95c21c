#include "read/xml_guard.hpp"

#include "core/parse.hpp"
#include "core/units.hpp"
#include "read/xml_doctype.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <cstdint>

namespace hostlease {

namespace {
constexpr auto none = std::string_view::npos;
constexpr std::string_view doctype_start = "<!DOCTYPE";

bool is_xml_character(std::uint32_t code) {
    if (code < 0x20) return code == '\t' || code == '\n' || code == '\r';
    return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) && code != 0xfffe && code != 0xffff;
}

/// Whether `name`, the text between '&' and ';', is a predefined entity or the number of a valid character.
bool is_reference(std::string_view name) {
    if (name == "lt" || name == "gt" || name == "amp" || name == "quot" || name == "apos") return true;
    if (!name.starts_with('#')) return false;
    const bool hexadecimal = name.starts_with("#x");
    const auto code = parse_integer<std::uint32_t>(name.substr(hexadecimal ? 2 : 1), hexadecimal ? 16 : 10);
    return code && is_xml_character(*code);
}

using Place = XmlPlace;

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

/// The index of the mark that ends the comment or CDATA section at `at`; `at` itself if there is neither,
/// none if the section never ends.
std::size_t end_of_section(std::string_view text, std::size_t at) {
    const auto rest = text.substr(at);
    if (rest.starts_with("<!--")) return text.find("-->", at + 4);
    if (rest.starts_with("<![CDATA[")) return text.find("]]>", at + 9);
    return at;
}

/// The name of the reference whose '&' is at `at`; "" if the reference has no end.
std::string_view referred_name(std::string_view text, std::size_t at) {
    // without a limit, each '&' in a text could cause a search to its end
    constexpr std::size_t longest_reference = 64;
    const auto rest = text.substr(at + 1, longest_reference);
    const auto end = rest.find(';');
    return end == none ? std::string_view() : rest.substr(0, end);
}

bool is_entity_name(std::string_view name) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return !name.empty() && name.find_first_not_of(letters) == std::string_view::npos;
}

/// State that the checks of one text share.
struct Checks {
    std::optional<XmlDoctype> doctype = {};
    std::size_t text_of_entities = 0; // after references are replaced by their text
    bool has_element = false;
};

/// Checks the reference whose '&' is at `at`.
std::optional<Place> check_reference(std::string_view text, std::size_t at, Checks& checks) {
    constexpr std::size_t most_text = 4 * MiB;
    const auto name = referred_name(text, at);
    if (is_reference(name)) return std::nullopt;
    if (!checks.doctype || !checks.doctype->entities.contains(name))
        return Place{at,
                     is_entity_name(name) ? "the entity '&" + std::string(name) + ";' is not defined"
                                          : "'&' does not begin a character or entity",
                     "write &amp; for the character '&'"};
    const auto& value = checks.doctype->entities.find(name)->second;
    if (!value)
        return Place{at, "the entity '" + std::string(name) + "' is not plain text, which is not read",
                     "write what it stands for"};
    checks.text_of_entities += value->size();
    if (checks.text_of_entities <= most_text) return std::nullopt;
    return Place{at, "the entities of the DOCTYPE make the text larger than any domain is", {}};
}

/// Checks the value of an attribute.
std::optional<Place> check_value(std::string_view text, std::size_t begin, std::size_t end, Checks& checks) {
    const auto value = text.substr(0, end);
    for (auto at = value.find_first_of("<&", begin); at != none; at = value.find_first_of("<&", at + 1)) {
        if (value[at] == '<')
            return Place{at, "'<' in the value of an attribute", "write &lt; for the character '<'"};
        if (auto place = check_reference(value, at, checks)) return place;
    }
    return std::nullopt;
}

/// Checks the tag whose '<' is at `at`, and moves `at` to its end. Leaves a tag that never ends to the
/// parser.
std::optional<Place> check_tag(std::string_view text, std::size_t& at, Checks& checks) {
    // tinyxml2 compares each attribute with all earlier ones; libvirt's elements have only a few
    constexpr unsigned most_attributes = 256;
    unsigned attributes = 0;
    for (at = text.find_first_of("\"'<>", at + 1); at != none && text[at] != '>';
         at = text.find_first_of("\"'<>", at + 1)) {
        if (text[at] == '<') return Place{at, "not well-formed XML: '<' inside a tag", {}};
        const auto end = text.find(text[at], at + 1);
        if (auto place = check_value(text, at + 1, end, checks)) return place;
        if (++attributes > most_attributes) return Place{at, "more than 256 attributes in one element", {}};
        at = end;
        if (at == none) return std::nullopt;
    }
    return std::nullopt;
}

/// Checks the declaration or section whose "<!" is at `at`, and moves `at` to its end.
std::optional<Place> check_declaration(std::string_view text, std::size_t& at, Checks& checks) {
    if (text.substr(at).starts_with(doctype_start) && !checks.has_element && !checks.doctype) {
        auto doctype = read_doctype(text, at);
        if (!doctype) return std::optional(std::move(doctype.error()));
        at = doctype->end - 1;
        checks.doctype = std::move(*doctype);
        return std::nullopt;
    }
    const auto end = end_of_section(text, at);
    if (end == at) return Place{at, "not well-formed XML: a declaration in the wrong place", "remove it"};
    if (end == none) return Place{at, "not well-formed XML: a comment or CDATA section never ends", {}};
    at = end;
    return std::nullopt;
}

std::optional<Place> check_markup(std::string_view text) {
    Checks checks;
    for (auto at = text.find_first_of("<&"); at != none;
         at = at == none ? none : text.find_first_of("<&", at + 1)) {
        const auto rest = text.substr(at);
        std::optional<Place> place;
        if (rest.starts_with('&')) {
            place = check_reference(text, at, checks);
        } else if (rest.starts_with("<!")) {
            place = check_declaration(text, at, checks);
        } else if (rest.starts_with("<?")) {
            at = text.find("?>", at);
        } else {
            checks.has_element = true;
            place = check_tag(text, at, checks);
        }
        if (place) return place;
    }
    return std::nullopt;
}

/// Replaces all characters except line ends by blanks.
void blank_out(std::string& text, std::size_t begin, std::size_t end) {
    const auto first = text.begin() + static_cast<std::ptrdiff_t>(begin);
    std::replace_if(
        first, first + static_cast<std::ptrdiff_t>(end - begin),
        [](char letter) { return letter != '\n' && letter != '\r'; }, ' ');
}

/// The text with its references to entities replaced by their text.
std::string with_entities(std::string_view text, const XmlDoctype& doctype) {
    std::string out;
    std::size_t done = 0;
    for (auto at = text.find_first_of("<&"); at != none; at = text.find_first_of("<&", at + 1)) {
        if (text[at] == '<') {
            at = end_of_section(text, at);
            if (at == none) break;
            continue;
        }
        const auto name = referred_name(text, at);
        const auto entity = doctype.entities.find(name);
        if (is_reference(name) || entity == doctype.entities.end()) continue;
        out += text.substr(done, at - done);
        out += *entity->second;
        done = at + name.size() + 2;
    }
    return out + std::string(text.substr(done));
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

std::optional<std::string> plain_xml(std::string_view text) {
    std::optional<std::string> copy;
    std::optional<XmlDoctype> doctype;
    const auto blank = [&](std::size_t begin, std::size_t end) {
        if (!copy) copy = text;
        blank_out(*copy, begin, end);
        return end - 1;
    };
    if (text.find("<?", 1) == none && text.find(doctype_start) == none) return copy;
    for (auto at = text.find('<'); at != none; at = text.find('<', at + 1)) {
        const auto rest = text.substr(at);
        if (rest.starts_with(doctype_start)) {
            doctype = read_doctype(text, at).value();
            at = blank(doctype->begin, doctype->end);
        } else if (rest.starts_with("<!")) {
            at = end_of_section(text, at);
        } else if (rest.starts_with("<?") &&
                   !(rest.starts_with("<?xml") && rest.find_first_of(" \t\r\n") == 5)) {
            const auto end = text.find("?>", at);
            if (end == none) break; // the parser reports this
            at = blank(at, end + 2);
        }
        if (at == none) break;
    }
    if (doctype && !doctype->entities.empty()) copy = with_entities(*copy, *doctype);
    return copy;
}

} // namespace hostlease

#include "read/xml_doctype.hpp"

#include "core/parse.hpp"

#include <algorithm>
#include <utility>

namespace hostlease {

namespace {
constexpr auto none = std::string_view::npos;
constexpr std::string_view blanks = " \t\r\n";
// of one entity, including those that it refers to; references could multiply the text without limit
constexpr std::size_t longest_value = 65536;
constexpr std::size_t most_text = 16 * longest_value; // of all entities

/// Splits the inside of a declaration into words and quoted texts.
class Words {
  public:
    explicit Words(std::string_view text) : text_(text) {}

    /// The next word or quoted text; "" at the end. A quoted text keeps its first quote.
    std::string_view next() {
        text_.remove_prefix(std::min(text_.find_first_not_of(blanks), text_.size()));
        if (text_.empty()) return {};
        if (text_[0] != '"' && text_[0] != '\'') return take(text_.find_first_of(blanks));
        const auto end = text_.find(text_[0], 1);
        const auto word = text_.substr(0, end);
        text_.remove_prefix(end == none ? text_.size() : end + 1);
        return word;
    }

  private:
    std::string_view take(std::size_t length) {
        const auto word = text_.substr(0, length);
        text_.remove_prefix(word.size());
        return word;
    }

    std::string_view text_;
};

/// The '>' that ends the declaration at `at`; none if there is none. Skips quoted texts, which may have a
/// '>'.
std::size_t end_of_declaration(std::string_view text, std::size_t at) {
    at = text.find_first_of("\"'>", at);
    while (at != none && text[at] != '>') {
        at = text.find(text[at], at + 1);
        if (at != none) at = text.find_first_of("\"'>", at + 1);
    }
    return at;
}

std::string_view predefined(std::string_view name) {
    for (const std::string_view one : {"lt", "gt", "amp", "quot", "apos"})
        if (one == name) return one;
    return {};
}

/// Whether the character with this number, such as 060 or x3C, becomes markup when the value is parsed
/// again.
bool is_markup(std::string_view number) {
    const bool is_hex = number.starts_with('x');
    const auto code = parse_integer<unsigned>(number.substr(is_hex ? 1 : 0), is_hex ? 16 : 10);
    return code == unsigned{'&'} || code == unsigned{'<'};
}

/// Appends the replacement of "&name;" in an entity's value; false if the replacement is not plain text.
bool append_reference(std::string& out, std::string_view name, const XmlDoctype& doctype) {
    const auto declared = doctype.entities.find(name);
    if (declared != doctype.entities.end() && declared->second) {
        out += *declared->second;
        return true;
    }
    const bool is_character = name.starts_with('#');
    if (is_character ? is_markup(name.substr(1)) : predefined(name).empty()) return false;
    out += "&" + std::string(name) + ";";
    return true;
}

std::optional<std::string> plain_text(std::string_view value, const XmlDoctype& doctype) {
    std::string out;
    for (std::size_t at = 0; at < value.size(); ++at) {
        if (out.size() > longest_value || value[at] == '<' || value[at] == '%') return std::nullopt;
        if (value[at] == '&') {
            const auto end = value.find(';', at);
            if (end == none || !append_reference(out, value.substr(at + 1, end - at - 1), doctype))
                return std::nullopt;
            at = end;
        } else if (value[at] == '"' || value[at] == '\'' || value[at] == '\n') {
            out += value[at] == '"' ? "&quot;" : value[at] == '\n' ? "&#10;" : "&apos;";
        } else {
            out += value[at];
        }
    }
    return out.size() > longest_value ? std::nullopt : std::optional(std::move(out));
}

/// `inside` is the text between "<!ENTITY" and ">". The first declaration of a name counts.
void add_entity(std::string_view inside, XmlDoctype& doctype) {
    Words words(inside);
    const auto name = words.next();
    const auto value = words.next();
    if (name == "%") return;
    const bool is_text = !value.empty() && (value[0] == '"' || value[0] == '\'');
    auto text = is_text ? plain_text(value.substr(1), doctype) : std::nullopt;
    doctype.text_size += text ? text->size() : 0;
    doctype.entities.emplace(name, std::move(text));
}

/// Reads one declaration, comment or instruction at `at`, and returns the index after it.
tl::expected<std::size_t, XmlPlace> read_declaration(std::string_view text, std::size_t at,
                                                     XmlDoctype& doctype) {
    const auto rest = text.substr(at);
    const auto behind = [&](std::string_view mark, std::size_t from) -> tl::expected<std::size_t, XmlPlace> {
        const auto end = text.find(mark, from);
        if (end != none) return end + mark.size();
        return tl::unexpected(XmlPlace{at, "not well-formed XML: the DOCTYPE never ends", {}});
    };
    if (rest.starts_with("<!--")) return behind("-->", at + 4);
    if (rest.starts_with("<?")) return behind("?>", at + 2);
    if (rest.starts_with("<!ATTLIST"))
        return tl::unexpected(XmlPlace{at, "the DOCTYPE declares attributes, whose defaults are not read",
                                       "write the attributes in the elements and remove <!ATTLIST>"});
    if (rest.starts_with('%'))
        return tl::unexpected(XmlPlace{at, "the DOCTYPE uses a parameter entity, which is not read",
                                       "write what it stands for"});
    if (!rest.starts_with("<!"))
        return tl::unexpected(XmlPlace{at, "not well-formed XML: the DOCTYPE is broken", {}});
    const auto end = end_of_declaration(text, at);
    if (end == none) return behind(">", text.size());
    constexpr std::string_view entity = "<!ENTITY";
    if (rest.starts_with(entity))
        add_entity(text.substr(at + entity.size(), end - at - entity.size()), doctype);
    if (doctype.text_size > most_text)
        return tl::unexpected(XmlPlace{at, "the entities of the DOCTYPE have more than 1 MiB of text", {}});
    return end + 1;
}
} // namespace

tl::expected<XmlDoctype, XmlPlace> read_doctype(std::string_view text, std::size_t at) {
    XmlDoctype doctype{.begin = at};
    // the end if there is no internal subset: after the name and an external identifier
    auto end = end_of_declaration(text, at);
    if (const auto subset = text.find('[', at); subset < end) {
        auto next = text.find_first_not_of(blanks, subset + 1);
        while (next != none && text[next] != ']') {
            const auto behind = read_declaration(text, next, doctype);
            if (!behind) return tl::unexpected(behind.error());
            next = text.find_first_not_of(blanks, *behind);
        }
        end = next == none ? none : text.find_first_not_of(blanks, next + 1);
        if (end != none && text[end] != '>') end = none;
    }
    if (end == none) return tl::unexpected(XmlPlace{at, "not well-formed XML: the DOCTYPE never ends", {}});
    doctype.end = end + 1;
    return doctype;
}

} // namespace hostlease

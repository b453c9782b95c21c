#include "core/foreign_text.hpp"
#include "core/parse.hpp"
#include "core/units.hpp"
#include "read/domain_xml_reader.hpp"
#include "read/xml_number.hpp"

#include <algorithm>
#include <utility>

namespace hostlease {

namespace {
/// These limits prevent megabytes of messages for megabytes of XML.
constexpr std::size_t most_errors = 100;
constexpr std::size_t longest_quote = 80;

std::string in_one_line(std::string_view text) {
    std::string line(text);
    std::replace_if(
        line.begin(), line.end(),
        [](char letter) { return letter == '\n' || letter == '\r' || letter == '\t'; }, ' ');
    return printable(std::move(line));
}

/// "cpuset='0-' of <vcpupin>", "'12x' in <memory>"
std::string describe(const XmlValue& value) {
    const auto element = "<" + std::string(value.element.name()) + ">";
    if (value.attribute.empty()) return quoted(value.text) + " in " + element;
    return std::string(value.attribute) + "=" + quoted(value.text) + " of " + element;
}

std::string joined(std::span<const std::string_view> words) {
    std::string text;
    for (const auto word : words)
        text += (text.empty() ? "" : ", ") + std::string(word);
    return text;
}
} // namespace

std::string quoted(std::string_view text) { return "'" + in_one_line(shortened(text, longest_quote)) + "'"; }

std::optional<XmlValue> attribute_value(XmlElement element, std::string_view attribute) {
    if (!element) return std::nullopt;
    const auto text = element.attribute(attribute);
    if (!text) return std::nullopt;
    return XmlValue{element, attribute, std::string(*text)};
}

std::optional<XmlValue> text_value(XmlElement element) {
    if (!element) return std::nullopt;
    return XmlValue{element, {}, element.text()};
}

std::optional<XmlValue> unless_empty(std::optional<XmlValue> value) {
    return value && value->text.empty() ? std::nullopt : std::move(value);
}

std::string text_or_empty(std::optional<XmlValue> value) {
    return value ? std::move(value->text) : std::string();
}

void DomainReader::error(unsigned line, std::string message, std::string hint) {
    if (diagnostics_.all().size() > most_errors) return;
    if (diagnostics_.all().size() == most_errors)
        return diagnostics_.error({file_, line, 0}, "too many errors; the rest is not shown");
    diagnostics_.error({file_, line, 0}, std::move(message), std::move(hint));
}

void DomainReader::error(const XmlValue& value, std::string_view what, std::string hint) {
    error(value.element.line(), describe(value) + " " + std::string(what), std::move(hint));
}

void find_children(XmlElement parent, std::span<const std::string_view> names, std::span<XmlElement> found) {
    if (!parent) return;
    for (auto child = parent.first_child(); child; child = child.next_sibling()) {
        const auto name = std::find(names.begin(), names.end(), child.name());
        if (name == names.end() || !child.in_no_namespace()) continue;
        auto& first = found[static_cast<std::size_t>(name - names.begin())];
        if (!first) first = child;
    }
}

void DomainReader::refuse_second(XmlElement parent, std::initializer_list<std::string_view> names) {
    for (const auto name : names) {
        XmlElement first;
        for_each_child(parent, name, [&](XmlElement child) {
            if (first)
                error(child.line(), "<" + std::string(name) + "> occurs twice in <" +
                                        std::string(parent.name()) + ">; the first is in line " +
                                        std::to_string(first.line()));
            else
                first = child;
        });
    }
}

std::optional<XmlValue> DomainReader::required(XmlElement element, std::string_view attribute) {
    auto value = attribute_value(element, attribute);
    if (!value)
        error(element.line(),
              "<" + std::string(element.name()) + "> has no attribute '" + std::string(attribute) + "'");
    return value;
}

std::optional<std::uint64_t> DomainReader::number(const std::optional<XmlValue>& value, std::uint64_t least,
                                                  std::uint64_t most) {
    if (!value) return std::nullopt;
    const auto number = parse_xml_number<std::uint64_t>(value->text);
    if (number && *number >= least && *number <= most) return number;
    const auto text = number_text(value->text);
    const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
    error(*value, digits ? "is not between " + std::to_string(least) + " and " + std::to_string(most)
                         : std::string("is not a whole number without a sign"));
    return std::nullopt;
}

std::optional<unsigned> DomainReader::count(const std::optional<XmlValue>& value, unsigned least,
                                            unsigned most) {
    const auto wide = number(value, least, most);
    return wide ? std::optional(static_cast<unsigned>(*wide)) : std::nullopt;
}

// Source: virDomainParseMemory, virDomainParseScaledValue (libvirt 9.0, src/conf/domain_conf.c)
std::optional<std::uint64_t> DomainReader::size(const std::optional<XmlValue>& value,
                                                const std::optional<XmlValue>& unit) {
    // rounding up stays below 2^63
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max() - (KiB - 1);
    std::uint64_t scale = KiB;
    if (unit && !unit->text.empty()) {
        const auto known = libvirt_unit(unit->text);
        if (!known) {
            error(*unit, "is not a unit that libvirt knows", "use KiB, MiB or GiB");
            return std::nullopt;
        }
        scale = *known;
    }
    const auto amount = number(value, 0, std::numeric_limits<std::uint64_t>::max());
    if (!amount) return std::nullopt;
    const auto bytes = scale_checked(*amount, scale);
    if (bytes && *bytes <= most) return round_up(*bytes, KiB);
    error(*value, "is larger than any memory");
    return std::nullopt;
}

std::optional<CpuSet> DomainReader::set(const std::optional<XmlValue>& value) {
    if (!value) return std::nullopt;
    auto members = parse_libvirt_list(value->text);
    if (members && !members->empty()) return std::move(*members);
    const auto reason = members ? std::string("it has no member") : members.error().message;
    error(*value,
          "is not a list such as 0-3,8: " +
              (reason.size() > 2 * longest_quote ? "a number or range is wrong" : in_one_line(reason)));
    return std::nullopt;
}

std::optional<std::size_t> DomainReader::word(const std::optional<XmlValue>& value,
                                              std::span<const std::string_view> known) {
    if (!value) return std::nullopt;
    const auto found = std::find(known.begin(), known.end(), value->text);
    if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
    const auto near = nearest_word(value->text, known);
    error(*value, "is not one of " + joined(known), near.empty() ? "" : "did you mean '" + near + "'?");
    return std::nullopt;
}

std::string DomainReader::known_text(const std::optional<XmlValue>& value,
                                     std::span<const std::string_view> known) {
    const auto index = word(value, known);
    return index ? std::string(known[*index]) : std::string();
}

NumaMode DomainReader::numa_mode(XmlElement element) {
    constexpr std::array<std::string_view, 4> words{"strict", "preferred", "interleave", "restrictive"};
    constexpr std::array modes{NumaMode::strict, NumaMode::preferred, NumaMode::interleave,
                               NumaMode::restrictive};
    return modes[word(attribute_value(element, "mode"), words).value_or(0)];
}

} // namespace hostlease

#include "read/policy_value.hpp"

#include "core/foreign_text.hpp"
#include "core/parse.hpp"
#include "core/units.hpp"
#include "text/toml.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hostlease {

namespace {
constexpr unsigned string_kinds = a_size | a_time | a_cpu_list | a_name | a_frequency | a_scheduling;

bool takes(const KeySpec& spec, ValueKinds kind) { return (spec.kinds & kind) != 0; }

/// Whether the key accepts "leave". Keys without a table ("inhibit_sleep") are plain switches and do not.
bool takes_leave(const KeySpec& spec) { return spec.key.find('.') != std::string_view::npos; }

bool has_range(const KeySpec& spec) { return spec.minimum != 0 || spec.maximum != 0; }

std::string integer_text(const KeySpec& spec) {
    if (!has_range(spec)) return "an integer";
    return "an integer from " + std::to_string(spec.minimum) + " to " + std::to_string(spec.maximum);
}

std::string in_quotes(std::string_view word) { return '"' + std::string(word) + '"'; }

std::string time_text(const KeySpec& spec) {
    if (spec.longest.count() == 0)
        return "a time such as " + std::string(spec.example.empty() ? "\"20s\"" : spec.example);
    return "a time up to " + in_quotes(format_time(spec.longest));
}

Result<std::chrono::microseconds> parse_bounded_time(std::string_view text, const KeySpec& spec) {
    const auto time = TRY(parse_time(text));
    if (spec.longest.count() == 0 || time <= spec.longest) return time;
    return fail(ErrorKind::usage,
                "a call of the hook ends after " + format_time(longest_call) + ", whatever it waits for");
}

Diagnostic refusal(const Value& node, const KeySpec& spec, std::string_view found, std::string hint = {}) {
    return {node.position, Severity::error,
            std::string(spec.key) + " takes " + expected_values(spec) + ", not " + std::string(found),
            std::move(hint)};
}

Result<std::int64_t> parse_frequency(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, std::size_t>, 3> units{
        {{"kHz", 0}, {"MHz", 3}, {"GHz", 6}}};
    const auto end = std::min(text.find_first_not_of("0123456789."), text.size());
    const auto unit = trim(text.substr(end));
    const auto* known =
        std::find_if(units.begin(), units.end(), [&](const auto& row) { return row.first == unit; });
    const auto dot = std::min(text.find('.'), end);
    const auto whole = text.substr(0, dot);
    const auto fraction = dot == end ? std::string_view{} : text.substr(dot + 1, end - dot - 1);
    const bool is_number =
        !whole.empty() && (dot == end || (!fraction.empty() && fraction.find('.') == std::string_view::npos));
    if (!is_number || known == units.end())
        return fail(ErrorKind::usage, "write a frequency such as \"800MHz\", \"3.2GHz\" or \"1200000kHz\"");
    if (fraction.size() > known->second)
        return fail(ErrorKind::usage, "the value is not a whole number of kHz");
    const auto digits =
        std::string(whole) + std::string(fraction) + std::string(known->second - fraction.size(), '0');
    const auto value = parse_integer<std::int64_t>(digits);
    if (!value) return fail(ErrorKind::usage, "the frequency is too large");
    if (*value <= 0) return fail(ErrorKind::usage, "the frequency must be greater than 0");
    return *value;
}

/// Priorities are those of sched(7), in the kernel's spelling: "fifo:01" is invalid.
Result<std::string> parse_scheduling(const std::string& text) {
    constexpr int highest = 99;
    const auto colon = std::min(text.find(':'), text.size());
    const auto policy = text.substr(0, colon);
    if (colon == text.size() || (policy != "fifo" && policy != "rr"))
        return fail(ErrorKind::usage, "write \"fifo:1\" to \"fifo:99\" or \"rr:1\" to \"rr:99\"");
    const auto priority = parse_integer<int>(std::string_view(text).substr(colon + 1));
    if (!priority || *priority < 1 || *priority > highest ||
        std::to_string(*priority) != text.substr(colon + 1))
        return fail(ErrorKind::usage, "the priority must be a number from 1 to 99");
    return text;
}

bool is_name(std::string_view text) {
    return !text.empty() && text.find_first_of(" /") == std::string_view::npos &&
           !has_control_characters(text);
}

/// Parses a string that is not a word of the key. On failure returns nullopt, and `hint` says why.
std::optional<SettingValue> read_text(const std::string& text, const KeySpec& spec, std::string& hint) {
    std::optional<SettingValue> value;
    const auto attempt = [&](auto parsed, auto convert) {
        if (parsed && !value) value = convert(*parsed);
        if (!parsed) hint = parsed.error().message;
    };
    const auto as_it_is = [](auto parsed) { return SettingValue(parsed); };
    if (takes(spec, a_size)) attempt(parse_size(text), [](auto count) { return SettingValue(Bytes{count}); });
    if (takes(spec, a_time)) attempt(parse_bounded_time(text, spec), as_it_is);
    if (takes(spec, a_frequency)) attempt(parse_frequency(text), as_it_is);
    if (takes(spec, a_scheduling)) attempt(parse_scheduling(text), as_it_is);
    if (takes(spec, a_cpu_list)) {
        auto cpus = parse_cpu_list(text);
        if (cpus && cpus->empty()) cpus = fail(ErrorKind::usage, "the list names no CPU");
        attempt(std::move(cpus), as_it_is);
    }
    if (!value && takes(spec, a_name) && is_name(text)) value = text;
    return value;
}

tl::expected<SettingValue, Diagnostic> read_string(const Value& node, const std::string& text,
                                                   const KeySpec& spec) {
    if (text == "leave" && takes_leave(spec)) return text;
    if (std::find(spec.words.begin(), spec.words.end(), text) != spec.words.end()) return text;
    std::string hint;
    if (auto value = read_text(text, spec, hint)) return std::move(*value);
    if (takes(spec, an_integer) && parse_integer<std::int64_t>(text))
        hint = "write the number without quotes";
    if (takes(spec, a_boolean) && (text == "true" || text == "false"))
        hint = "write " + text + " without quotes";
    const auto near = nearest_word(text, spec.words);
    if (!near.empty()) hint = "did you mean " + in_quotes(near) + "?";
    const bool takes_strings = !spec.words.empty() || (spec.kinds & string_kinds) != 0;
    return tl::unexpected<Diagnostic>(
        refusal(node, spec, takes_strings ? found_text(node) : node.kind(), shown(hint)));
}

tl::expected<SettingValue, Diagnostic> read_nodes(const Value& node, const ValueArray& list,
                                                  const KeySpec& spec) {
    NodeSet nodes;
    for (const auto& element : list) {
        const auto* number = std::get_if<std::int64_t>(&element.value);
        if (number == nullptr || *number < 0 || *number >= std::int64_t{NodeSet::limit})
            return tl::unexpected<Diagnostic>(refusal(element, spec, "one with " + found_text(element)));
        nodes.add(static_cast<unsigned>(*number));
    }
    if (list.empty())
        return tl::unexpected<Diagnostic>(refusal(node, spec, "an empty array", "remove the line"));
    return nodes;
}
} // namespace

std::string expected_values(const KeySpec& spec) {
    if (spec.kinds == words_only && spec.words.empty())
        return "an array of tables, [[" + std::string(spec.key) + "]]";
    std::vector<std::string> pieces;
    if (takes(spec, a_boolean)) pieces.insert(pieces.end(), {"true", "false"});
    if (takes(spec, an_integer)) pieces.push_back(integer_text(spec));
    if (takes(spec, a_size)) pieces.emplace_back("a size such as \"1GiB\"");
    if (takes(spec, a_time)) pieces.push_back(time_text(spec));
    if (takes(spec, a_cpu_list)) pieces.emplace_back("a CPU list such as \"4-7,12\"");
    if (takes(spec, a_node_list)) pieces.emplace_back("an array of node numbers such as [0, 1]");
    if (takes(spec, a_frequency)) pieces.emplace_back("a frequency such as \"3.2GHz\"");
    if (takes(spec, a_scheduling))
        pieces.emplace_back("a real-time scheduling policy such as \"fifo:1\" or \"rr:50\"");
    if (takes(spec, a_name)) pieces.emplace_back("a name without blanks or '/'");
    for (const auto word : spec.words)
        if (word != "leave" || !takes_leave(spec)) pieces.push_back(in_quotes(word));
    if (takes_leave(spec)) pieces.emplace_back("\"leave\"");
    std::string text;
    for (std::size_t index = 0; index < pieces.size(); ++index)
        text += (index == 0 ? "" : index + 1 == pieces.size() ? " or " : ", ") + pieces[index];
    return text;
}

std::string_view default_value(const KeySpec& spec) {
    return spec.default_text.empty() && takes_leave(spec) ? "leave" : spec.default_text;
}

tl::expected<SettingValue, Diagnostic> read_setting_value(const Value& node, const KeySpec& spec) {
    if (const auto* text = std::get_if<std::string>(&node.value)) return read_string(node, *text, spec);
    if (const auto* truth = std::get_if<bool>(&node.value); truth != nullptr && takes(spec, a_boolean))
        return *truth;
    if (const auto* list = std::get_if<ValueArray>(&node.value); list != nullptr && takes(spec, a_node_list))
        return read_nodes(node, *list, spec);
    const auto* number = std::get_if<std::int64_t>(&node.value);
    if (number == nullptr || !takes(spec, an_integer))
        return tl::unexpected<Diagnostic>(refusal(node, spec, node.kind()));
    if (has_range(spec) && (*number < spec.minimum || *number > spec.maximum))
        return tl::unexpected<Diagnostic>(refusal(node, spec, found_text(node)));
    return *number;
}

std::string value_text(const Value& node) {
    // the printer prints documents: "k = VALUE\n"
    if (std::holds_alternative<ValueTable>(node.value)) return std::string(node.kind());
    ValueTable document(1);
    document[0].key = "k";
    document[0].node = node;
    const auto line = to_toml({std::move(document), {}});
    return line.substr(4, line.size() - 5);
}

std::string found_text(const Value& node) {
    const bool is_short =
        std::holds_alternative<std::string>(node.value) || std::holds_alternative<std::int64_t>(node.value);
    return is_short ? shown(value_text(node)) : std::string(node.kind());
}

std::string shown(std::string_view text) {
    constexpr std::size_t longest = 120;
    return printable(shortened(text, longest));
}

} // namespace hostlease

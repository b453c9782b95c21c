// JSON and TOML from other sources: an earlier report to compare with, and trees that are printed and read
// again.
#include "advice/report/compare.hpp"
#include "fuzz.hpp"
#include "text/json.hpp"
#include "text/toml.hpp"

#include <algorithm>
#include <cmath>

using namespace hostlease;
using namespace hostlease::fuzz;

namespace {
void check_error(const Diagnostic& error, std::string_view text) {
    Diagnostics list;
    list.error(error.position, error.message, error.hint);
    check_errors(list, text);
}

/// Equal except for the last bits of a number, which Boost.JSON before 1.82 does not read exactly.
bool is_near(const Value& left, const Value& right) {
    if (left.value.index() != right.value.index()) return false;
    if (const auto* number = std::get_if<double>(&left.value))
        return std::abs(*number - std::get<double>(right.value)) <= std::abs(*number) * 1e-14 + 1e-300;
    if (const auto* list = std::get_if<ValueArray>(&left.value)) {
        const auto& other = std::get<ValueArray>(right.value);
        return std::equal(list->begin(), list->end(), other.begin(), other.end(), is_near);
    }
    if (const auto* table = std::get_if<ValueTable>(&left.value))
        return table->size() == std::get<ValueTable>(right.value).size() &&
               std::all_of(table->begin(), table->end(), [&](const ValueEntry& entry) {
                   const auto* other = right.find(entry.key);
                   return other != nullptr && is_near(entry.node, *other);
               });
    return to_json(left) == to_json(right);
}

void check_json(const std::string& text) {
    const auto tree = parse_json(text, "old.json");
    if (!tree) return check_error(tree.error(), text);
    const auto printed = to_json(*tree);
    const auto again = parse_json(printed, "old.json");
    require(again && is_near(*again, *tree), "JSON comes back", printed);
}

/// The number of nested tables and arrays.
std::size_t depth(const Value& node) {
    std::size_t below = 0;
    if (const auto* list = std::get_if<ValueArray>(&node.value))
        for (const auto& one : *list)
            below = std::max(below, depth(one));
    else if (const auto* table = std::get_if<ValueTable>(&node.value))
        for (const auto& entry : *table)
            below = std::max(below, depth(entry.node));
    else
        return 0;
    return below + 1;
}

void check_toml(const std::string& text) {
    const auto tree = parse_toml(text, "p.toml");
    if (!tree) return check_error(tree.error(), text);
    const auto printed = to_toml(*tree);
    const auto again = parse_toml(printed, "p.toml");
    require(again && to_toml(*again) == printed, "TOML comes back", printed);
    constexpr std::size_t deepest = 32; // the limit of the JSON reader
    if (depth(*tree) <= deepest)
        require(parse_json(to_json(*tree), "p.json").has_value(), "TOML becomes JSON", to_json(*tree));
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    check_json(text);
    check_toml(text);
    const auto baseline = read_baseline(text, "old.json");
    if (!baseline) check_error(baseline.error(), text);
    return 0;
}

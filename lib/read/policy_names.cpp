#include "read/policy_names.hpp"

#include "model/report_target.hpp"
#include "read/policy_value.hpp"

#include <algorithm>

namespace hostlease {

std::string list_text(std::span<const std::string_view> names) {
    std::string text;
    for (const auto name : names)
        text += (text.empty() ? "" : ", ") + std::string(name);
    return text;
}

std::string_view table_of(std::string_view key) {
    const auto dot = key.find('.');
    return dot == std::string_view::npos ? std::string_view{} : key.substr(0, dot);
}

std::string_view name_in_table(std::string_view key) {
    const auto dot = key.find('.');
    return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

std::string key_elsewhere(std::string_view name, std::span<const KeySpec> keys) {
    const auto found = std::find_if(keys.begin(), keys.end(), [&](const KeySpec& spec) {
        return !table_of(spec.key).empty() && name_in_table(spec.key) == name;
    });
    if (found != keys.end()) return std::string(found->key);
    if (std::ranges::find(match_names, name) != match_names.end()) return "match." + std::string(name);
    if (std::ranges::find(audit_names, name) != audit_names.end()) return "audit." + std::string(name);
    const bool is_target = std::ranges::find(report_targets, name, &TargetSpec::name) != report_targets.end();
    return is_target ? "report." + std::string(name) : "";
}

Diagnostic unknown_key(const ValueEntry& entry, const std::string& table,
                       std::span<const std::string_view> names, std::span<const KeySpec> keys) {
    const auto near = nearest_word(entry.key, names);
    const auto meant = near.empty() ? key_elsewhere(entry.key, keys) : table + '.' + near;
    return {entry.position, Severity::error, "unknown key '" + shown(table + '.' + entry.key) + "'",
            meant.empty() ? "the keys of " + table + " are " + list_text(names)
                          : "did you mean '" + meant + "'?"};
}

bool is_table(const Value& node) { return std::holds_alternative<ValueTable>(node.value); }

std::string table_kind(const Value& node) {
    const auto* list = std::get_if<ValueArray>(&node.value);
    const bool of_tables =
        list != nullptr && !list->empty() && std::all_of(list->begin(), list->end(), is_table);
    return of_tables ? "an array of tables" : std::string(node.kind());
}

tl::expected<Enforce, Diagnostic> read_enforce_value(const Value& node, const std::string& key) {
    const auto* word = std::get_if<std::string>(&node.value);
    if (word != nullptr && *word == to_text(Enforce::required)) return Enforce::required;
    if (word != nullptr && *word == to_text(Enforce::best_effort)) return Enforce::best_effort;
    return tl::unexpected<Diagnostic>(
        {node.position,
         Severity::error,
         key + " takes \"required\" or \"best-effort\", not " + found_text(node),
         {}});
}

} // namespace hostlease

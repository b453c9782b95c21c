#include "read/policy_report.hpp"

#include "core/units.hpp"
#include "read/policy_names.hpp"
#include "read/policy_value.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace hostlease {

namespace {
constexpr auto names = [] {
    std::array<std::string_view, report_targets.size()> list{};
    std::transform(report_targets.begin(), report_targets.end(), list.begin(),
                   [](const TargetSpec& spec) { return spec.name; });
    return list;
}();

/// A time in milliseconds, or percent; nullopt for any other value.
std::optional<std::int64_t> read_value(const Value& node, bool is_time) {
    if (const auto* number = std::get_if<std::int64_t>(&node.value); number != nullptr && !is_time)
        return *number >= 0 && *number <= 100 ? std::optional(*number) : std::nullopt;
    const auto* text = std::get_if<std::string>(&node.value);
    if (text == nullptr || !is_time) return std::nullopt;
    const auto time = parse_time(*text);
    if (!time || time->count() % 1000 != 0) return std::nullopt;
    return time->count() / 1000;
}

std::string example(const TargetSpec& spec) {
    const auto value = [&](std::int64_t number) {
        return spec.is_time ? '"' + format_time(std::chrono::milliseconds(number)) + '"'
                            : std::to_string(number);
    };
    return "[" + value(spec.target) + ", " + value(spec.acceptable) + "]";
}

std::optional<ReportTarget> read_target(const Value& node, const TargetSpec& spec) {
    const auto* pair = std::get_if<ValueArray>(&node.value);
    if (pair == nullptr || pair->size() != 2) return std::nullopt;
    const auto target = read_value(pair->front(), spec.is_time);
    const auto acceptable = read_value(pair->back(), spec.is_time);
    if (!target || !acceptable || *target > *acceptable) return std::nullopt;
    return ReportTarget{std::string(spec.name), *target, *acceptable, node.position};
}
} // namespace

void read_report_targets(const ValueEntry& entry, std::span<const KeySpec> keys, Policy& policy,
                         Diagnostics& diagnostics) {
    const auto* table = std::get_if<ValueTable>(&entry.node.value);
    if (table == nullptr)
        return diagnostics.error(entry.node.position, "report takes a table, not " + table_kind(entry.node),
                                 "write [report]");
    for (const auto& inner : *table) {
        const auto spec = std::find_if(report_targets.begin(), report_targets.end(),
                                       [&](const TargetSpec& one) { return one.name == inner.key; });
        if (spec == report_targets.end()) {
            const auto unknown = unknown_key(inner, "report", names, keys);
            diagnostics.error(unknown.position, unknown.message, unknown.hint);
        } else if (auto target = read_target(inner.node, *spec)) {
            policy.report.push_back(std::move(*target));
        } else {
            diagnostics.error(inner.node.position,
                              "report." + inner.key + " takes a good and an acceptable limit, " +
                                  (spec->is_time ? "two times in whole milliseconds"
                                                 : "two integers from 0 to 100 in percent") +
                                  ", the smaller first, not " + shown(value_text(inner.node)),
                              "write " + inner.key + " = " + example(*spec));
        }
    }
}

} // namespace hostlease

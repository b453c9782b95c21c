#include "core/kernel_list.hpp"

#include "core/parse.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::string_view between_regions = " \t\r\n\v\f,";

std::optional<unsigned> number_of(std::string_view text, unsigned last) {
    return text == "N" ? last : parse_integer<unsigned>(text);
}

bool is_all(std::string_view text) {
    constexpr std::string_view all = "all";
    return std::equal(text.begin(), text.end(), all.begin(), all.end(),
                      [](char one, char other) { return (one | 0x20) == other; });
}

/// For "used/group": the first `used` of each `group` numbers, counted from `first`; nullopt for invalid
/// text.
std::optional<CpuSet> pattern_of(std::string_view text, unsigned first, unsigned end, unsigned last) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto used = number_of(text.substr(0, slash), last);
    const auto group = number_of(text.substr(slash + 1), last);
    if (!used || !group || *group == 0 || *used > *group) return std::nullopt;
    CpuSet cpus;
    for (unsigned cpu = first; cpu <= end; ++cpu)
        if ((cpu - first) % *group < *used) cpus.add(cpu);
    return cpus;
}

std::optional<CpuSet> region_of(std::string_view text, unsigned last) {
    const auto colon = text.find(':');
    const auto range = text.substr(0, colon);
    const auto dash = range.find('-');
    const bool is_range = dash != std::string_view::npos;
    const auto first = is_all(range) ? 0 : number_of(range.substr(0, dash), last);
    const auto end = is_all(range) ? last : is_range ? number_of(range.substr(dash + 1), last) : first;
    if (!first || !end || *first > *end || *end >= CpuSet::limit) return std::nullopt;
    if (colon == std::string_view::npos) return CpuSet::range(*first, *end);
    if (!is_range && !is_all(range)) return std::nullopt;
    return pattern_of(text.substr(colon + 1), *first, *end, last);
}
} // namespace

std::optional<CpuSet> parse_kernel_list(std::string_view text, unsigned last) {
    CpuSet cpus;
    for (auto at = text.find_first_not_of(between_regions); at != std::string_view::npos;) {
        const auto end = std::min(text.find_first_of(between_regions, at), text.size());
        const auto region = region_of(text.substr(at, end - at), last);
        if (!region) return std::nullopt;
        cpus |= *region;
        at = text.find_first_not_of(between_regions, end);
    }
    return cpus;
}

} // namespace hostlease

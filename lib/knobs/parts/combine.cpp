#include "knobs/parts/combine.hpp"

#include "core/kernel_text.hpp"
#include "core/parse.hpp"

#include <algorithm>

namespace hostlease {

namespace {
Agreement agreement_on(std::string_view value, std::span<const std::string> claims, Agreement otherwise) {
    const bool all_equal = std::all_of(claims.begin(), claims.end(),
                                       [&](const auto& claim) { return same_value(claim, value); });
    return all_equal ? Agreement::full : otherwise;
}

CpuSet cpus_of(std::string_view list) { return parse_cpu_list(list).value_or(CpuSet{}); }
} // namespace

Combined combine_sum(std::string_view baseline, std::span<const std::string> claims) {
    std::uint64_t sum = parse_integer<std::uint64_t>(baseline).value_or(0);
    for (const auto& claim : claims)
        sum += parse_integer<std::uint64_t>(claim).value_or(0);
    return {std::to_string(sum), Agreement::full};
}

Combined combine_must_agree(std::string_view, std::span<const std::string> claims) {
    return {claims.front(), agreement_on(claims.front(), claims, Agreement::conflict)};
}

Combined combine_word_wins(std::string_view word, std::span<const std::string> claims) {
    const auto found = std::find(claims.begin(), claims.end(), word);
    const auto& value = found == claims.end() ? claims.front() : *found;
    return {value, agreement_on(value, claims, Agreement::outranked)};
}

Combined combine_off_wins(std::string_view, std::span<const std::string> claims) {
    return combine_word_wins("0", claims);
}

Combined combine_by_rank(std::span<const std::string_view> ranking, std::span<const std::string> claims) {
    const auto rank = [&](const std::string& claim) {
        return std::find(ranking.begin(), ranking.end(), claim) - ranking.begin();
    };
    const auto best = std::min_element(claims.begin(), claims.end(),
                                       [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    return {*best, agreement_on(*best, claims, Agreement::outranked)};
}

Combined combine_least(std::int64_t (*measure)(const std::string& claim),
                       std::span<const std::string> claims) {
    const auto least = std::min_element(
        claims.begin(), claims.end(), [&](const auto& a, const auto& b) { return measure(a) < measure(b); });
    return {*least, agreement_on(*least, claims, Agreement::outranked)};
}

Combined combine_cpus_left(std::string_view baseline, std::span<const std::string> claims) {
    CpuSet left = cpus_of(claims.front());
    Agreement agreement = Agreement::full;
    for (const auto& claim : claims) {
        const CpuSet cpus = cpus_of(claim);
        if (left.intersects(cpus))
            left &= cpus;
        else
            agreement = Agreement::outranked;
    }
    const CpuSet before = cpus_of(baseline);
    return {to_list(before.intersects(left) ? before & left : left), agreement};
}

std::string_view without_mark(std::string_view cpus) {
    for (const auto mark : {inherited_mark, set_mark})
        if (cpus.ends_with(mark)) cpus.remove_suffix(mark.size());
    return cpus;
}

bool serves_within(std::string_view found, std::string_view wanted) {
    const CpuSet cpus = cpus_of(found);
    return !cpus.empty() && cpus.is_subset_of(cpus_of(wanted));
}

bool becomes_within(std::string_view wrote, std::string_view found) { return serves_within(found, wrote); }

Combined combine_cpu_union(std::string_view baseline, std::span<const std::string> claims) {
    CpuSet cpus = cpus_of(baseline);
    for (const auto& claim : claims)
        cpus |= cpus_of(claim);
    return {to_list(cpus), Agreement::full};
}

} // namespace hostlease

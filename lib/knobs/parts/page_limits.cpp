#include "knobs/parts/page_limits.hpp"

#include "core/parse.hpp"
#include "core/units.hpp"

#include <algorithm>

namespace hostlease {

namespace {
std::uint64_t limit_of_others(const PlanInput& input) {
    std::uint64_t limit = 0;
    for (const auto& lease : input.others)
        if (const Claim* claim = lease.limit(LimitKind::host_free_min);
            claim != nullptr && lease.holds(*claim))
            limit = std::max(limit, parse_integer<std::uint64_t>(claim->value).value_or(0));
    return limit;
}
} // namespace

std::optional<std::uint64_t> own_host_free_min(const Policy& policy) {
    const Setting* setting = policy.find(host_free_min_key);
    const Bytes* bytes = setting == nullptr ? nullptr : std::get_if<Bytes>(&setting->value);
    return bytes == nullptr ? std::nullopt : std::optional(bytes->count);
}

PageLimits page_limits(const PlanInput& input) {
    const auto others = limit_of_others(input);
    const auto own = own_host_free_min(input.policy);
    const bool is_set = input.policy.find(host_free_min_key) != nullptr;
    PageLimits limits;
    for (const auto& node : input.facts.nodes) {
        const auto otherwise = is_set ? 0 : std::max<std::uint64_t>(GiB, node.memory / 20);
        limits.host_free_min[node.id] = std::max(own.value_or(otherwise), others);
        if (is_set && !own && others == 0) limits.unlimited.add(node.id);
    }
    return limits;
}

} // namespace hostlease

#include "core/uuid.hpp"
#include "read/policy_toml.hpp"

#include <algorithm>
#include <fnmatch.h>
#include <tuple>

namespace hostlease {

namespace {
constexpr std::size_t most_bases = 16;

/// Adds the settings of `base` that `policy` does not have.
void merge_base(Policy& policy, const Policy& base) {
    policy.settings.insert(base.settings.begin(), base.settings.end());
    policy.enforce.insert(base.enforce.begin(), base.enforce.end());
    if (policy.sysfs.empty()) policy.sysfs = base.sysfs;
    if (policy.commands.empty()) policy.commands = base.commands;
    if (!policy.audit_ignore) policy.audit_ignore = base.audit_ignore;
    for (const auto& target : base.report) {
        const bool has_own = std::any_of(policy.report.begin(), policy.report.end(),
                                         [&](const ReportTarget& own) { return own.name == target.name; });
        if (!has_own) policy.report.push_back(target);
    }
}

tl::unexpected<Diagnostics> broken(const SourcePosition& position, std::string message,
                                   std::string hint = {}) {
    Diagnostics diagnostics;
    diagnostics.error(position, std::move(message), std::move(hint));
    return tl::unexpected<Diagnostics>(std::move(diagnostics));
}

std::string chain_text(const std::vector<std::string>& chain) {
    std::string text;
    for (const auto& name : chain)
        text += (text.empty() ? "" : " -> ") + name;
    return text;
}

struct Rank {
    MatchStrength strength = MatchStrength::none;
    std::size_t pattern_length = 0; // of a glob
    std::int64_t priority = 0;
    auto operator<=>(const Rank&) const = default;
};

bool is_glob(std::string_view pattern) { return pattern.find_first_of("*?[\\") != std::string_view::npos; }

Rank rank_name(const Policy& policy, const std::string& domain_name) {
    Rank best;
    for (const auto& pattern : policy.match.domains) {
        if (!is_glob(pattern) && pattern == domain_name)
            best = std::max(best, Rank{MatchStrength::exact_name, 0, 0});
        if (is_glob(pattern) && ::fnmatch(pattern.c_str(), domain_name.c_str(), 0) == 0)
            best = std::max(best, Rank{MatchStrength::glob, pattern.size(), 0});
    }
    const bool by_file = policy.match.domains.empty() && policy.match.uuids.empty();
    if (by_file && policy.name == domain_name) best.strength = MatchStrength::exact_name;
    return best;
}

Rank rank(const Policy& policy, const std::string& domain_name, const std::optional<std::string>& uuid) {
    const auto is_it = [&](const std::string& candidate) { return canonical_uuid(candidate) == uuid; };
    Rank rank = rank_name(policy, domain_name);
    if (uuid && std::any_of(policy.match.uuids.begin(), policy.match.uuids.end(), is_it))
        rank = {MatchStrength::uuid, 0, 0};
    rank.priority = policy.match.priority;
    return rank;
}
} // namespace

tl::expected<Policy, Diagnostics> follow_extends(Policy policy, const PolicyLookup& lookup) {
    std::vector<std::string> chain{policy.name};
    std::string next = policy.extends;
    SourcePosition position = policy.extends_position;
    while (!next.empty()) {
        const bool seen = std::find(chain.begin(), chain.end(), next) != chain.end();
        chain.push_back(next);
        if (seen)
            return broken(position, "extends forms a cycle: " + chain_text(chain),
                          "remove one of these extends");
        if (chain.size() > most_bases + 1)
            return broken(position, "extends chains more than 16 policies: " + chain_text(chain));
        auto base = lookup(next);
        if (!base)
            return broken(position, "policy '" + next + "' in extends does not exist",
                          "hostlease looks for policies in /etc/hostlease and /usr/share/hostlease/policies");
        if (!*base) {
            auto failure = broken(position, "the policy '" + next + "' that this one extends has errors");
            failure.value().append(base->error());
            return failure;
        }
        merge_base(policy, **base);
        next = (*base)->extends;
        position = (*base)->extends_position;
    }
    return policy;
}

PolicyChoice choose_policy(std::span<const Policy> policies, std::string_view domain_name,
                           std::string_view uuid) {
    const std::string name(domain_name);
    const auto canonical = canonical_uuid(uuid);
    Rank best;
    std::vector<const Policy*> winners;
    for (const auto& policy : policies) {
        const auto current = rank(policy, name, canonical);
        if (current.strength == MatchStrength::none || (!winners.empty() && current < best)) continue;
        if (winners.empty() || current > best) winners.clear();
        best = current;
        winners.push_back(&policy);
    }
    if (winners.empty()) return {};
    std::sort(winners.begin(), winners.end(), [](const Policy* left, const Policy* right) {
        return std::tie(left->name, left->file) < std::tie(right->name, right->file);
    });
    return {winners.front(), best.strength, {winners.begin() + 1, winners.end()}};
}

} // namespace hostlease

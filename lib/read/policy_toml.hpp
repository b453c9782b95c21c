// Policy files -> Policy: reading, following extends, and choosing the policy of a domain. Pure functions.
#pragma once

#include "core/diagnostic.hpp"
#include "model/domain.hpp"
#include "model/policy.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace hostlease {

/// Reads one policy file by itself; stores extends but does not follow it. `keys` is the whole policy
/// language. On failure returns every error of the file, or the first syntax error: unknown tables and keys
/// (with the nearest known one), wrong types, units and ranges, an unsupported version, sysfs paths outside
/// /sys and /proc/sys or with "..".
tl::expected<Policy, Diagnostics> read_policy(std::string_view text, const std::string& file,
                                              std::string_view name, std::span<const KeySpec> keys);

/// Reads only the name, file and match of a policy, to choose one. Ignores errors in the other tables. Does
/// not parse a file without "match", because the hook reads the head of every policy at every VM start.
/// Fails on syntax errors and on a wrong [match].
tl::expected<Policy, Diagnostics> read_policy_head(std::string_view text, const std::string& file,
                                                   std::string_view name);

/// Finds a policy by name for extends: the parsed policy, or its errors; nullopt if there is none.
using PolicyLookup = std::function<std::optional<tl::expected<Policy, Diagnostics>>(std::string_view name)>;

/// Merges the bases of `policy` into it, key by key. The policy's own values win, its arrays replace those
/// of a base, and match and priority are not inherited. Each value keeps its position. Fails on unknown
/// names, cycles, chains of more than 16 bases, and bases with errors.
tl::expected<Policy, Diagnostics> follow_extends(Policy policy, const PolicyLookup& lookup);

/// How strongly a policy matches; higher wins.
enum class MatchStrength { none, glob, exact_name, uuid };

/// The result of choose_policy().
struct PolicyChoice {
    const Policy* policy = nullptr; // nullptr: no policy matches
    MatchStrength strength = MatchStrength::none;
    std::vector<const Policy*> tied; // others that match equally well; the first by name was chosen
};

/// Chooses the policy with the strongest match: uuid > exact name > glob (longer glob first); then
/// match.priority; then the first by name, with the others in `tied`. fnmatch(3) without flags matches
/// globs. A policy without match.domain and match.uuid matches the domain that is named like its file.
PolicyChoice choose_policy(std::span<const Policy> policies, std::string_view domain_name,
                           std::string_view uuid);

} // namespace hostlease

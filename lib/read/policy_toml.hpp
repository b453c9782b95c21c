// Policy files -> Policy: reading, extends, and which policy a domain gets. Pure: texts in, models out.
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

/// Reads one policy file by itself (extends is noted, not followed). `keys` is the whole policy language. On
/// failure every error of the file: syntax, unknown tables and keys (with the nearest known one), wrong
/// types, units, ranges, keys this version does not support, sysfs paths outside /sys and /proc/sys or with
/// "..".
tl::expected<Policy, Diagnostics> read_policy(std::string_view text, const std::string& file,
                                              std::string_view name, std::span<const KeySpec> keys);

/// Only the name, file and match of a policy, for choosing one; the rest of the file may hold any mistakes. A
/// file that does not say "match" is not even parsed: the hook asks this of every policy at every VM start.
/// Fails on syntax errors and on a broken [match].
tl::expected<Policy, Diagnostics> read_policy_head(std::string_view text, const std::string& file,
                                                   std::string_view name);

/// Finds a policy by name for extends: the parsed policy, or the diagnostics of why not; nullopt when there
/// is none.
using PolicyLookup = std::function<std::optional<tl::expected<Policy, Diagnostics>>(std::string_view name)>;

/// `policy` with its bases merged in, table by table; its own values win, arrays replace, match and priority
/// are its own. Each value keeps the position it was written at. Fails on unknown names, cycles, chains past
/// 16, and broken bases.
tl::expected<Policy, Diagnostics> follow_extends(Policy policy, const PolicyLookup& lookup);

/// How strongly a policy matches; higher wins.
enum class MatchStrength { none, glob, exact_name, uuid };

/// What choosing among the policies found.
struct PolicyChoice {
    const Policy* policy = nullptr; // nullptr: no policy matches
    MatchStrength strength = MatchStrength::none;
    std::vector<const Policy*> tied; // others that match just as well; the first by name was chosen
};

/// uuid > exact name > glob (longer glob first); then match.priority; then by name, with the rest in `tied`.
/// Names are matched by fnmatch(3) without flags; a policy without [match] matches the domain named like its
/// file.
PolicyChoice choose_policy(std::span<const Policy> policies, std::string_view domain_name,
                           std::string_view uuid);

} // namespace hostlease

// Policies on this host: where they are, whether they may be trusted, and which one a domain gets.
#pragma once

#include "core/diagnostic.hpp"
#include "core/error.hpp"
#include "host/host.hpp"
#include "model/domain.hpp"
#include "model/policy.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace hostlease {

constexpr const char* admin_policies = "/etc/hostlease";
constexpr const char* shipped_policies = "/usr/share/hostlease/policies";

/// Paths of the policy files in a directory, sorted; none when there is no such directory.
Result<std::vector<std::string>> policy_files(Host& host, const std::string& directory);

/// One policy with its bases merged in. Fails when the file is not a regular one owned by us and writable by
/// us alone, and for all that read_policy and follow_extends refuse.
tl::expected<Policy, Diagnostics> load_policy(Host& host, const std::string& path);

/// The same for a file that the user of the command names: outside of the root, with the user's own trust.
/// Its bases are the host's.
tl::expected<Policy, Diagnostics> load_policy_text(Host& host, const std::string& path,
                                                   std::string_view text);

/// The effective policy of this name, the admin's before the shipped; nullopt when there is none.
std::optional<tl::expected<Policy, Diagnostics>> load_policy_named(Host& host, std::string_view name);

/// The admin's policies by what they match. `broken` are files that cannot tell: not to be trusted, or not
/// even TOML.
struct PolicyHeads {
    std::vector<Policy> policies;
    std::map<std::string, Diagnostics> broken; // by path
    std::optional<Error> unreadable;           // the whole directory

    /// False when no policy here can be for a domain of this name, whatever its uuid.
    [[nodiscard]] bool may_match(const std::string& domain_name) const;
};

PolicyHeads read_policy_heads(Host& host);

/// The effective policy that matches `domain`, or nullopt when none does or its metadata says "none". Order:
/// metadata > uuid > exact name > glob. Fails when the chosen policy is broken, when metadata names an
/// unknown one, and when a broken file carries the domain's name. Other broken files, and ties, come as
/// warnings.
tl::expected<std::optional<Policy>, Diagnostics> matching_policy(Host& host, const PolicyHeads& heads,
                                                                 const Domain& domain, Diagnostics& warnings);

/// The policy that `domain` leases by: the matching one, or nullopt when that speaks of nothing but audits.
tl::expected<std::optional<Policy>, Diagnostics> policy_for(Host& host, const PolicyHeads& heads,
                                                            const Domain& domain, Diagnostics& warnings);

} // namespace hostlease

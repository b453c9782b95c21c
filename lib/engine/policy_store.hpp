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

/// Paths of the policy files in a directory, sorted; empty if the directory does not exist.
Result<std::vector<std::string>> policy_files(Host& host, const std::string& directory);

/// One policy with its bases merged in. Fails if the file is not a regular file that root owns and only root
/// may write to, and in all cases in which read_policy and follow_extends fail.
tl::expected<Policy, Diagnostics> load_policy(Host& host, const std::string& path);

/// The same for a file that the user names on the command line: outside the root, trusted by the user. Its
/// bases come from the host.
tl::expected<Policy, Diagnostics> load_policy_text(Host& host, const std::string& path,
                                                   std::string_view text);

/// The effective policy of this name, the admin's before a shipped one; nullopt if there is none.
std::optional<tl::expected<Policy, Diagnostics>> load_policy_named(Host& host, std::string_view name);

/// The admin's policies by their match. `broken` has files whose match is unknown: untrusted files, or files
/// that are not TOML.
struct PolicyHeads {
    std::vector<Policy> policies;
    std::map<std::string, Diagnostics> broken; // by path
    std::optional<Error> unreadable;           // the whole directory is unreadable

    /// False if no policy here can match a domain of this name, whatever its uuid.
    [[nodiscard]] bool may_match(const std::string& domain_name) const;
};

PolicyHeads read_policy_heads(Host& host);

/// The effective policy that matches `domain`; nullopt if none matches, or if its metadata says "none".
/// Order: metadata > uuid > exact name > glob. Fails if the chosen policy is broken, if the metadata names an
/// unknown one, or if a broken file has the domain's name. Other broken files, and ties, are reported as
/// warnings.
tl::expected<std::optional<Policy>, Diagnostics> matching_policy(Host& host, const PolicyHeads& heads,
                                                                 const Domain& domain, Diagnostics& warnings);

/// The policy that `domain` leases by: the matching one, or nullopt if that policy only concerns audits.
tl::expected<std::optional<Policy>, Diagnostics> policy_for(Host& host, const PolicyHeads& heads,
                                                            const Domain& domain, Diagnostics& warnings);

} // namespace hostlease

#include "engine/policy_store.hpp"

#include "host/trusted_file.hpp"
#include "knobs/knob.hpp"
#include "read/policy_toml.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::string_view suffix = ".toml";

tl::unexpected<Diagnostics> one_error(SourcePosition position, std::string message, std::string hint) {
    Diagnostics list;
    list.error(std::move(position), std::move(message), std::move(hint));
    return tl::unexpected<Diagnostics>(std::move(list));
}

std::string stem_of(const std::string& path) {
    const auto slash = path.rfind('/');
    std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
    return name;
}

/// The text of a file, if it may be trusted.
tl::expected<std::string, Diagnostics> read_trusted(Host& host, TrustedFiles& files,
                                                    const std::string& path) {
    const SourcePosition place{path, 0, 0};
    const auto file = files.find(path);
    if (!file)
        return one_error(place,
                         "this policy " + file.error().why +
                             (file.error().remedy.empty() ? "" : ", but it controls what runs as root"),
                         file.error().remedy);
    if (file->status.type != FileStatus::Type::regular)
        return one_error(place, "a policy must be a regular file",
                         "move it away, or put a file in its place");
    auto text = host.read(file->path);
    if (text) return std::move(*text);
    text.error().path.clear(); // the diagnostic already names the file
    return one_error(place, text.error().text(),
                     text.error().is_forbidden() && host.user() != 0 ? "run this command as root" : "");
}

/// The policy in the file, without its bases.
tl::expected<Policy, Diagnostics> read_file(Host& host, const std::string& path) {
    TrustedFiles files(host);
    const auto text = TRY(read_trusted(host, files, path));
    return read_policy(text, path, stem_of(path), policy_keys());
}

std::optional<std::string> find_file(Host& host, std::string_view name) {
    if (name.empty() || name.front() == '.' || name.find('/') != std::string_view::npos) return std::nullopt;
    for (const std::string directory : {admin_policies, shipped_policies}) {
        std::string path = directory + "/" + std::string(name) + std::string(suffix);
        if (const auto status = host.status(path); status || !is_missing(status.error())) return path;
    }
    return std::nullopt;
}

tl::expected<Policy, Diagnostics> with_bases(Host& host, Policy policy) {
    return follow_extends(std::move(policy),
                          [&](std::string_view name) -> std::optional<tl::expected<Policy, Diagnostics>> {
                              const auto path = find_file(host, name);
                              if (!path) return std::nullopt;
                              return read_file(host, *path);
                          });
}

tl::expected<std::optional<Policy>, Diagnostics> policy_of_metadata(Host& host, const Domain& domain) {
    if (domain.policy == "none") return std::optional<Policy>{};
    auto policy = load_policy_named(host, domain.policy);
    if (!policy)
        return one_error({},
                         "policy '" + domain.policy + "' in <metadata> (line " +
                             std::to_string(domain.policy_line) + " of the domain's XML) does not exist",
                         std::string("hostlease looks for policies in ") + admin_policies + " and " +
                             shipped_policies);
    return std::optional(TRY(*std::move(policy)));
}
} // namespace

Result<std::vector<std::string>> policy_files(Host& host, const std::string& directory) {
    std::vector<std::string> paths;
    for (const auto& name : TRY(host.list_if_present(directory)))
        if (name.ends_with(suffix) && !name.starts_with('.')) paths.push_back(directory + "/" + name);
    return paths;
}

tl::expected<Policy, Diagnostics> load_policy(Host& host, const std::string& path) {
    auto policy = read_file(host, path);
    if (!policy) return policy;
    return with_bases(host, std::move(*policy));
}

tl::expected<Policy, Diagnostics> load_policy_text(Host& host, const std::string& path,
                                                   std::string_view text) {
    auto policy = read_policy(text, path, stem_of(path), policy_keys());
    if (!policy) return policy;
    return with_bases(host, std::move(*policy));
}

std::optional<tl::expected<Policy, Diagnostics>> load_policy_named(Host& host, std::string_view name) {
    const auto path = find_file(host, name);
    if (!path) return std::nullopt;
    return load_policy(host, *path);
}

bool PolicyHeads::may_match(const std::string& domain_name) const {
    if (unreadable) return true;
    if (choose_policy(policies, domain_name, {}).policy != nullptr) return true;
    if (std::any_of(policies.begin(), policies.end(),
                    [](const Policy& policy) { return !policy.match.uuids.empty(); }))
        return true;
    return std::any_of(broken.begin(), broken.end(),
                       [&](const auto& file) { return stem_of(file.first) == domain_name; });
}

PolicyHeads read_policy_heads(Host& host) {
    PolicyHeads heads;
    const auto paths = policy_files(host, admin_policies);
    if (!paths) {
        heads.unreadable = paths.error();
        return heads;
    }
    TrustedFiles files(host);
    for (const auto& path : *paths) {
        const auto text = read_trusted(host, files, path);
        auto head =
            text ? read_policy_head(*text, path, stem_of(path)) : tl::unexpected<Diagnostics>(text.error());
        if (head)
            heads.policies.push_back(std::move(*head));
        else
            heads.broken.emplace(path, head.error());
    }
    return heads;
}

tl::expected<std::optional<Policy>, Diagnostics>
matching_policy(Host& host, const PolicyHeads& heads, const Domain& domain, Diagnostics& warnings) {
    if (!domain.policy.empty()) return policy_of_metadata(host, domain);
    if (heads.unreadable)
        return one_error({}, heads.unreadable->text(), "the domain's policy cannot be determined");
    for (const auto& [path, errors] : heads.broken) {
        // the broken policy may match this domain, but only its name shows it
        if (stem_of(path) == domain.name) return tl::unexpected<Diagnostics>(errors);
        warnings.warning({path, 0, 0}, "this policy has errors and is not used for any domain",
                         "run: hostlease check " + path);
    }
    const auto choice = choose_policy(heads.policies, domain.name, domain.uuid);
    if (choice.policy == nullptr) return std::optional<Policy>{};
    for (const auto* tied : choice.tied)
        warnings.warning(tied->match.position,
                         "this policy matches '" + domain.name + "' just as well as " + choice.policy->file +
                             ", which is used",
                         "set match.priority in one of them");
    return std::optional(TRY(load_policy(host, choice.policy->file)));
}

tl::expected<std::optional<Policy>, Diagnostics> policy_for(Host& host, const PolicyHeads& heads,
                                                            const Domain& domain, Diagnostics& warnings) {
    auto policy = matching_policy(host, heads, domain, warnings);
    if (policy && *policy && (*policy)->leases_nothing()) return std::optional<Policy>{};
    return policy;
}

} // namespace hostlease

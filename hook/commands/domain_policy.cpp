#include "command.hpp"

#include "engine/policy_store.hpp"
#include "read/domain_xml.hpp"

namespace hostlease {

namespace {
Result<std::string> read_xml(const CommandOptions& options, DomainXml kind) {
    if (!options.xml.empty()) return read_user_file(options.xml, domain_xml_limit);
    if (options.words.size() == 1) return read_libvirt_domain(options.connect, options.words.front(), kind);
    return fail(ErrorKind::usage, "plan and apply need --xml FILE, or the name of one domain");
}
} // namespace

tl::expected<Domain, ExitCode> read_domain(const CommandOptions& options, DomainXml kind) {
    const auto xml = read_xml(options, kind);
    if (!xml) return tl::unexpected(complain(xml.error()));
    const auto identity = kind == DomainXml::defined ? DomainIdentity::may_be_missing : DomainIdentity::required;
    auto domain = read_domain_xml(*xml, options.xml.empty() ? options.words.front() : options.xml, identity);
    if (domain) return std::move(*domain);
    complain(domain.error().text());
    return tl::unexpected(ExitCode::bad_input);
}

tl::expected<std::optional<Policy>, Diagnostics> choose_policy(Host& host, const CommandOptions& options, const Domain& domain,
                                                               Diagnostics& warnings) {
    if (options.policy.empty()) return policy_for(host, read_policy_heads(host), domain, warnings);
    auto policy = options.policy.find('/') == std::string::npos ? load_policy_named(host, options.policy) : std::nullopt;
    if (!policy) policy = load_policy_file(host, options.policy);
    if (!*policy) return tl::unexpected<Diagnostics>(policy->error());
    return std::optional<Policy>(std::move(**policy));
}

} // namespace hostlease

#include "command.hpp"

#include "engine/policy_store.hpp"
#include "read/domain_xml.hpp"

namespace hostlease {

namespace {
Result<std::string> read_xml(const DomainSource& source, DomainXml kind) {
    if (source.xml.empty() == source.names.empty())
        return fail(ErrorKind::usage, "name one domain, or give its XML with --xml FILE");
    if (!source.xml.empty()) return read_user_file(source.xml, domain_xml_limit);
    return read_libvirt_domain(source.connect, source.names.front(), kind);
}
} // namespace

void add_domain_source(OptionList& list, DomainSource& source) {
    list.text("--xml", "FILE", source.xml, "domain XML; - is standard input",
              {.sources = {Candidates::Source::files}});
    add_connect(list, source.connect);
    list.words(0, 1, source.names, {{.sources = {Candidates::Source::domains}}});
}

tl::expected<Domain, ExitCode> read_domain(const DomainSource& source, DomainXml kind) {
    const auto xml = read_xml(source, kind);
    if (!xml) return tl::unexpected(complain(xml.error()));
    const auto identity =
        kind == DomainXml::defined ? DomainIdentity::may_be_missing : DomainIdentity::required;
    auto domain = read_domain_xml(*xml, source.xml.empty() ? source.names.front() : source.xml, identity);
    if (domain) return std::move(*domain);
    complain(domain.error().text());
    return tl::unexpected(ExitCode::bad_input);
}

tl::expected<std::optional<Policy>, Diagnostics> choose_policy(Host& host, const std::string& policy,
                                                               const Domain& domain, Diagnostics& warnings) {
    if (policy.empty()) return policy_for(host, read_policy_heads(host), domain, warnings);
    auto loaded = policy.find('/') == std::string::npos ? load_policy_named(host, policy) : std::nullopt;
    if (!loaded) loaded = load_policy_file(host, policy);
    if (!*loaded) return tl::unexpected<Diagnostics>(loaded->error());
    return std::optional<Policy>(std::move(**loaded));
}

} // namespace hostlease

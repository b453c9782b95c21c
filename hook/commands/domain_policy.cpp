#include "command.hpp"

#include "engine/policy_store.hpp"
#include "ledger/ledger.hpp"
#include "read/domain_xml.hpp"

namespace hostlease {

namespace {
Result<std::string> read_xml(const DomainSource& source, DomainXml kind) {
    if (source.xml.empty() && source.names.empty())
        return fail(ErrorKind::usage, "name one domain, or give its XML with --xml FILE");
    if (!source.xml.empty() && !source.names.empty())
        return fail(ErrorKind::usage, "name a domain or give its XML with --xml FILE, not both");
    if (!source.xml.empty()) return read_user_file(source.xml, domain_xml_limit);
    return read_libvirt_domain(source.connect, source.names.front(), kind,
                               " (give its XML with --xml instead)");
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
    if (!loaded && policy.find('/') == std::string::npos && !policy.ends_with(".toml")) {
        Diagnostics unknown;
        unknown.error({}, "no policy '" + policy + "'",
                      "`hostlease policy list` lists the policies; name a file by its path, such as ./" +
                          policy + ".toml");
        return tl::unexpected(unknown);
    }
    if (!loaded) loaded = load_policy_file(host, policy);
    if (!*loaded) return tl::unexpected<Diagnostics>(loaded->error());
    return std::optional<Policy>(std::move(**loaded));
}

Result<LedgerContent> read_ledger(Host& host, Diagnostics& warnings) {
    auto content = Ledger::peek(host);
    if (content || !content.error().is_forbidden()) return content;
    warnings.warning(
        {}, "cannot read the ledger; the leases of other VMs are not counted: " + content.error().text(),
        run_as_root(content.error()));
    return LedgerContent{};
}

} // namespace hostlease

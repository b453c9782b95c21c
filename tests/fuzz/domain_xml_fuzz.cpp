// A domain's XML, written by a user who may define domains: read, audited and planned for.
#include "advice/audit/render.hpp"
#include "read/domain_xml.hpp"
#include "scene.hpp"

#include <cctype>

using namespace hostlease;
using namespace hostlease::fuzz;

namespace {
/// Every knob whose claims depend on the domain.
constexpr std::string_view policy_text = R"(version = 1
[hugepages]
reserve = "auto"
[cpus]
isolate = "pinned"
[irqs]
affinity = "housekeeping"
balancer = "ban"
vfio = "pinned"
[workqueues]
affinity = "housekeeping"
[power]
governor = "performance"
wakeup_latency = "50us"
[storage]
scheduler = "none"
[threads]
vcpu = "fifo:1"
emulator = "fifo:1"
iothread = "fifo:1"
[[command]]
run = ["/usr/bin/true"]
)";

const Policy& full_policy() {
    static const auto policy = read_policy(policy_text, "/etc/hostlease/full.toml", "full", policy_keys());
    require(policy.has_value(), "the policy is right", policy ? "" : policy.error().text());
    return *policy;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80)
            out += c;
        else
            out += "&#" + std::to_string(static_cast<unsigned char>(c)) + ";";
    return out;
}

/// Texts that become the name of a file, a field of the journal or a word on a terminal.
void check_identity(const Domain& domain) {
    require(!domain.name.empty() && domain.name.find_first_of(std::string("/\n\0", 3)) == std::string::npos,
            "a name is a name", domain.name);
    require(!find_invalid_utf8(domain.name) && !find_invalid_utf8(domain.policy), "names are UTF-8",
            domain.name);
    require(domain.uuid.empty() || domain.uuid.size() == 36, "a UUID has one length", domain.uuid);
    require(domain.uuid.find_first_not_of("0123456789abcdef-") == std::string::npos, "a UUID has one form",
            domain.uuid);
    const auto again = read_domain_xml("<domain type='kvm'><name>" + escaped(domain.name) +
                                           "</name><memory>1</memory></domain>",
                                       "vm.xml", DomainIdentity::may_be_wrong);
    require(again && again->name == domain.name, "a name is taken as it is", domain.name);
}

void check_audit(std::string_view text, const Domain& domain, const AuditFacts* host) {
    const auto document = XmlDocument::parse(text);
    require(document.has_value(), "what was read is XML");
    AuditInput input{.root = document->root(), .domain = domain};
    input.guest = guess_guest(input.root, domain, input.windows);
    input.vendor = guess_vendor(input.root);
    input.host = host;
    input.policy = &full_policy();
    const auto report = audit(input, "vm.xml");
    require(is_printable(render_text(report)), "an audit is plain text", render_text(report));
    require(!find_invalid_utf8(render_markdown(report)), "an audit's Markdown is UTF-8");
    require(parse_json(render_json(report), "audit").has_value(), "an audit's JSON can be read",
            render_json(report));
    require(parse_json(render_sarif(report, "1"), "audit").has_value(), "an audit's SARIF can be read");
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const AuditFacts host{.host = made_host()};
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto strict = read_domain_xml(text, "vm.xml");
    if (!strict) check_errors(strict.error(), text);
    const auto domain = read_domain_xml(text, "vm.xml", DomainIdentity::may_be_wrong);
    if (!domain) {
        check_errors(domain.error(), text);
        require(!strict, "what is right stays right without a UUID", text);
        return 0;
    }
    require(!strict || *strict == *domain, "a domain is one domain", text);
    check_identity(*domain);
    check_audit(text, *domain, nullptr);
    check_audit(text, *domain, &host);
    check_plan(*domain, full_policy(), host.host);
    return 0;
}

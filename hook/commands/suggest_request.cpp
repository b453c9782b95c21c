#include "suggest_request.hpp"

#include "audit_host.hpp"
#include "core/parse.hpp"
#include "core/units.hpp"
#include "engine/policy_store.hpp"
#include "host/cpu_topology.hpp"
#include "host/topology.hpp"
#include "read/domain_xml.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr unsigned most_vcpus = 4096; // QEMU 9.1 and newer, for any machine type

Result<RuleGroup> group_named(std::string_view name) {
    const auto settable = settable_groups();
    std::vector<std::string_view> names;
    std::string list;
    for (const auto& one : settable) {
        if (name_of(one.group) == name) return one.group;
        names.push_back(name_of(one.group));
        list += (list.empty() ? "" : ", ") + std::string(name_of(one.group));
    }
    const auto meant = nearest_word(name, names);
    return fail(ErrorKind::usage,
                "no group is called '" + std::string(name) + "'\n  hint: " +
                    (meant.empty() ? "the groups are " + list : "did you mean '" + meant + "'?"));
}

/// The groups of --set, or the default ones that fit the guest.
std::set<RuleGroup> groups_of(const SuggestOptions& options, Guest guest) {
    if (!options.groups.empty()) return options.groups;
    std::set<RuleGroup> groups;
    for (const auto& one : settable_groups())
        if (one.by_default && (one.group != RuleGroup::hyperv || guest == Guest::windows))
            groups.insert(one.group);
    return groups;
}

Status check_guest(const SuggestRequest& request) {
    if (request.guest != Guest::unknown) return {};
    const auto settable = settable_groups();
    const auto asking = std::find_if(settable.begin(), settable.end(), [&](const SettableGroup& one) {
        return one.needs_guest && request.groups.contains(one.group);
    });
    if (asking == settable.end()) return {};
    return fail(ErrorKind::usage,
                "the XML does not name the guest's system, which '" + std::string(name_of(asking->group)) +
                    "' depends on\n  hint: use --for windows, --for linux, --for macos or --for other");
}

void find_policy(Host& host, SuggestSubject& subject) {
    Diagnostics warnings;
    auto policy = matching_policy(host, read_policy_heads(host), subject.domain, warnings);
    if (!policy)
        complain(policy.error().text());
    else
        subject.policy = std::move(*policy);
    if (!warnings.all().empty()) complain(warnings.text());
}
} // namespace

std::vector<std::string> settable_group_names() {
    std::vector<std::string> names;
    for (const auto& one : settable_groups())
        names.emplace_back(name_of(one.group));
    return names;
}

Result<unsigned> parse_vcpus(const std::string& text) {
    const auto vcpus = parse_integer<unsigned>(text);
    if (vcpus && *vcpus >= 1 && *vcpus <= most_vcpus) return *vcpus;
    return fail(ErrorKind::usage, "'" + text + "' is not a number from 1 to " + std::to_string(most_vcpus));
}

Result<std::uint64_t> parse_memory(const std::string& text) {
    const auto memory = parse_size(text);
    if (memory && *memory >= MiB && *memory % MiB == 0) return *memory;
    return fail(ErrorKind::usage, "'" + text + "' is not a size in whole MiB, such as 8GiB or 1536MiB");
}

void add_prefer(OptionList& list, std::optional<CorePreference>& prefer) {
    list.choice(
        "--prefer", "PROPERTY", prefer, "property to prefer where cores differ",
        std::vector<std::pair<std::string, CorePreference>>{{"cache", CorePreference::cache},
                                                            {"frequency", CorePreference::frequency},
                                                            {"efficiency", CorePreference::efficiency}},
        "cache");
}

Result<std::set<RuleGroup>> parse_groups(const std::string& text) {
    std::set<RuleGroup> groups;
    Status status;
    split(text, ',', [&](std::string_view name) {
        const auto group = group_named(trim(name));
        if (group)
            groups.insert(*group);
        else if (status)
            status = tl::unexpected(group.error());
    });
    TRY_VOID(status);
    return groups;
}

Result<SuggestRequest> make_request(Host& host, const SuggestOptions& options, SuggestSubject& subject) {
    const auto document = read_domain_document(subject.xml, subject.file, DomainIdentity::may_be_wrong);
    if (!document) return fail(ErrorKind::domain_invalid, document.error().text());
    Diagnostics warnings;
    subject.facts = TRY(look_at_host(host, subject.domain, document->root(), warnings));
    if (!warnings.all().empty()) complain(warnings.text());
    find_policy(host, subject);
    SuggestRequest request{.text = subject.xml, .file = subject.file, .host = subject.facts, .groups = {}};
    request.guest = guest_of(options.guest, document->root(), subject.domain, request.windows);
    request.vendor = vendor_of(std::nullopt, document->root(), &subject.facts);
    auto topology = read_topology(options.root);
    if (topology) {
        subject.topology = std::move(*topology);
        read_preferred_cores(host, *subject.topology);
    } else {
        request.topology_problem = topology.error().text();
    }
    request.topology = subject.topology ? &*subject.topology : nullptr;
    request.prefer = options.prefer;
    request.near = nodes_of_devices(subject.facts);
    request.policy = subject.policy ? &*subject.policy : nullptr;
    request.libvirt_version = libvirt_version();
    request.groups = groups_of(options, request.guest);
    request.without_pins = options.without_pins;
    if (options.without_pins) request.groups.insert(RuleGroup::pinning);
    request.vcpus = options.vcpus;
    request.memory = options.memory;
    TRY_VOID(check_guest(request));
    return request;
}

} // namespace hostlease

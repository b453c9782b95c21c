#include "suggest_request.hpp"

#include "audit_host.hpp"
#include "core/parse.hpp"
#include "core/units.hpp"
#include "engine/policy_store.hpp"
#include "host/topology.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr unsigned most_vcpus = 4096; // QEMU 9.1 and newer, of any machine

Result<RuleGroup> group_named(std::string_view name) {
    const auto settable = settable_groups();
    std::vector<std::string_view> names;
    for (const auto& one : settable) {
        if (name_of(one.group) == name) return one.group;
        names.push_back(name_of(one.group));
    }
    const auto meant = nearest_word(name, names);
    return fail(ErrorKind::usage, "--set knows no group '" + std::string(name) + "'\n  hint: " +
                                      (meant.empty() ? "it knows " + suggest_groups() : "did you mean '" + meant + "'?"));
}

/// Of devices that are passed through. Source: Documentation/ABI/testing/sysfs-bus-pci, numa_node.
NodeSet nodes_of_devices(Host& host, const Domain& domain) {
    NodeSet nodes;
    for (const auto& device : domain.host_devices) {
        const auto text = host.read("/sys/bus/pci/devices/" + to_text(device.address) + "/numa_node");
        const auto node = text ? parse_integer<int>(trim(*text)) : std::nullopt;
        if (node && *node >= 0 && static_cast<unsigned>(*node) < CpuSet::limit) nodes.add(static_cast<unsigned>(*node));
    }
    return nodes;
}

/// The groups that were asked for, or those of the default that fit the guest.
std::set<RuleGroup> groups_of(const SuggestWishes& wishes, Guest guest) {
    if (!wishes.groups.empty()) return wishes.groups;
    std::set<RuleGroup> groups;
    for (const auto& one : settable_groups())
        if (one.by_default && (one.group != RuleGroup::hyperv || guest == Guest::windows)) groups.insert(one.group);
    return groups;
}

Status check_guest(const SuggestRequest& request) {
    if (request.guest != Guest::unknown) return {};
    const auto settable = settable_groups();
    const auto asking = std::find_if(settable.begin(), settable.end(), [&](const SettableGroup& one) {
        return one.needs_guest && request.groups.contains(one.group);
    });
    if (asking == settable.end()) return {};
    return fail(ErrorKind::usage, "which system the guest runs cannot be told from its XML, and matters to '" +
                                      std::string(name_of(asking->group)) +
                                      "'\n  hint: --for windows, --for linux, --for macos or --for other");
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

std::string suggest_groups() {
    std::string list;
    for (const auto& one : settable_groups())
        list += (list.empty() ? "" : ", ") + std::string(name_of(one.group));
    return list;
}

Result<SuggestWishes> read_wishes(const CommandOptions& options) {
    SuggestWishes wishes;
    if (!options.vcpus.empty()) {
        wishes.vcpus = parse_integer<unsigned>(options.vcpus);
        if (!wishes.vcpus || *wishes.vcpus == 0 || *wishes.vcpus > most_vcpus)
            return fail(ErrorKind::usage,
                        "--vcpus takes a number from 1 to " + std::to_string(most_vcpus) + ", not '" + options.vcpus + "'");
    }
    if (!options.memory.empty()) {
        const auto memory = parse_size(options.memory);
        if (!memory || *memory < MiB || *memory % MiB != 0)
            return fail(ErrorKind::usage, "--memory takes whole MiB, such as 8GiB or 1536MiB, not '" + options.memory + "'");
        wishes.memory = *memory;
    }
    Status known;
    if (!options.set.empty())
        split(options.set, ',', [&](std::string_view name) {
            const auto group = group_named(trim(name));
            if (group)
                wishes.groups.insert(*group);
            else if (known)
                known = tl::unexpected(group.error());
        });
    TRY_VOID(known);
    return wishes;
}

Result<SuggestRequest> make_request(Host& host, const CommandOptions& options, const SuggestWishes& wishes,
                                    SuggestSubject& subject) {
    subject.facts = TRY(look_at_host(host, subject.domain));
    find_policy(host, subject);
    auto document = XmlDocument::parse(subject.xml);
    if (!document) return fail(ErrorKind::domain_invalid, document.error().message);
    SuggestRequest request{.text = subject.xml, .file = subject.file, .host = subject.facts, .groups = {}};
    request.guest = guest_of(options, document->root(), subject.domain, request.windows);
    request.vendor = vendor_of(options, document->root(), &subject.facts);
    auto topology = read_topology(options.root);
    if (topology)
        subject.topology = std::move(*topology);
    else
        request.topology_problem = topology.error().text();
    request.topology = subject.topology ? &*subject.topology : nullptr;
    request.prefer = options.prefer == "frequency" ? CorePreference::frequency : CorePreference::cache;
    request.near = nodes_of_devices(host, subject.domain);
    request.policy = subject.policy ? &*subject.policy : nullptr;
    request.libvirt_version = libvirt_version();
    request.groups = groups_of(wishes, request.guest);
    request.vcpus = wishes.vcpus;
    request.memory = wishes.memory;
    TRY_VOID(check_guest(request));
    return request;
}

} // namespace hostlease

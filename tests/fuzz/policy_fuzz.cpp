// A policy file: read completely, read only for its match, printed as TOML and read again, and used in a
// plan.
#include "scene.hpp"
#include "text/toml.hpp"

using namespace hostlease;
using namespace hostlease::fuzz;

namespace {
/// Without the positions, which printing changes.
Policy placeless(Policy policy) {
    policy.extends_position = policy.match.position = {};
    for (auto& [key, setting] : policy.settings)
        setting.position = {};
    for (auto& entry : policy.sysfs)
        entry.position = {};
    for (auto& entry : policy.commands)
        entry.position = {};
    if (policy.audit_ignore)
        for (auto& rule : *policy.audit_ignore)
            rule.position = {};
    return policy;
}

Domain made_domain() {
    auto domain = test::with_pins(test::with_hugepages(test::domain_with_memory(GiB), 0), {{4}, {5}});
    domain.disks.push_back({.type = "block", .device = "disk", .source = "/dev/sda", .target = "vda"});
    domain.host_devices.push_back({.address = {0, 1, 0, 0}});
    return domain;
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const HostFacts facts = made_host();
    static const Domain domain = made_domain();
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto policy = read_policy(text, "/etc/hostlease/p.toml", "p", policy_keys());
    const auto head = read_policy_head(text, "/etc/hostlease/p.toml", "p");
    if (!head) check_errors(head.error(), text);
    if (!policy) {
        check_errors(policy.error(), text);
        return 0;
    }
    require(head && head->match == policy->match, "the match is the same wherever it is read", text);
    const auto tree = parse_toml(text, "p.toml");
    require(tree.has_value(), "a policy is TOML");
    const auto again = read_policy(to_toml(*tree), "/etc/hostlease/p.toml", "p", policy_keys());
    require(again.has_value(), "a policy that was printed is a policy", to_toml(*tree));
    require(placeless(*again) == placeless(*policy), "a policy that was printed says the same",
            to_toml(*tree));
    for (const auto& entry : policy->sysfs)
        require(entry.path.starts_with("/sys/") || entry.path.starts_with("/proc/sys/"),
                "[[sysfs]] stays below /sys", entry.path);
    for (const auto& entry : policy->commands)
        require(!entry.run.empty() && entry.run.front().starts_with('/') && entry.deadline.count() > 0,
                "a command is whole");
    check_plan(domain, *policy, facts);
    return 0;
}

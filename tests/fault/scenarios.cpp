#include "fault/stage.hpp"
#include "support/shipped_policies.hpp"

#include <array>

namespace hostlease::test {

namespace {
void make_boot_pool(World& world) { world.pool(1).persistent = 100; }
void fragment(World& world) { world.host.nodes[1].fragmented = 15 * GiB + 512 * MiB; }
void fill(World& world) { world.host.nodes[1].stuck = 15 * GiB; }

/// Each shipped policy, and its edited form that is applied while its VM runs.
constexpr std::array<std::pair<const char*, const char*>, 5> shipped{{{"balanced", "low-latency"},
                                                                      {"low-latency", "office"},
                                                                      {"realtime", "balanced"},
                                                                      {"office", "low-latency"},
                                                                      {"dense", "balanced"}}};
} // namespace

std::vector<Scenario> all_scenarios() {
    std::vector<Scenario> list;
    for (const auto& [name, edited] : shipped) {
        const std::string policy = policy_extending(name, "vm*");
        const std::string next = policy_extending(edited, "vm*");
        // with partitions, for which this host has room for two VMs
        const bool insists = std::string_view(name) == "realtime";
        for (const unsigned others : {0U, insists ? 1U : 2U})
            list.push_back(
                {name + std::string(" for ") + std::to_string(others + 1), policy, next, others, true});
        if (!insists) list.push_back({name + std::string(" without partitions"), policy, next, 1, false});
    }
    const std::string edited = policy_extending("balanced", "vm*");
    list.push_back({"an empty host", full_policy, edited});
    list.push_back({"a boot-time pool", full_policy, edited, 0, false, make_boot_pool});
    list.push_back({"a fragmented node", full_policy, edited, 0, false, fragment});
    list.push_back({"pages from both nodes", full_policy, edited, 0, false, fill, make_vm(1, 600, -1)});
    list.push_back({"too few pages", full_policy, edited, 0, false, fill, make_vm(1, 600)});
    list.push_back({"another VM running", full_policy, edited, 1, false});
    return list;
}

} // namespace hostlease::test

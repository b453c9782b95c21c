// A fake host and a policy with all keys, to plan for arbitrary domains and policies.
#pragma once

#include "fuzz.hpp"
#include "ledger/codec.hpp"
#include "plan/planner.hpp"
#include "plan/render.hpp"
#include "read/policy_toml.hpp"
#include "support/builders.hpp"
#include "text/json.hpp"

#include <string>

namespace hostlease::fuzz {

/// Two nodes, cores with two threads, cgroups with partitions, cpufreq, a disk behind /dev/sda.
inline HostFacts made_host() {
    HostFacts facts = test::host_with_nodes(2);
    for (unsigned cpu = 0; cpu < 8; cpu += 2)
        facts.cores.push_back({cpu, cpu + 1});
    for (unsigned cpu = 0; cpu < 8; ++cpu)
        test::add_cpufreq(facts, cpu, {cpu});
    facts.boost_path = "/sys/devices/system/cpu/cpufreq/boost";
    facts.kernel = "6.12.0";
    facts.rt_runtime_us = 950'000;
    facts.cgroups = {.has_cpuset = true, .has_remote_partitions = true, .services = {"tuned.service"}};
    facts.images["/dev/sda"] = {{"sda"}, {}};
    return facts;
}

/// Requirements on every plan, and on the lease made from it.
inline void check_plan(const Domain& domain, const Policy& policy, HostFacts facts) {
    const std::map<PoolId, std::uint64_t> promised;
    const auto other =
        test::lease_of("other", {test::claim_on("cpus.isolate", Limit{LimitKind::isolated}, "4-5")});
    const PlanInput input{domain, policy, facts, {&other, 1}, promised};
    KnobPlan wanted = plan_claims(input);
    for (const auto& claim : wanted.claims) {
        require(claim.path().empty() || claim.path().starts_with('/') ||
                    claim.path().find('/') == std::string::npos,
                "a claim's path is whole", claim.path());
        require((claim.path() + "/").find("/../") == std::string::npos, "a claim's path has no dots",
                claim.path());
        require(claim.value.find('\n') == std::string::npos, "a claim's value is one line", claim.value);
        test::set_file(facts, claim.path(), "1");
    }
    const Plan plan = finish_plan(input, std::move(wanted), {});
    require(is_printable(render_text(plan)), "a plan is plain text", render_text(plan));
    require(is_printable(plan.notes.text()), "a plan's notes are plain text", plan.notes.text());
    require(parse_json(render_json(plan), "plan").has_value(), "a plan's JSON can be read",
            render_json(plan));
    Lease lease = test::lease_of(domain.name, plan.claims);
    lease.promises = plan.promises;
    lease.policy = plan.policy;
    lease.policy_file = plan.policy_file;
    const auto back = decode_lease(encode_lease(lease, "boot"), "lease");
    require(back.has_value(), "a lease that was written can be read", back ? "" : back.error().text());
    require(back->value == lease, "a lease comes back as it was", encode_lease(lease, "boot"));
}

} // namespace hostlease::fuzz

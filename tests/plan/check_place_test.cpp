#include "core/parse.hpp"
#include "plan/planner.hpp"
#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
/// What is said of cpus.isolate when vCPUs are placed on CPU 4 and 5, and CPU 6 must stay idle.
std::string said(const char* isolated, Enforce enforce = Enforce::best_effort) {
    auto facts = host_with_nodes(2);
    facts.possible = facts.online;
    facts.cgroups.has_cpuset = true;
    const Domain domain = domain_with_memory(GiB);
    Policy policy = policy_with({{"cpus.place", "auto"}, {"cpus.isolate", parse_cpu_list(isolated).value()}});
    policy.enforce["cpus"] = enforce;
    Placement place;
    place.vcpus = {4, 5};
    place.idle = {6};
    place.emulator = {1};
    const std::map<PoolId, std::uint64_t> promised;
    const PlanInput input{domain, policy, facts, {}, promised, nullptr, &place};
    const auto plan = finish_plan(input, {}, {});
    std::string text;
    for (const auto& note : plan.notes.all())
        if (note.message.starts_with("cpus.isolate")) text += note.text();
    return text;
}
} // namespace

TEST_CASE("a list in cpus.isolate that is not the chosen CPUs causes a warning, or refuses the start if "
          "isolation is required") {
    const std::string hint =
        "\n  hint: set cpus.isolate = \"pinned\" to isolate the CPUs that cpus.place chooses";
    CHECK(said("4-6") == "");
    CHECK(said("4-7") ==
          "win11.toml:3:1: warning: cpus.isolate also takes CPU 7 from the host and other VMs, which "
          "cpus.place does not choose for the VM" +
              hint);
    for (const char* list : {"4-5", "2-5"})
        for (const auto& [enforce, severity] :
             {std::pair(Enforce::best_effort, "warning"), std::pair(Enforce::required, "error")})
            CHECK(said(list, enforce) ==
                  "win11.toml:3:1: " + std::string(severity) + ": cpus.isolate is " + list +
                      ", but cpus.place chooses CPU 4-6 for the VM: CPU 6 would not be isolated" + hint);
}

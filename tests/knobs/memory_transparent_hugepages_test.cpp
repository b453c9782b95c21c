#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("memory.transparent_hugepages writes the kernel's word") {
    struct Case {
        Policy policy;
        std::string text;
    };
    for (const auto& [policy, text] : {
             Case{policy_with({}), ""},
             Case{policy_with({{"memory.transparent_hugepages", "leave"}}), ""},
             Case{policy_with({{"memory.transparent_hugepages", "always"}}),
                  "/sys/kernel/mm/transparent_hugepage/enabled [enabled] = always; start, best-effort; "
                  "win11.toml:2:1; "
                  "memory.transparent_hugepages = always\n"},
             Case{policy_with({{"memory.transparent_hugepages", "madvise"}}),
                  "/sys/kernel/mm/transparent_hugepage/enabled [enabled] = madvise; start, best-effort; "
                  "win11.toml:2:1; "
                  "memory.transparent_hugepages = madvise\n"},
             Case{policy_with({{"memory.transparent_hugepages", "never"}}),
                  "/sys/kernel/mm/transparent_hugepage/enabled [enabled] = never; start, best-effort; "
                  "win11.toml:2:1; "
                  "memory.transparent_hugepages = never\n"},
             Case{required(policy_with({{"memory.transparent_hugepages", "never"}}), "memory"),
                  "/sys/kernel/mm/transparent_hugepage/enabled [enabled] = never; start, required; "
                  "win11.toml:2:1; "
                  "memory.transparent_hugepages = never\n"},
         }) {
        CAPTURE(text);
        CHECK(text_of(plan_of("memory.transparent_hugepages",
                              {domain_with_memory(GiB), policy, host_with_nodes(1)})) == text);
    }
}

TEST_CASE("memory.transparent_hugepages keeps the oldest claim, and reports a later different one") {
    struct Case {
        std::vector<std::string> claims;
        std::string text;
    };
    for (const auto& [claims, text] :
         {Case{{"never"}, "never"}, Case{{"never", "never"}, "never"},
          Case{{"never", "always"}, "never (conflict)"}, Case{{"always", "never"}, "always (conflict)"},
          Case{{"always", "always", "always"}, "always"},
          Case{{"never", "always", "madvise"}, "never (conflict)"},
          Case{{"madvise", "never", "never"}, "madvise (conflict)"},
          Case{{"never", "never", "always"}, "never (conflict)"}}) {
        CAPTURE(text);
        CHECK(combined("memory.transparent_hugepages", "madvise", claims) == text);
    }
}

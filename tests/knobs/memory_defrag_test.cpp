#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("memory.defrag writes the kernel's word") {
    struct Case {
        Policy policy;
        std::string text;
    };
    for (const auto& [policy, text] : {
             Case{policy_with({}), ""},
             Case{policy_with({{"memory.defrag", "leave"}}), ""},
             Case{policy_with({{"memory.defrag", "always"}}),
                  "/sys/kernel/mm/transparent_hugepage/defrag [defrag] = always; "
                  "start, best-effort; win11.toml:2:1; memory.defrag = always\n"},
             Case{policy_with({{"memory.defrag", "defer"}}),
                  "/sys/kernel/mm/transparent_hugepage/defrag [defrag] = defer; "
                  "start, best-effort; win11.toml:2:1; memory.defrag = defer\n"},
             Case{policy_with({{"memory.defrag", "defer+madvise"}}),
                  "/sys/kernel/mm/transparent_hugepage/defrag [defrag] = defer+madvise; start, best-effort; "
                  "win11.toml:2:1; "
                  "memory.defrag = defer+madvise\n"},
             Case{policy_with({{"memory.defrag", "madvise"}}),
                  "/sys/kernel/mm/transparent_hugepage/defrag [defrag] = madvise; "
                  "start, best-effort; win11.toml:2:1; memory.defrag = madvise\n"},
             Case{policy_with({{"memory.defrag", "never"}}),
                  "/sys/kernel/mm/transparent_hugepage/defrag [defrag] = never; "
                  "start, best-effort; win11.toml:2:1; memory.defrag = never\n"},
             Case{required(policy_with({{"memory.defrag", "defer+madvise"}}), "memory"),
                  "/sys/kernel/mm/transparent_hugepage/defrag [defrag] = defer+madvise; start, required; "
                  "win11.toml:2:1; "
                  "memory.defrag = defer+madvise\n"},
         }) {
        CAPTURE(text);
        CHECK(text_of(plan_of("memory.defrag", {domain_with_memory(GiB), policy, host_with_nodes(1)})) ==
              text);
    }
}

TEST_CASE("memory.defrag keeps the oldest claim, and reports a later different one") {
    struct Case {
        std::vector<std::string> claims;
        std::string text;
    };
    for (const auto& [claims, text] :
         {Case{{"never"}, "never"}, Case{{"never", "never"}, "never"},
          Case{{"never", "always"}, "never (conflict)"}, Case{{"always", "never"}, "always (conflict)"},
          Case{{"always", "always", "always"}, "always"},
          Case{{"never", "always", "defer+madvise"}, "never (conflict)"},
          Case{{"defer+madvise", "never", "never"}, "defer+madvise (conflict)"},
          Case{{"never", "never", "always"}, "never (conflict)"}}) {
        CAPTURE(text);
        CHECK(combined("memory.defrag", "madvise", claims) == text);
    }
}

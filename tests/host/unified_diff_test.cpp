#include "host/unified_diff.hpp"

#include <doctest/doctest.h>

using namespace hostlease;

TEST_CASE("a diff has labels in place of names and times") {
    const auto diff = unified_diff({"now", "a\nb\n"}, {"then; rm -r $(x)", "a\nc\n"});
    REQUIRE(diff);
    CHECK(*diff == "--- now\n+++ then; rm -r $(x)\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
}

TEST_CASE("texts without a line end, and equal ones") {
    CHECK(unified_diff({"now", "a"}, {"then", "b"})
              .value()
              .ends_with("-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n"));
    CHECK(unified_diff({"now", "a"}, {"then", "a"}).value().empty());
}

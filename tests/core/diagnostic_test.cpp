#include "core/diagnostic.hpp"

#include <array>
#include <doctest/doctest.h>

using namespace hostlease;

TEST_CASE("diagnostics print in order of position, each with its hint") {
    Diagnostics list;
    list.error({"b.toml", 3, 1}, "unknown key 'x'", "did you mean 'y'?");
    list.warning({"a.toml", 2, 0}, "later");
    list.error({"a.toml", 0, 0}, "whole file");
    CHECK(list.has_errors());
    CHECK(list.text() == "a.toml: error: whole file\na.toml:2: warning: later\nb.toml:3:1: error: unknown "
                         "key 'x'\n  hint: did you mean 'y'?\n");
}

TEST_CASE("text of others is shown without effects on a terminal") {
    const Diagnostic one{{"a\x1b[2J.toml", 2, 1},
                         Severity::error,
                         "unknown key 'x\x7f\xc2\x9b\nb.toml: error: ha'",
                         "not 'x\x7f'"};
    CHECK(one.text() == "a?[2J.toml:2:1: error: unknown key 'x????b.toml: error: ha'\n  hint: not 'x?'");
}

TEST_CASE("the first errors fit on one line, with the number of the others") {
    Diagnostics list;
    CHECK(list.error_line(1, "hostlease check").empty());
    list.warning({}, "careful");
    list.error({"a.toml", 2, 1}, "unknown key 'x'", "did you mean 'y'?");
    CHECK(list.error_line(1, "hostlease check") == "a.toml:2:1: unknown key 'x' (did you mean 'y'?)");
    list.error({}, "late");
    list.error({}, "later");
    CHECK(list.error_line(2, "hostlease check") ==
          "a.toml:2:1: unknown key 'x' (did you mean 'y'?); late; and 1 more, which `hostlease check` shows");
}

TEST_CASE("warnings are not errors") {
    Diagnostics list;
    list.warning({}, "careful");
    CHECK_FALSE(list.has_errors());
    CHECK(list.text() == "warning: careful\n");
}

TEST_CASE("the nearest word is offered only if it is similar") {
    constexpr std::array<std::string_view, 3> known{"governor", "boost", "min_frequency"};
    CHECK(nearest_word("governer", known) == "governor");
    CHECK(nearest_word("bost", known) == "boost");
    CHECK(nearest_word("min_freq", known) == "min_frequency");
    CHECK(nearest_word("mi", known).empty());
    CHECK(nearest_word("hugepages", known).empty());
    constexpr std::array<std::string_view, 2> words{"at", "run"};
    CHECK(nearest_word("x", words).empty());
    CHECK(nearest_word("it", words) == "at");
    CHECK(nearest_word(std::string(100000, 'x'), known).empty());
}

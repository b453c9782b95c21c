#include "knobs/parts/combine.hpp"

#include "support/builders.hpp"

#include <array>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
std::string said(const Combined& result) {
    return result.value + (result.agreement == Agreement::full       ? ""
                           : result.agreement == Agreement::conflict ? " (conflict)"
                                                                     : " (outranked)");
}
using Claims = std::vector<std::string>;
} // namespace

TEST_CASE("a sum adds every claim to the baseline, in any order, and grants all") {
    struct Case {
        std::string baseline;
        Claims claims;
        std::string text;
    };
    for (const auto& [baseline, claims, text] :
         {Case{"0", {"10"}, "10"}, Case{"5", {"10"}, "15"}, Case{"5", {"10", "20"}, "35"},
          Case{"5", {"1", "20", "300"}, "326"}, Case{"7", {"0", "0"}, "7"}, Case{"", {"3"}, "3"},
          Case{"junk", {"3", "4"}, "7"}, Case{"0", {"9223372036854775807"}, "9223372036854775807"}})
        in_each_order(claims, [base = baseline, wanted = text](const Claims& ordered) {
            CHECK(said(combine_sum(base, ordered)) == wanted);
        });
}

TEST_CASE("claims that must agree: the oldest wins, whatever the baseline") {
    for (const std::string baseline : {"", "a", "b", "60"}) {
        CAPTURE(baseline);
        CHECK(said(combine_must_agree(baseline, Claims{"a"})) == "a");
        CHECK(said(combine_must_agree(baseline, Claims{"a", "a", "a"})) == "a");
        CHECK(said(combine_must_agree(baseline, Claims{"a", "b"})) == "a (conflict)");
        CHECK(said(combine_must_agree(baseline, Claims{"b", "a", "a"})) == "b (conflict)");
    }
}

TEST_CASE("the winning word wins at any position, and without it the oldest claim wins") {
    in_each_order({"off", "on"}, [](const Claims& claims) {
        CHECK(said(combine_word_wins("off", claims)) == "off (outranked)");
    });
    in_each_order({"off", "on", "tiering"}, [](const Claims& claims) {
        CHECK(said(combine_word_wins("off", claims)) == "off (outranked)");
    });
    CHECK(said(combine_word_wins("off", Claims{"off", "off"})) == "off");
    CHECK(said(combine_word_wins("off", Claims{"on", "on"})) == "on");
    CHECK(said(combine_word_wins("off", Claims{"tiering", "on"})) == "tiering (outranked)");
}

TEST_CASE(
    "the claim with the highest rank wins at any position, and unranked words come last, the oldest first") {
    constexpr std::array<std::string_view, 3> ranking{"high", "middle", "low"};
    in_each_order({"low", "high"}, [&](const Claims& claims) {
        CHECK(said(combine_by_rank(ranking, claims)) == "high (outranked)");
    });
    in_each_order({"low", "odd", "middle"}, [&](const Claims& claims) {
        CHECK(said(combine_by_rank(ranking, claims)) == "middle (outranked)");
    });
    CHECK(said(combine_by_rank(ranking, Claims{"low", "low"})) == "low");
    CHECK(said(combine_by_rank(ranking, Claims{"odd"})) == "odd");
    CHECK(said(combine_by_rank(ranking, Claims{"odd", "even"})) == "odd (outranked)");
    CHECK(said(combine_by_rank(ranking, Claims{"even", "odd", "even"})) == "even (outranked)");
}

TEST_CASE("the claim with the smallest measure wins at any position, and of equal ones the oldest") {
    const auto length = [](const std::string& claim) { return static_cast<std::int64_t>(claim.size()); };
    in_each_order({"aaa", "b", "cc"}, [&](const Claims& claims) {
        CHECK(said(combine_least(length, claims)) == "b (outranked)");
    });
    CHECK(said(combine_least(length, Claims{"aaa"})) == "aaa");
    CHECK(said(combine_least(length, Claims{"aa", "aa"})) == "aa");
    CHECK(said(combine_least(length, Claims{"xx", "yy"})) == "xx (outranked)");
    CHECK(said(combine_least(length, Claims{"yy", "xx"})) == "yy (outranked)");
}

TEST_CASE("CPUs left: those in the baseline and in every claim, or else those in every claim") {
    in_each_order({"0-3,6-7", "0-5"}, [](const Claims& claims) {
        CHECK(said(combine_cpus_left("0-7", claims)) == "0-3");
        CHECK(said(combine_cpus_left("2-6", claims)) == "2-3");
        CHECK(said(combine_cpus_left("4-7", claims)) == "0-3"); // the baseline has none of these CPUs
        CHECK(said(combine_cpus_left("", claims)) == "0-3");    // no limit before
    });
    CHECK(said(combine_cpus_left("0-1", Claims{"0-3"})) == "0-1");
    // never empty: the oldest wins
    CHECK(said(combine_cpus_left("0-7", Claims{"0-3", "4-7"})) == "0-3 (outranked)");
    CHECK(said(combine_cpus_left("", Claims{"4-7", "0-3", "4-5"})) == "4-5 (outranked)");
    CHECK(said(combine_cpus_left("5", Claims{"0-3", "4-7"})) == "0-3 (outranked)");
}

TEST_CASE("a union of CPUs contains the baseline and every claim") {
    in_each_order({"6-7", "4"}, [](const Claims& claims) {
        CHECK(said(combine_cpu_union("", claims)) == "4,6-7");
        CHECK(said(combine_cpu_union("5", claims)) == "4-7");
    });
}

TEST_CASE("a single claim is always granted, whatever the knob and the baseline") {
    for (const Knob* knob : all_knobs()) {
        CAPTURE(knob->key);
        // these add to the baseline, or depend on it
        if (knob->key == "irqs.balancer" || knob->key == "kthreads.affinity") continue;
        const auto result = knob->combine.function("0", Claims{"1"});
        CHECK(result.value == "1");
        CHECK(result.agreement == Agreement::full);
    }
}

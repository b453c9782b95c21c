#include "core/cpu_set.hpp"

#include <doctest/doctest.h>

using namespace hostlease;

TEST_CASE("a CPU list is read in the kernel's and libvirt's syntax and written in the kernel's") {
    struct Case {
        const char* text;
        const char* list;
    };
    for (const auto& [text, list] :
         {Case{"", ""}, Case{" \n", ""}, Case{"0", "0"}, Case{"0-3,8", "0-3,8"},
          Case{"6-11, 18-23", "6-11,18-23"}, Case{"0-7,^5", "0-4,6-7"}, Case{"0-7,^2-3", "0-1,4-7"},
          Case{"^5", ""}, Case{"3,2,1", "1-3"}, Case{"63-65", "63-65"}, Case{"16383", "16383"},
          Case{" 1 - 2 ", "1-2"}}) {
        CAPTURE(text);
        const auto set = parse_cpu_list(text);
        REQUIRE(set);
        CHECK(to_list(*set) == list);
    }
}

TEST_CASE("an invalid CPU list is refused, and the message quotes the wrong part") {
    for (const char* text : {"a", "1,", ",1", "1-", "-1", "3-2", "1 2", "0x1", "16384", "0-99999999",
                             "99999999999999999999", "^", "1-2-3", "+1"}) {
        CAPTURE(text);
        const auto set = parse_cpu_list(text);
        REQUIRE_FALSE(set);
        CHECK(set.error().kind == ErrorKind::usage);
        CHECK_FALSE(set.error().message.empty());
    }
}

TEST_CASE("a range contains exactly its members, at every position in a word") {
    for (unsigned first = 0; first < 130; ++first)
        for (unsigned last = first; last < 131; ++last) {
            const auto set = CpuSet::range(first, last);
            REQUIRE(set.count() == last - first + 1);
            REQUIRE(set.contains(first));
            REQUIRE(set.contains(last));
            REQUIRE_FALSE(set.contains(last + 1));
        }
}

TEST_CASE("set algebra") {
    const CpuSet low = CpuSet::range(0, 70);
    const CpuSet odd{1, 3, 71, 200};
    CHECK(to_list(low & odd) == "1,3");
    CHECK(to_list(odd - low) == "71,200");
    CHECK((low | odd).count() == 73);
    CHECK(CpuSet{1, 3}.is_subset_of(low));
    CHECK_FALSE(odd.is_subset_of(low));
    CHECK(low.intersects(odd));
    CHECK_FALSE(CpuSet{}.intersects(low));
    CHECK((odd - odd) == CpuSet{});
    CHECK((odd - odd).empty());
    CpuSet set{5, 300};
    set.remove(300);
    set.remove(9999);
    CHECK(set == CpuSet{5});
}

TEST_CASE("a CPU mask is written in the kernel's words of 32 and read back") {
    struct Case {
        CpuSet set;
        const char* mask;
    };
    for (const auto& [set, mask] :
         {Case{{}, "0"}, Case{{0}, "1"}, Case{CpuSet::range(0, 7), "ff"}, Case{{31}, "80000000"},
          Case{{32}, "1,00000000"}, Case{CpuSet::range(0, 63), "ffffffff,ffffffff"},
          Case{{4, 64}, "1,00000000,00000010"}}) {
        CAPTURE(mask);
        CHECK(to_mask(set) == mask);
        const auto read = parse_cpu_mask(mask);
        REQUIRE(read);
        CHECK(*read == set);
    }
    CHECK(parse_cpu_mask("00000000,0000000f").value() == CpuSet::range(0, 3));
}

TEST_CASE("an invalid CPU mask is refused") {
    for (const char* text : {"", "g", "0x1", "1,", ",1", "123456789", "ff ff", "-1", "0-3"}) {
        CAPTURE(text);
        const auto set = parse_cpu_mask(text);
        REQUIRE_FALSE(set);
        CHECK(set.error().kind == ErrorKind::usage);
    }
    std::string words = "1";
    for (unsigned word = 1; word < CpuSet::limit / 32; ++word)
        words += ",00000000";
    CHECK(parse_cpu_mask(words).value() == CpuSet{CpuSet::limit - 32});
    CHECK_FALSE(parse_cpu_mask(words + ",00000000"));
}

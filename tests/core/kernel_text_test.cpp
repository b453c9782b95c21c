#include "core/kernel_text.hpp"

#include "core/cpu_set.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <rapidcheck.h>
#include <set>
#include <string>

using namespace hostlease;
using namespace std::string_literals;

TEST_CASE("a file's value is the active word, or the text without surrounding characters") {
    struct Row {
        std::string text;
        std::string value;
    };
    for (const auto& [text, value] : std::initializer_list<Row>{
             {"always [madvise] never\n", "madvise"}, // mm/huge_memory.c
             {"always inherit within_size advise [never] deny force\n", "never"},
             {"[none] mq-deadline\n", "none"}, // block/elevator.c
             {"mq-deadline kyber [bfq]", "bfq"},
             {"[default] performance powersave powersupersave \n", "default"}, // drivers/pci/pcie/aspm.c
             {"none voluntary (full) \n", "full"},                             // kernel/sched/debug.c
             {"(none) voluntary full ", "none"},
             {"s2idle [deep]\n", "deep"}, // kernel/power/main.c
             {"[x]", "x"},
             {"none\n", "none"},
             {"0\n", "0"},
             {"Y\n", "Y"},
             {"(null)\n", "(null)"},   // %s without a text
             {"(none)\n", "(none)"},   // kernel.domainname
             {"  (null)\n", "(null)"}, // cpu/nohz_full before 6.13
             {"  4096   87380\t6291456 \n", "4096   87380\t6291456"},
             // a text of the admin, which is restored unchanged
             {"|/usr/bin/dump  %P\t%u\n", "|/usr/bin/dump  %P\t%u"},
             {"00000000,000000ff\n", "00000000,000000ff"},
             {"\n\n60\n\n", "60"},
             {"60\n\0"s, "60"},
             {"\0\0"s, ""},
             {"", ""},
             {" \t\r\n", ""},
             {"[]", "[]"},
             {"a [b c] d", "a [b c] d"},
             {"a (b c) d", "a (b c) d"},
             {"isolated invalid (Parent is not a partition root)\n",
              "isolated invalid (Parent is not a partition root)"},
             {"0 (disabled)\n", "0 (disabled)"},
             {"[a] [b]", "[a] [b]"},
             {"[a", "[a"},
             {"\xff\xfe\n", "\xff\xfe"}}) {
        CAPTURE(text);
        CHECK(knob_value(text) == value);
    }
}

TEST_CASE("a text that no single write can restore has a reason") {
    for (const std::string& text : {"60\n"s, "a b\n"s, "\n\n60\n\n"s, "60\n\0"s, "\xff"s, ""s})
        CHECK(write_obstacle(text) == "");
    CHECK(write_obstacle("one\ntwo\n") == "has several lines");
    CHECK(write_obstacle("one\0two\n"s) == "has a NUL in its text");
}

TEST_CASE("two texts are one value if the kernel treats them as one") {
    struct Row {
        std::string left;
        std::string right;
    };
    for (const auto& [left, right] :
         std::initializer_list<Row>{{"madvise", "madvise"},
                                    {"16", "0x10"},
                                    {"16", "0X10"},
                                    {"0x0010", "16"},
                                    {"-1", "-1"},
                                    {"-0", "0"},
                                    {"18446744073709551615", "0xffffffffffffffff"},
                                    {"65536", "64K"},
                                    {"1073741824", "1g"},
                                    {"Y", "1"},
                                    {"N", "0"},
                                    {"Y", "y"},
                                    {"Y", "on"},
                                    {"N", "off"},
                                    {"Y", "true"},
                                    {"true", "1"},
                                    {"false", "off"},
                                    {"16", "+16"},
                                    {"65536", "+64K"},
                                    {"00000000,000000ff", "ff"},
                                    {"ff,ffffffff", "000000ff,FFFFFFFF"},
                                    {"0f", "f"},
                                    {"003", "3"},
                                    {"0-3,8", "0,1,2,3,8"},
                                    {"0-3", "3,2,1,0"},
                                    {"4096\t87380\t6291456", "4096 87380 6291456"},
                                    {"1 N", "0x1 0"}}) {
        CAPTURE(left);
        CAPTURE(right);
        CHECK(same_value(left, right));
        CHECK(same_value(right, left));
    }
}

TEST_CASE("words that only begin like a truth are none, and an explained default is the default") {
    for (const auto* word : {"force", "never", "tsc", "none", "yellow"})
        for (const auto* truth : {"Y", "N", "true", "false"})
            CHECK_FALSE(same_value(word, truth));
    CHECK(knob_value("default (cache)\n") == "default (cache)");
    CHECK(knob_value("a (0)\n") == "a (0)");
    CHECK(knob_value("none (voluntary) full\n") == "voluntary");
}

TEST_CASE("two texts that the kernel distinguishes are two values") {
    struct Row {
        std::string left;
        std::string right;
    };
    for (const auto& [left, right] :
         std::initializer_list<Row>{{"0", ""},
                                    {"0", "00000000,00000001"},
                                    {"10", "0x10"},
                                    // a mask is not a decimal number
                                    {"16", "10"},
                                    {"on", "1"},
                                    {"none", "null"},
                                    {"Y", "N"},
                                    {"Y", "2"},
                                    {"1-2", "1"},
                                    {"0-3", "0-4"},
                                    {"1 2", "1"},
                                    {"1 2", "2 1"},
                                    {"64K", "64"},
                                    {"64K", "64k b"},
                                    {"-1", "1"},
                                    {"1,00000002", "2,1"},
                                    {"0,7", "7"}, // a list of two CPUs
                                    {"0,1,7", "1,7"},
                                    {"madvise", "Madvise"},
                                    {"n/a", "0"},
                                    {"(null)", ""},
                                    {"99999999999999999999", "99999999999999999998"}}) {
        CAPTURE(left);
        CAPTURE(right);
        CHECK_FALSE(same_value(left, right));
        CHECK_FALSE(same_value(right, left));
    }
}

TEST_CASE("any number, mask or list of CPUs is the same value in all its spellings") {
    CHECK(rc::check([](std::uint64_t number) {
        RC_ASSERT(same_value(std::to_string(number), fmt::format("0x{:x}", number)));
        RC_ASSERT(same_value(fmt::format("{:024}", number), std::to_string(number)));
        RC_ASSERT(number == 0 || !same_value(std::to_string(number), std::to_string(number - 1)));
    }));
    CHECK(rc::check([](const std::set<std::uint8_t>& members) {
        CpuSet cpus;
        std::string apart;
        for (const unsigned cpu : members) {
            cpus.add(cpu);
            apart += (apart.empty() ? "" : ",") + std::to_string(cpu);
        }
        RC_ASSERT(same_value(to_list(cpus), apart));
        const std::string mask = to_mask(cpus);
        // the kernel pads the first part as well
        const std::string first(8 - mask.substr(0, mask.find(',')).size(), '0');
        RC_ASSERT(same_value(mask, "00000000," + first + mask));
        RC_ASSERT(!cpus.empty() || same_value(mask, "00000000"));
    }));
}

TEST_CASE("for every text, its value reads as itself again, and equals itself") {
    CHECK(rc::check([](const std::string& text) {
        const std::string value = knob_value(text);
        RC_ASSERT(same_value(value, value));
        if (text.find_first_of("[]()") != std::string::npos || !write_obstacle(text).empty()) return;
        RC_ASSERT(knob_value(value + "\n") == value);
        RC_ASSERT(same_value(knob_value("\t" + text + " \n"), value));
    }));
}

TEST_CASE("reading a write back: accepts the kernel's own words for it, and no limited or rounded value") {
    struct Row {
        std::string written;
        std::string found;
        bool is_taken;
    };
    for (const auto& [written, found, is_taken] :
         std::initializer_list<Row>{{"50000", "50000 100000", true},
                                    {"max", "max 100000", true},
                                    {"3", "3\t4\t1\t7", true},
                                    {"3 4", "3\t4\t1\t7", true},
                                    {"0x3", "3\t4", true},
                                    {"3 5", "3\t4\t1\t7", false},
                                    {"3 4 1 7", "3 4", false},
                                    // a list of names
                                    {"reno", "reno cubic", false},
                                    {"", "1", false},
                                    {"y", "0x0007", true},
                                    // all that the hardware has
                                    {"Y", "0x0003", true},
                                    {"n", "0x0000", true},
                                    {"y", "0x0000", false},
                                    {"n", "0x0001", false},
                                    {"7", "0x0003", false},
                                    {"y", "7", false},
                                    {"on", "1", true},
                                    {"off", "0", true},
                                    {"on", "0", false},
                                    // smt/control: one thread per core
                                    {"1", "on", false},
                                    {"on", "2", false},
                                    {"-1", "9223372036854771712", true},
                                    {"-1", "9223372036854775807", false},
                                    {"-1", "4294967295", false},
                                    {"200", "100", false},
                                    {"5000", "4096", false},
                                    {"0100", "64", true},
                                    {"0755", "493", true},
                                    {"-010", "-8", true},
                                    {"010", "-8", false},
                                    {"0100", "65", false},
                                    {"089", "8", false},
                                    {"default", "default (cache)", true},
                                    {"cache", "default (cache)", false},
                                    {"20", "20.00", true},
                                    {"12.5", "12.50", true},
                                    {"20", "20.10", false},
                                    {"performance", "0", true},
                                    {"power", "6", false},
                                    {"", "", true},
                                    {"-", "0", false},
                                    {"all", "0-7", true},
                                    {"ALL", "0", true},
                                    {"0-N", "0-63", true},
                                    {"0-3,8-N", "0-3,8-15", true},
                                    {"0-3 8-11", "0-3,8-11", true},
                                    {"N", "7", true},
                                    {"N", "1", false}, // a boolean value
                                    {"0-15:2/4", "0-1,4-5,8-9,12-13", true},
                                    {"all:1/2", "0,2,4,6", true},
                                    {"all", "1-7", false},
                                    {"0-N", "0-3,5", false},
                                    {"0-15:2/4", "0-1,4-5", false},
                                    {"0-7", "0-3", false},
                                    {"0-3:1/0", "0", false},
                                    {"all", "", false},
                                    {"0,7", "00000000,00000007", true},
                                    {"0,7", "7", false},
                                    {"0,7", "00000000,00000003", false},
                                    {"10", "10", true}}) {
        CAPTURE(written);
        CAPTURE(found);
        CHECK(reads_as(found, written) == is_taken);
    }
}

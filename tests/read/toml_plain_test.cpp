#include "text/toml.hpp"
#include "text/toml_plain.hpp"

#include <doctest/doctest.h>
#include <random>

using namespace hostlease;

namespace {
bool is_same(const Value& left, const Value& right);

bool is_same(const ValueEntry& left, const ValueEntry& right) {
    return left.key == right.key && left.position == right.position && is_same(left.node, right.node);
}

/// Including all positions.
bool is_same(const Value& left, const Value& right) {
    const auto all_same = [](const auto& a, const auto& b) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                          [](const auto& x, const auto& y) { return is_same(x, y); });
    };
    if (left.value.index() != right.value.index() || left.position != right.position) return false;
    if (const auto* table = std::get_if<ValueTable>(&left.value))
        return all_same(*table, std::get<ValueTable>(right.value));
    if (const auto* array = std::get_if<ValueArray>(&left.value))
        return all_same(*array, std::get<ValueArray>(right.value));
    if (const auto* text = std::get_if<std::string>(&left.value))
        return *text == std::get<std::string>(right.value);
    return std::get<std::int64_t>(left.value) == std::get<std::int64_t>(right.value);
}

/// Reads the text with the plain reader and, forced by a comment, with toml++: both must agree. Returns
/// whether the text is plain.
bool agrees(const std::string& text) {
    CAPTURE(text);
    const auto plain = parse_plain_toml(text, "t.toml");
    if (!plain) return false;
    const auto other = parse_toml(text + (text.empty() || text.back() == '\n' ? "#" : "\n#"), "t.toml");
    REQUIRE(other);
    CHECK(is_same(*plain, *other));
    return true;
}
} // namespace

TEST_CASE("the TOML of the ledger's files is plain, and read like toml++ reads it") {
    CHECK(agrees(""));
    CHECK(agrees("a = 1\n"));
    CHECK(agrees("a = 1"));
    CHECK(agrees("format = 1\nboot_id = \"x\"\nempty = \"\"\n\n[daemon]\npid = -5\nstart_time = "
                 "9223372036854775807\n\n"
                 "[[claim]]\nknob = \"a.b\"\nvalue = \"0-3,[5] # no comment = "
                 "'x'\"\n\n[[claim]]\n\n[[timing]]\nn = 0\n"));
    CHECK(agrees("a = []\n[b]\na = []\n[[c]]\na = []\n"));
    CHECK(agrees("path = \"/machine.slice/machine-qemu\\\\x2d1\\\\x2da.scope\"\nwhy = \"\\\"b\\\"\"\nc = "
                 "\"\xC3\xBC\"\n"));
    CHECK(agrees("[[record]]\nknob = \"a\"\n\n[[record.beside]]\nknob = \"b\"\n\n[[record.beside]]\n\n"
                 "[[record]]\n[[record.beside]]\nknob = \"c\"\n[[record.other]]\n[[pool]]\nn = 1\n"));
    CHECK(agrees("[a]\n[b]\nx = 1\n[[c]]\nx = 1\nx-y_Z9 = 2\n"));
}

TEST_CASE("TOML that is not plain, or invalid, is left to toml++") {
    for (const std::string text : {"a = 1\na = 2\n",
                                   "a = 01\n",
                                   "a = -01\n",
                                   "a = +1\n",
                                   "a = 0x10\n",
                                   "a = 9223372036854775808\n",
                                   "a = 1.0\n",
                                   "a = true\n",
                                   "a=1\n",
                                   "a  = 1\n",
                                   "a = 1 \n",
                                   " a = 1\n",
                                   "a.b = 1\n",
                                   "\"a\" = 1\n",
                                   "a = 'x'\n",
                                   "a = \"x\n",
                                   "a = \"x\\n\"\n",
                                   "a = \"x\\\"\n",
                                   "a = \"x\\u0041\"\n",
                                   "a = \"x\"y\"\n",
                                   "a = \"\x7f\"\n",
                                   "a = \"\"\"x\"\"\"\n",
                                   "a = \"x\" # why\n",
                                   "# why\n",
                                   "a = \"\t\"\n",
                                   "a = \"x\"\r\n",
                                   "a = \"\x01\"\n",
                                   "a = [1]\n",
                                   "a = []\n[[a]]\n",
                                   "a = []\n[a]\n",
                                   "[[a]]\nb = []\n[[a.b]]\n",
                                   "a = {}\n",
                                   "[a]\n[a]\n",
                                   "[a.b]\n",
                                   "[ a ]\n",
                                   "[]\n",
                                   "[[]]\n",
                                   "[a]\n[[a]]\n",
                                   "[[a]]\n[a]\n",
                                   "a = 1\n[a]\n",
                                   "a = 1\n[[a]]\n",
                                   "[[a]]\n[b]\n[[a]]\n",
                                   "[[a.b]]\n",
                                   "[[a]]\n[[b]]\n[[a.c]]\n",
                                   "[[a]]\n[[a.b.c]]\n",
                                   "[[a]]\n[[a.]]\n",
                                   "[[a]]\nb = 1\n[[a.b]]\n",
                                   "[[a]]\n[[a.b]]\n[[a.c]]\n[[a.b]]\n",
                                   "[a]\n[[a.b]]\n",
                                   "[[a]\n",
                                   "[a]]\n",
                                   "a\n",
                                   "= 1\n",
                                   "a = \n",
                                   "a =\n"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_plain_toml(text, "t.toml"));
    }
}

TEST_CASE("any text is read like toml++ reads it, or left to it") {
    std::mt19937 random(20260801); // NOLINT(cert-msc32-c,cert-msc51-cpp): the same texts each time
    constexpr std::string_view pieces[] = {
        "a = 1\n", "b = \"x\"\n", "[t]\n", "[[l]]\n", "[[m]]\n", "\n", "c = -7\n", "[[l.m]]\n", "[[m.l]]\n",
        "[u]\n",   "[",           "]",     "a",       " = ",     "\"", "1",        "0",         "\n"};
    std::size_t plain = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string text;
        const auto whole_lines = random() % 2 == 0;
        for (auto left = random() % 8; left > 0; --left)
            text += pieces[random() % (whole_lines ? 10 : std::size(pieces))];
        plain += agrees(text) ? 1 : 0;
    }
    CHECK(plain > 2000);
}

#include "text/toml.hpp"

#include "core/foreign_text.hpp"

#include <doctest/doctest.h>
#include <limits>
#include <random>

using namespace hostlease;

namespace {
Value parsed(const std::string& text) {
    const auto node = parse_toml(text, "t.toml");
    if (!node) FAIL("not parsed: " << node.error().text() << " in:\n" << text);
    return *node;
}

std::string fault(const std::string& text) {
    const auto node = parse_toml(text, "t.toml");
    return node ? "parsed" : node.error().text();
}

Value leaf(auto value) { return {decltype(Value::value)(std::move(value)), {}}; }

std::string utf8(unsigned code) {
    std::string text;
    const auto tail = [&](unsigned shift) { text += static_cast<char>(0x80 | (code >> shift & 0x3F)); };
    if (code < 0x80) return {static_cast<char>(code)};
    if (code < 0x800) {
        text += static_cast<char>(0xC0 | code >> 6);
    } else if (code < 0x10000) {
        text += static_cast<char>(0xE0 | code >> 12);
        tail(6);
    } else {
        text += static_cast<char>(0xF0 | code >> 18);
        tail(12);
        tail(6);
    }
    tail(0);
    return text;
}

std::string repeat(std::string_view piece, std::size_t times) {
    std::string text;
    for (std::size_t count = 0; count < times; ++count)
        text += piece;
    return text;
}

/// `text` survives a round trip as a value, as a key, in an array and below a header comment.
void check_string_survives(const std::string& text) {
    const Value inner = leaf(ValueTable{{"in", {}, leaf(text)}});
    const Value root = leaf(ValueTable{{text, {}, leaf(ValueArray{leaf(text), leaf(text)})},
                                       {"table" + text, {}, inner},
                                       {"list" + text, {}, leaf(ValueArray{inner, inner})}});
    const auto back = parse_toml(to_toml(root), "t.toml");
    CAPTURE(to_toml(root));
    REQUIRE(back);
    REQUIRE(to_json(*back) == to_json(root));
    REQUIRE(std::get<ValueTable>(back->value).size() == 3);
    const auto* list = back->find(text);
    REQUIRE(list != nullptr);
    REQUIRE(std::get<std::string>(std::get<ValueArray>(list->value).at(1).value) == text);
    const auto* table = back->find("table" + text);
    REQUIRE(table != nullptr);
    REQUIRE(std::get<std::string>(table->find("in")->value) == text);
}

/// A random tree of the types in the ledger and in plans.
Value random_node(std::mt19937& random, int depth) {
    const auto any = [&](unsigned count) { return static_cast<unsigned>(random() % count); };
    const auto word = [&] {
        std::string text;
        for (unsigned length = any(6); length > 0; --length)
            text += utf8(any(4) == 0 ? 0x1F600 + any(64) : any(0x300));
        return text;
    };
    switch (any(depth > 0 ? 8 : 5)) {
    case 0: return leaf(any(2) == 0);
    case 1: return leaf(static_cast<std::int64_t>((std::uint64_t{random()} << 32 | random()) >> any(64)));
    case 2: return leaf(static_cast<double>(random()) / 1024.0 - 1e6);
    case 3: return leaf(ValueDate{});
    case 4: return leaf(word());
    case 5: {
        ValueArray list;
        for (unsigned count = any(4); count > 0; --count)
            list.push_back(random_node(random, depth - 1));
        return leaf(std::move(list));
    }
    default: {
        ValueTable table;
        for (unsigned count = any(5); count > 0; --count)
            table.push_back({word() + std::to_string(count), {}, random_node(random, depth - 1)});
        return leaf(std::move(table));
    }
    }
}
} // namespace

TEST_CASE("toml: keys and values have positions, in the order of the file") {
    const auto root = parsed(
        "z = 1\n  a = \"x\"\n[power]\nboost = true\n[[s]]\nlist = [ 1, 2.5 ]\n[b.c]\nx.e = 1979-05-27\n");
    const auto& top = std::get<ValueTable>(root.value);
    REQUIRE(top.size() == 5);
    struct Row {
        const char* key;
        const char* key_place;
        const char* value_place;
        const char* kind;
    };
    const Row rows[] = {{"z", "t.toml:1:1", "t.toml:1:5", "an integer"},
                        {"a", "t.toml:2:3", "t.toml:2:7", "a string"},
                        {"power", "t.toml:3:2", "t.toml:3:1", "a table"},
                        {"s", "t.toml:5:3", "t.toml:5:1", "an array"},
                        {"b", "t.toml:7:2", "t.toml:7:1", "a table"}};
    for (std::size_t index = 0; index < top.size(); ++index) {
        CHECK(top[index].key == rows[index].key);
        CHECK(top[index].position.text() == rows[index].key_place);
        CHECK(top[index].node.position.text() == rows[index].value_place);
        CHECK(top[index].node.kind() == rows[index].kind);
    }
    const auto& entry = std::get<ValueArray>(root.find("s")->value).at(0);
    const auto& list = std::get<ValueArray>(entry.find("list")->value);
    CHECK(list.at(1).position.text() == "t.toml:6:13");
    CHECK(list.at(1).kind() == "a float");
    CHECK(root.find("power")->find("boost")->kind() == "a boolean");
    CHECK(root.find("b")->find("c")->find("x")->find("e")->kind() == "a date or a time");
    CHECK(root.find("missing") == nullptr);
    CHECK(list.at(0).find("a") == nullptr);
}

TEST_CASE("toml: columns count characters, not bytes") {
    CHECK(parsed("a = [\"äöü\", 1]").find("a") != nullptr);
    const auto root = parsed("a = [\"äöü\", 1]");
    CHECK(std::get<ValueArray>(root.find("a")->value).at(1).position.column == 13);
    CHECK(fault("a = \"äöü\" \xFF") == "t.toml:1:11: error: the text is not UTF-8 here");
}

TEST_CASE("toml: syntax errors have a position") {
    const std::pair<const char*, const char*> rows[] = {
        {"a = 1\na = 2", "t.toml:2:5: error: 'a' is already set\n  hint: keep only one of the two"},
        {"[t]\nb = \"x\"\n  b = 'y'",
         "t.toml:3:7: error: 'b' is already set\n  hint: keep only one of the two"},
        {"[a\nb = 1", "t.toml:1:3: error: cannot parse table header: expected ']', saw '\\n'"},
        {"a = ", "t.toml:1:5: error: cannot parse key-value pair: encountered end-of-file"},
        {"x = 08", "t.toml:1:7: error: cannot parse decimal integer: leading zeroes are prohibited"},
        // texts that violate assertions of toml++, or worse
        {"a = 1\n [ =]\nb = 2", "t.toml:2:4: error: cannot parse this"},
        {"[[[a]]]", "t.toml:1:3: error: cannot parse this"},
        {"a = [}1, 2]", "t.toml:1:6: error: cannot parse this"},
        {"a = 1\n[größe]", "t.toml:2:4: error: cannot parse table header: expected ']', saw 'ö'"},
        {"a = 1\n[ö]", "t.toml:2:2: error: cannot parse this"},
        {"a = 1\u00a0", "t.toml:1:6: error: cannot parse decimal integer: expected digit, saw '\u00a0'"},
        {"a = 01\"ä", "t.toml:1:7: error: cannot parse decimal integer: expected digit, saw '\"'"},
    };
    for (const auto& [text, message] : rows)
        CHECK(fault(text) == message);
}

TEST_CASE("toml: text without quotes, or with only one") {
    const std::pair<const char*, const char*> words[] = {
        {"ksm = off", "\"off\""},
        {"[m]\n  ksm = always # comment", "\"always\""},
        {"x = none", "\"none\""},
        {"x = true1", "\"true1\""},
        {"x = inherit", "\"inherit\""},
        {"x = fifo:1", "\"fifo:1\""},
        {"x = 8GiB", "\"8GiB\""},
        {"x = 3.2GHz", "\"3.2GHz\""},
        {"x = 4-7", "\"4-7\""},
        {"y = ['ü', off]", "\"off\""},
        {"x = {y = off}", "\"off\""},
        {"x = 1979-13-01", ""},
        {"x = 08", ""},
        {"x = ü", ""},
        {"x = a\"b", ""},
    };
    for (const auto& [text, word] : words) {
        CAPTURE(text);
        const auto tree = parse_toml(text, "t.toml");
        REQUIRE_FALSE(tree);
        CHECK(tree.error().hint == (*word == 0 ? "" : std::string("write text in quotes: ") + word));
    }
    for (const char* text : {"x = \"off\ny = 1", "x = 'off\r\ny = 1", "x = \"ü", "x = 'off"}) {
        CAPTURE(text);
        const auto tree = parse_toml(text, "t.toml");
        REQUIRE_FALSE(tree);
        CHECK(tree.error().message == "the string has no closing quote");
    }
    CHECK(fault("x = \"a\x01\"").find("control characters") != std::string::npos);
}

TEST_CASE("toml: a syntax error shows no control character of the text") {
    for (const std::string text :
         {"a = tr\x07", "a = [i\x1f", "a = t\xc2\x9b", "a = 1979-05-\x1b[31m", "a = \x7f", "\x1b = 1"}) {
        const auto tree = parse_toml(text, "p.toml");
        REQUIRE_FALSE(tree);
        CHECK_FALSE(has_control_characters(tree.error().message));
    }
}

TEST_CASE("toml: only Unicode text") {
    const std::pair<const char*, const char*> rows[] = {
        {"a = 1\nb = \"\xC0\x80\"", "t.toml:2:6"},
        {"\xED\xA0\x80", "t.toml:1:1"},
        {"a = \"\xF4\x90\x80\x80\"", "t.toml:1:6"},
        {"# \xE2\x82", "t.toml:1:3"},
        {"# \x80", "t.toml:1:3"},
        {"# \xF0\x8F\xBF\xBF", "t.toml:1:3"},
    };
    for (const auto& [text, place] : rows)
        CHECK(fault(text) == std::string(place) + ": error: the text is not UTF-8 here");
    for (const char* text : {"a = \"\\uD800\"", "a = \"\\U00110000\"", "\"\\uDFFF\" = 1"})
        CHECK(fault(text) != "parsed");
    CHECK(std::get<std::string>(parsed("\xEF\xBB\xBF"
                                       "a = \"\xF4\x8F\xBF\xBF\"")
                                    .find("a")
                                    ->value) == "\xF4\x8F\xBF\xBF");
}

TEST_CASE("toml: a text past 1 MiB is refused, one of 1 MiB is read") {
    const std::string most = "a = 1\n#" + std::string(1024 * 1024 - 7, 'x');
    CHECK(fault(most) == "parsed");
    CHECK(fault(most + "x") == "t.toml: error: the text is larger than 1 MiB");
}

TEST_CASE("toml: deep nesting is refused, never a crash") {
    struct Row {
        std::string open;
        std::string middle;
        std::string close;
        std::size_t levels_at_most;
    };
    const Row rows[] = {{"[", "", "]", 127}, {"{a=", "1", "}", 127}, {"[{a=", "1", "}]", 63}};
    for (const auto& row : rows) {
        const auto text = [&](std::size_t times) {
            return "a=" + repeat(row.open, times) + row.middle + repeat(row.close, times);
        };
        CAPTURE(row.open);
        CHECK(fault(text(row.levels_at_most)) == "parsed");
        for (const std::size_t times : {std::size_t{130}, std::size_t{1000}, std::size_t{100000}})
            CHECK(fault(text(times)) != "parsed");
    }
    for (const char* piece : {"a.", "\"a.b\" . ", "'a\"'.", "\"\\\"\"."}) {
        CAPTURE(piece);
        CHECK(fault(repeat(piece, 100) + "a = 1") == "parsed");
        CHECK(fault("[" + repeat(piece, 100) + "a]\n") == "parsed");
        for (const std::size_t times : {std::size_t{130}, std::size_t{1000}, std::size_t{100000}}) {
            CHECK(fault(repeat(piece, times) + "a = 1").ends_with("nested deeper than 128 levels"));
            CHECK(fault("[" + repeat(piece, times) + "a]\n=").find("error") != std::string::npos);
            CHECK(fault("b = {" + repeat(piece, times) + "a = 1}").find("error") != std::string::npos);
        }
    }
    CHECK(fault(repeat("{a.a.a.a.a.a.a.a=", 10000)).find("error") != std::string::npos);
    CHECK(fault(repeat("[[a]]\n[a.b]\nc=[1,{d=2}]\n", 10000)) == "parsed");
    CHECK(fault("a = \"" + repeat("[.", 1000) + "\"\nb = '" + repeat("{.", 1000) + "'\n# " +
                repeat("{.", 1000)) == "parsed");
    CHECK(fault("a = \"\"\"\n" + repeat("[.\"\n", 1000) + "\"\"\"\"\"\nb = '''" + repeat("{.'\n", 1000) +
                "'''") == "parsed");
}

TEST_CASE("toml: every code point up to U+02FF survives a round trip, as value and as key") {
    for (unsigned code = 0; code < 0x300; ++code) {
        CAPTURE(code);
        for (const char* around : {"", "a", "'", "\"", "\\", "'\"", "\n", "ä"}) {
            check_string_survives(around + utf8(code));
            check_string_survives(utf8(code) + around);
        }
    }
}

TEST_CASE("toml: printed text has no control characters except line ends, as TOML and as JSON") {
    ValueTable table;
    put(table, "a\x1b\xc2\x9b", "b\r\x7f\xc2\x80\xc2\x9f\xc2\xa0");
    const Value node{std::move(table), {}};
    for (auto text : {to_toml(node), to_json(node)}) {
        std::erase(text, '\n');
        CHECK_FALSE(has_control_characters(text));
        CHECK(text.find("\\u009b") != std::string::npos);
    }
}

TEST_CASE("toml: awkward strings survive a round trip") {
    for (const std::string text : {"",
                                   " ",
                                   "'''",
                                   "\"\"\"",
                                   "'\"\n",
                                   "\r\n",
                                   "\\u0041",
                                   "a.b",
                                   "-",
                                   "1",
                                   "true",
                                   "[x]",
                                   "#",
                                   "a = 1",
                                   "\x7F",
                                   "\xC2\x85",
                                   "\xE2\x80\xA8",
                                   "\xEF\xBB\xBF",
                                   "\xF0\x9F\x98\x80",
                                   "\\",
                                   "\n\n",
                                   "end\\"})
        check_string_survives(text);
    check_string_survives(std::string(50000, '"'));
    check_string_survives(std::string(1, '\0') + "x");
}

TEST_CASE("toml: random strings and trees survive a round trip") {
    std::mt19937 random(1);
    for (int round = 0; round < 3000; ++round) {
        ValueTable table;
        for (unsigned count = 0; count < 4; ++count)
            table.push_back({"k" + std::to_string(count), {}, random_node(random, 4)});
        const auto root = leaf(std::move(table));
        const auto text = to_toml(root);
        CAPTURE(text);
        const auto back = parse_toml(text, "t.toml");
        REQUIRE(back);
        REQUIRE(to_json(*back) == to_json(root));
    }
}

TEST_CASE("toml: the layout of a document") {
    const auto root = leaf(ValueTable{
        {"table", {}, leaf(ValueTable{{"b c", {}, leaf(ValueArray{})}, {"e", {}, leaf(ValueTable{})}})},
        {"lowest", {}, leaf(std::numeric_limits<std::int64_t>::min())},
        {"list", {}, leaf(ValueArray{leaf(ValueTable{{"x", {}, leaf(1.0)}}), leaf(ValueTable{})})},
        {"mixed", {}, leaf(ValueArray{leaf(true), leaf(ValueTable{{"y", {}, leaf(ValueDate{})}})})}});
    CHECK(to_toml(root) ==
          "lowest = -9223372036854775808\nmixed = [true, {y = 1970-01-01}]\n\n[table]\n\"b c\" = []\n\n"
          "[table.e]\n\n[[list]]\nx = 1.0\n\n[[list]]\n");
    CHECK(to_toml(leaf(ValueTable{})).empty());
    CHECK(to_toml(leaf(ValueArray{})).empty());
}

TEST_CASE("toml: floats survive a round trip") {
    for (const double number : {0.0, -0.0, 1e300, 1e-7, 0.1, 123456789.0, 5e-324})
        CHECK(std::get<double>(parsed(to_toml(leaf(ValueTable{{"a", {}, leaf(number)}}))).find("a")->value) ==
              number);
    CHECK(to_toml(leaf(ValueTable{{"a", {}, leaf(-std::numeric_limits<double>::infinity())}})) ==
          "a = -inf\n");
}

TEST_CASE("json: indented, sorted, escaped") {
    const auto root =
        leaf(ValueTable{{"z", {}, leaf(ValueArray{leaf(std::int64_t{-1}), leaf(false), leaf(1.5)})},
                        {"a\"", {}, leaf(std::string("\x01\b\t\n\f\r\\/\x7Fä\xFF", 12))},
                        {"empty", {}, leaf(ValueTable{})},
                        {"date", {}, leaf(ValueDate{})},
                        {"nan", {}, leaf(std::numeric_limits<double>::quiet_NaN())},
                        {"none", {}, leaf(ValueArray{})}});
    CHECK(to_json(root) ==
          "{\n  \"a\\\"\": \"\\u0001\\b\\t\\n\\f\\r\\\\/\\u007fä\xEF\xBF\xBD\",\n  \"date\": null,\n  "
          "\"empty\": {},\n"
          "  \"nan\": null,\n  \"none\": [],\n  \"z\": [\n    -1,\n    false,\n    1.5\n  ]\n}\n");
    CHECK(to_json(leaf(std::string("x"))) == "\"x\"\n");
}

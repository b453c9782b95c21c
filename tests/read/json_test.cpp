#include "text/json.hpp"

#include <doctest/doctest.h>

using namespace hostlease;

TEST_CASE("json: values of every kind, and their form in a tree") {
    const auto tree = parse_json(
        R"({"a": [1, -2.5, "x\u00e9", true, null, {}], "n": null, "big": 18446744073709551615})", "file");
    REQUIRE(tree);
    CHECK(to_json(*tree) == R"({
  "a": [
    1,
    -2.5,
    "xé",
    true,
    {}
  ],
  "big": 18446744073709551616.0
}
)");
    CHECK(tree->find("n") == nullptr);
}

TEST_CASE("json: the output of to_json is read as the same value") {
    ValueTable table;
    put(table, "text", "tab\t\"quote\" \\ \x7f");
    put(table, "number", 0.1);
    put(table, "integer", std::int64_t{-9007199254740993});
    const std::string text = to_json({std::move(table), {}});
    const auto tree = parse_json(text, "file");
    REQUIRE(tree);
    CHECK(to_json(*tree) == text);
}

TEST_CASE("json: a number that is too large for a double is refused, wherever it is") {
    const auto tree = parse_json(R"({"a": [1e800, 1], "b": -1e800, "c": 2})", "file");
    REQUIRE(tree);
    CHECK(to_json(*tree) == "{\n  \"a\": [\n    1\n  ],\n  \"c\": 2\n}\n");
    CHECK(to_json(*parse_json("1e800", "file")) == to_json(*parse_json("null", "file")));
}

TEST_CASE("json: invalid text is reported with its position") {
    struct Row {
        std::string text;
        std::string place;
    };
    for (const auto& row : {Row{"", "file:1:1"}, Row{"{\n  \"a\": tru\n}", "file:2:8"},
                            Row{"{\"a\" 1}", "file:1:6"}, Row{"{} x", "file:1:4"}, Row{"[1,", "file:1:4"},
                            Row{"[1,]", "file:1:4"}, Row{"{\"a\": NaN}", "file:1:7"},
                            Row{"\"\xff\"", "file:1:2"}, Row{std::string(33, '['), "file:1:33"}}) {
        CAPTURE(row.text);
        const auto tree = parse_json(row.text, "file");
        REQUIRE_FALSE(tree);
        CHECK(tree.error().position.text() == row.place);
        CHECK(tree.error().message.starts_with("this is not valid JSON: "));
    }
}

TEST_CASE("json: any depth of nesting is refused without harm") {
    CHECK_FALSE(parse_json(std::string(1'000'000, '['), "file"));
    CHECK(parse_json(std::string(32, '[') + std::string(32, ']'), "file"));
}

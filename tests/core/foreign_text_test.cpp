#include "core/foreign_text.hpp"
#include "core/text_table.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace std::string_literals;

TEST_CASE("control characters become question marks, one per byte, and nothing else changes") {
    CHECK(printable("") == "");
    CHECK(printable("B\xc3\xbcro-\xce\xa9 \xf0\x9f\x98\x80") == "B\xc3\xbcro-\xce\xa9 \xf0\x9f\x98\x80");
    CHECK(printable("a\x1b[31mb\r\n\t\x7f\0c"s) == "a?[31mb?????c");
    CHECK(printable("\xc2\x80\xc2\x9b"
                    "2J\xc2\x9f\xc2\xa0") == "????2J??\xc2\xa0");
    CHECK(printable("two\nlines\tand \x1b") == "two?lines?and ?");
    CHECK(printable("two\nlines\tand \x1b", "\n\t") == "two\nlines\tand ?");
    CHECK(printable("cut \xc2") == "cut \xc2");
}

TEST_CASE("control characters are found at any position") {
    for (const std::string text : {"\n", "a\x1f", "\x7f", "a\xc2\x9b", "\xc3\xa4\xc2\x80"})
        CHECK(has_control_characters(text));
    for (const std::string text : {"", "a b", "\xc2\xa0", "\xc3\x9b", "\xc2"})
        CHECK_FALSE(has_control_characters(text));
}

TEST_CASE("text is cut between two characters") {
    const std::string text = "a\xc3\xa4\xe2\x82\xac";
    CHECK(beginning(text, 6) == text);
    CHECK(beginning(text, 5) == "a\xc3\xa4");
    CHECK(beginning(text, 2) == "a");
    CHECK(beginning(text, 0).empty());
    CHECK(beginning("\x80\x80", 1).empty()); // not UTF-8
    CHECK(shortened(text, 6) == text);
    CHECK(shortened(text, 5) == "a\xc3\xa4...");
}

TEST_CASE("no text becomes anything in Markdown or in its HTML") {
    CHECK(markdown_text("win11") == "win11");
    CHECK(markdown_text("<img src=x onerror=alert(1)>") == "\\<img src=x onerror=alert(1)\\>");
    CHECK(markdown_text("[a](b) `c` *d* _e_ ~f~ #g |h| &lt; \\") ==
          "\\[a\\](b) \\`c\\` \\*d\\* \\_e\\_ \\~f\\~ \\#g \\|h\\| \\&lt; \\\\");
    CHECK(markdown_text("a\n# b\r\nc\td\x1b[0m\xc2\x9b") == "a \\# b  c d?\\[0m??");
}

TEST_CASE("no code ends its own block") {
    CHECK(markdown_code("<a/>", "xml") == "```xml\n<a/>\n```\n");
    CHECK(markdown_code("a\n```\n<b>", "xml") == "````xml\na\n```\n<b>\n````\n");
    CHECK(markdown_code("`````", "") == "``````\n`````\n``````\n");
    CHECK(markdown_code("a\x1b", "") == "```\na?\n```\n");
}

TEST_CASE("a cell of a table is one line of text") {
    CHECK(align({{"a\nb", "c"}, {"\x1b[2J", "d"}}) == "  a?b   c\n  ?[2J  d\n");
}

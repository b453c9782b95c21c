// Every span contains exactly the bytes that it should.
#include "read/xml_spans.hpp"

#include "core/parse.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace hostlease;

namespace {
ElementSpan spans_of(const std::string& text) {
    auto root = read_xml_spans(text);
    if (!root) FAIL(root.error().message << ": " << text);
    return std::move(*root);
}

/// Every element as "name|start tag|end tag|attributes", indented.
std::string shown(const std::string& text, const ElementSpan& element, const std::string& indent = {}) {
    std::string out = indent + element.name + "|" + std::string(element.start_tag.of(text)) + "|" +
                      std::string(element.end_tag.of(text));
    for (const auto& one : element.attributes)
        out += "|" + std::string(one.name_span.of(text)) + "→" + std::string(one.value_span.of(text)) + "→" +
               one.value;
    out += "\n";
    for (const auto& child : element.children)
        out += shown(text, child, indent + " ");
    return out;
}

/// The same tree from tinyxml2: names, attributes and text.
void check_same(const ElementSpan& span, XmlElement element) {
    CHECK(span.name == element.name());
    CHECK(trim(span.text) == trim(element.text()));
    std::size_t count = 0;
    element.for_each_attribute([&](std::string_view name, std::string_view value) {
        REQUIRE(count < span.attributes.size());
        CHECK(span.attributes[count].name == name);
        CHECK(span.attributes[count].value == value);
        ++count;
    });
    CHECK(count == span.attributes.size());
    auto child = element.first_child();
    for (const auto& one : span.children) {
        REQUIRE(child);
        check_same(one, child);
        child = child.next_sibling();
    }
    CHECK_FALSE(child);
}

struct Case {
    const char* what;
    std::string text;
    std::string shown;
};

const Case cases[] = {
    {"one element", "<a/>", "a|<a/>|\n"},
    {"an empty one with two tags", "<a></a>", "a|<a>|</a>\n"},
    {"both quotes", "<a b='1' c=\"2\"/>", "a|<a b='1' c=\"2\"/>||b→1→1|c→2→2\n"},
    {"quotes in quotes", "<a b='\"x=\"' c=\"it's\"/>",
     "a|<a b='\"x=\"' c=\"it's\"/>||b→\"x=\"→\"x=\"|c→it's→it's\n"},
    {"blanks and lines in a tag", "<a\n  b = '1'\tc='2'\n></a >",
     "a|<a\n  b = '1'\tc='2'\n>|</a >|b→1→1|c→2→2\n"},
    {"references", "<a b='&lt;&#65;&amp;'>&gt;</a>", "a|<a b='&lt;&#65;&amp;'>|</a>|b→&lt;&#65;&amp;→<A&\n"},
    {"tags in values", "<a b='/>' c='>'><d/></a>", "a|<a b='/>' c='>'>|</a>|b→/>→/>|c→>→>\n d|<d/>|\n"},
    {"the name of one in the value of another", "<a bc='c=' c='x'/>",
     "a|<a bc='c=' c='x'/>||bc→c=→c=|c→x→x\n"},
    {"comments, CDATA and instructions hide tags",
     "<?x <y>?><!-- <z> --><a><![CDATA[<b/>]]><!--<c/>--><d/></a><!--<e/>-->", "a|<a>|</a>\n d|<d/>|\n"},
    {"prefixes", "<p:a xmlns:p='u'><p:b/></p:a>", "p:a|<p:a xmlns:p='u'>|</p:a>|xmlns:p→u→u\n p:b|<p:b/>|\n"},
    {"a byte order mark", "\xef\xbb\xbf<a>ü</a>", "a|<a>|</a>\n"},
    {"a declaration and line ends of DOS",
     "<?xml version='1.0' encoding='UTF-8'?>\r\n<a>\r\n<b\r\n/></a>\r\n", "a|<a>|</a>\n b|<b\r\n/>|\n"},
    {"an encoding that is part of UTF-8", "<?xml version='1.0' encoding='US-ASCII'?><a/>", "a|<a/>|\n"}};
} // namespace

TEST_CASE("spans are where the tags and values are") {
    for (const auto& one : cases) {
        CAPTURE(one.what);
        CHECK(shown(one.text, spans_of(one.text)) == one.shown);
    }
}

TEST_CASE("the tree equals tinyxml2's") {
    for (const auto& entry : std::filesystem::directory_iterator(std::string(TEST_DATA_DIR) + "/domains")) {
        CAPTURE(entry.path());
        std::ostringstream text;
        text << std::ifstream(entry.path()).rdbuf();
        const auto document = XmlDocument::parse(text.str());
        REQUIRE(document);
        check_same(spans_of(text.str()), document->root());
    }
}

TEST_CASE("text is put together from words, references and CDATA") {
    CHECK(spans_of("<a>1<!-- 2 -->3<b>4</b>&lt;<![CDATA[<5>]]></a>").text == "13<<5>");
}

TEST_CASE("text that is not XML is refused with its line") {
    const auto refusal = [](const std::string& text) {
        const auto root = read_xml_spans(text);
        return root ? "taken" : std::to_string(root.error().line) + ": " + root.error().message;
    };
    CHECK(refusal("") == "1: not well-formed XML: no element found");
    CHECK(refusal("<a>\n<b></a>") == "2: not well-formed XML: mismatched tag");
    CHECK(refusal("<a b='1' b='2'/>") == "1: not well-formed XML: duplicate attribute");
    CHECK(refusal("<a/><b/>") == "1: not well-formed XML: junk after document element");
    CHECK(refusal("<!DOCTYPE a [<!ATTLIST a b CDATA 'c'>]><a/>").starts_with("1: the DOCTYPE declares"));
    std::string deep;
    for (int level = 0; level < 101; ++level)
        deep += "<a>";
    CHECK(refusal(deep) == "1: not well-formed XML: elements are nested too deep");
}

TEST_CASE("references to entities have their positions and their text") {
    const std::string text = "<!DOCTYPE a [<!ENTITY e 'one'>]><a b='&e; two'>&e;<c d='&e;'/></a>";
    const auto root = spans_of(text);
    CHECK(root.text == "one");
    CHECK(root.attributes.at(0).value == "one two");
    CHECK(root.attributes.at(0).value_span.of(text) == "&e; two");
    CHECK(root.children.at(0).attributes.at(0).value == "one");
    check_same(root, XmlDocument::parse(text).value().root());
}

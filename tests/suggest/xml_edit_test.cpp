// Changed parts look like their neighbours; unchanged parts stay the same byte for byte.
#include "advice/suggest/xml_edit.hpp"

#include "advice/suggest/merge.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

using namespace hostlease;

namespace {
using Change = std::function<void(XmlNode&)>;

std::string changed(const std::string& text, const Change& change) {
    auto edit = XmlEdit::open(text);
    if (!edit) FAIL(edit.error().message << ": " << text);
    change(edit->root());
    return edit->text();
}

struct Case {
    const char* what;
    std::string before;
    Change change;
    std::string after;
};

void add_memory(XmlNode& root) { root.ensure("memory").set_text("4"); }
void add_hugepages(XmlNode& root) { root.ensure("memoryBacking/hugepages"); }

const Case cases[] = {
    // attributes
    {"a value keeps its quotes", "<a b=\"1\" c='2'/>", [](XmlNode& root) { root.set_attribute("b", "x"); },
     "<a b=\"x\" c='2'/>"},
    {"a value keeps the blanks around it", "<a  b = '1'\n   c='2' />",
     [](XmlNode& root) { root.set_attribute("b", "x"); }, "<a  b = 'x'\n   c='2' />"},
    {"an equal value stays as it is written", "<a b='&#65;'/>",
     [](XmlNode& root) { root.set_attribute("b", "A"); }, "<a b='&#65;'/>"},
    {"a new attribute comes last, quoted as the one before", "<a b=\"1\"/>",
     [](XmlNode& root) { root.set_attribute("c", "2"); }, "<a b=\"1\" c=\"2\"/>"},
    {"a new attribute before a blank", "<a b='1' />", [](XmlNode& root) { root.set_attribute("c", "2"); },
     "<a b='1' c='2' />"},
    {"the first attribute is quoted as the file is", "<a><b/><c d=\"1\"/></a>",
     [](XmlNode& root) { root.find("b")->set_attribute("x", "1"); }, "<a><b x=\"1\"/><c d=\"1\"/></a>"},
    {"values are escaped", "<a b='1' c=\"1\"/>",
     [](XmlNode& root) {
         root.set_attribute("b", "<&'\"\n>");
         root.set_attribute("c", "'\"");
     },
     "<a b='&lt;&amp;&apos;\"&#10;>' c=\"'&quot;\"/>"},
    {"an attribute is removed with the blanks before it", "<a b='1'\n  c='2'/>",
     [](XmlNode& root) { root.remove_attribute("c"); }, "<a b='1'/>"},
    // text
    {"text is replaced between its blanks", "<a>\n  8\n</a>", [](XmlNode& root) { root.set_text("9"); },
     "<a>\n  9\n</a>"},
    {"equal text stays", "<a> &#56; </a>", [](XmlNode& root) { root.set_text("8"); }, "<a> &#56; </a>"},
    {"comments in text stay", "<a><!-- 7 -->8<!-- 9 --></a>", [](XmlNode& root) { root.set_text("1"); },
     "<a><!-- 7 -->1<!-- 9 --></a>"},
    {"CDATA is text", "<a><![CDATA[8]]></a>", [](XmlNode& root) { root.set_text("1"); }, "<a>1</a>"},
    {"words around a comment are one text", "<a>1<!-- 2 -->3</a>", [](XmlNode& root) { root.set_text("9"); },
     "<a>9<!-- 2 --></a>"},
    {"text of an empty element", "<a/>", [](XmlNode& root) { root.set_text("<9>"); }, "<a>&lt;9&gt;</a>"},
    // new elements
    {"a new element has the indentation of the one before it",
     "<domain>\n  <name>x</name>\n  <vcpu>1</vcpu>\n</domain>\n", add_memory,
     "<domain>\n  <name>x</name>\n  <memory>4</memory>\n  <vcpu>1</vcpu>\n</domain>\n"},
    {"tabs", "<domain>\n\t<name>x</name>\n</domain>\n", add_hugepages,
     "<domain>\n\t<name>x</name>\n\t<memoryBacking>\n\t\t<hugepages/>\n\t</memoryBacking>\n</domain>\n"},
    {"line ends of DOS", "<domain>\r\n  <name>x</name>\r\n</domain>\r\n", add_hugepages,
     "<domain>\r\n  <name>x</name>\r\n  <memoryBacking>\r\n    <hugepages/>\r\n  "
     "</memoryBacking>\r\n</domain>\r\n"},
    {"four blanks", "<domain>\n    <name>x</name>\n</domain>", add_hugepages,
     "<domain>\n    <name>x</name>\n    <memoryBacking>\n        <hugepages/>\n    "
     "</memoryBacking>\n</domain>"},
    {"one line stays one line", "<domain><name>x</name><vcpu>1</vcpu></domain>", add_hugepages,
     "<domain><name>x</name><memoryBacking><hugepages/></memoryBacking><vcpu>1</vcpu></domain>"},
    {"an element of one line in a file of many",
     "<domain>\n  <memoryBacking><hugepages/></memoryBacking>\n</domain>",
     [](XmlNode& root) { root.ensure("memoryBacking/nosharepages"); },
     "<domain>\n  <memoryBacking><hugepages/><nosharepages/></memoryBacking>\n</domain>"},
    {"a comment behind the neighbour stays with it",
     "<domain>\n  <name>x</name> <!-- mine -->\n  <vcpu>1</vcpu>\n</domain>", add_memory,
     "<domain>\n  <name>x</name> <!-- mine -->\n  <memory>4</memory>\n  <vcpu>1</vcpu>\n</domain>"},
    {"a comment above the next one stays with that",
     "<domain>\n  <name>x</name>\n\n  <!-- CPUs -->\n  <vcpu>1</vcpu>\n</domain>", add_memory,
     "<domain>\n  <name>x</name>\n  <memory>4</memory>\n\n  <!-- CPUs -->\n  <vcpu>1</vcpu>\n</domain>"},
    {"before all others", "<domain> <!-- d -->\n  <vcpu>1</vcpu>\n</domain>", add_memory,
     "<domain> <!-- d -->\n  <memory>4</memory>\n  <vcpu>1</vcpu>\n</domain>"},
    {"behind the last, on the line of the end tag", "<domain>\n  <name>x</name></domain>", add_memory,
     "<domain>\n  <name>x</name>\n  <memory>4</memory></domain>"},
    {"two on one line", "<domain>\n  <name>x</name> <vcpu>1</vcpu>\n</domain>", add_memory,
     "<domain>\n  <name>x</name>\n  <memory>4</memory> <vcpu>1</vcpu>\n</domain>"},
    {"into an element that closes itself", "<domain>\n  <cpu mode='x' />\n</domain>",
     [](XmlNode& root) { root.ensure("cpu/cache"); },
     "<domain>\n  <cpu mode='x'>\n    <cache/>\n  </cpu>\n</domain>"},
    {"into an empty element", "<domain>\n  <cpu></cpu>\n</domain>",
     [](XmlNode& root) { root.ensure("cpu/cache"); }, "<domain>\n  <cpu>\n    <cache/>\n  </cpu>\n</domain>"},
    {"into an element that holds a line end", "<domain>\n  <cpu>\n  </cpu>\n</domain>",
     [](XmlNode& root) { root.ensure("cpu/cache"); }, "<domain>\n  <cpu>\n    <cache/>\n  </cpu>\n</domain>"},
    {"into an element that holds a comment", "<domain>\n  <cpu>\n    <!-- later -->\n  </cpu>\n</domain>",
     [](XmlNode& root) { root.ensure("cpu/cache"); },
     "<domain>\n  <cpu>\n    <!-- later -->\n    <cache/>\n  </cpu>\n</domain>"},
    {"into an element that closes itself, on one line", "<domain><cpu/></domain>",
     [](XmlNode& root) { root.ensure("cpu/cache"); }, "<domain><cpu><cache/></cpu></domain>"},
    {"one of a kind behind its last", "<cputune>\n  <vcpupin vcpu='0'/>\n  <emulatorpin/>\n</cputune>",
     [](XmlNode& root) { root.add("vcpupin").set_attribute("vcpu", "1"); },
     "<cputune>\n  <vcpupin vcpu='0'/>\n  <vcpupin vcpu='1'/>\n  <emulatorpin/>\n</cputune>"},
    {"one that libvirt does not know comes last", "<cputune>\n  <vcpupin/>\n  <q:x xmlns:q='u'/>\n</cputune>",
     [](XmlNode& root) { root.add("other"); },
     "<cputune>\n  <vcpupin/>\n  <q:x xmlns:q='u'/>\n  <other/>\n</cputune>"},
    {"elements of other namespaces are not looked at",
     "<domain xmlns:q='u'>\n  <q:memory>1</q:memory>\n  <memory xmlns='u'>2</memory>\n</domain>", add_memory,
     "<domain xmlns:q='u'>\n  <q:memory>1</q:memory>\n  <memory xmlns='u'>2</memory>\n  "
     "<memory>4</memory>\n</domain>"},
    // removal
    {"an element goes with its line", "<a>\n  <b/>\n  <c/>\n</a>", [](XmlNode& root) { root.remove("b"); },
     "<a>\n  <c/>\n</a>"},
    {"the last one, too", "<a>\n  <b/>\n  <c>\n    <d/>\n  </c>\n</a>",
     [](XmlNode& root) { root.remove("c"); }, "<a>\n  <b/>\n</a>"},
    {"a line with line ends of DOS", "<a>\r\n  <b/>\r\n  <c/>\r\n</a>",
     [](XmlNode& root) { root.remove("c"); }, "<a>\r\n  <b/>\r\n</a>"},
    {"a comment on its line stays", "<a>\n  <b/> <!-- why -->\n  <c/>\n</a>",
     [](XmlNode& root) { root.remove("b"); }, "<a>\n   <!-- why -->\n  <c/>\n</a>"},
    {"others on its line stay", "<a>\n  <b/><c/>\n</a>", [](XmlNode& root) { root.remove("b"); },
     "<a>\n  <c/>\n</a>"},
    {"on one line", "<a><b/><c/></a>", [](XmlNode& root) { root.remove("b"); }, "<a><c/></a>"},
    {"the only one", "<a>\n  <b c='1'>\n    <d/>\n  </b>\n</a>", [](XmlNode& root) { root.remove("b/d"); },
     "<a>\n  <b c='1'/>\n</a>"},
    {"the only one but for a comment", "<a>\n  <b/>\n  <!-- c -->\n</a>",
     [](XmlNode& root) { root.remove("b"); }, "<a>\n  <!-- c -->\n</a>"},
    {"one that is missing", "<a><b/></a>", [](XmlNode& root) { root.remove("c/d"); }, "<a><b/></a>"},
    // the surroundings
    {"what stands around the root stays", "<?xml version='1.0'?>\n<!-- <a> -->\n<a/>\n<!-- end -->\n",
     [](XmlNode& root) { root.set_attribute("b", "1"); },
     "<?xml version='1.0'?>\n<!-- <a> -->\n<a b='1'/>\n<!-- end -->\n"},
    {"a byte order mark stays", "\xef\xbb\xbf<a>\r\n  <b/>\r\n</a>\r\n",
     [](XmlNode& root) { root.set_attribute("c", "1"); }, "\xef\xbb\xbf<a c='1'>\r\n  <b/>\r\n</a>\r\n"}};
} // namespace

TEST_CASE("changes") {
    for (const auto& one : cases) {
        CAPTURE(one.what);
        const auto after = changed(one.before, one.change);
        CHECK(after == one.after);
        CHECK(XmlDocument::parse(after));
    }
}

TEST_CASE("a change that is made twice has no effect the second time") {
    for (const auto& one : cases) {
        if (one.after.find("vcpu='1'") != std::string::npos ||
            one.after.find("<other/>") != std::string::npos)
            continue; // add() always adds
        CAPTURE(one.what);
        CHECK(changed(one.after, one.change) == one.after);
    }
}

TEST_CASE("an unchanged text stays the same") {
    for (const auto& entry : std::filesystem::directory_iterator(std::string(TEST_DATA_DIR) + "/domains")) {
        CAPTURE(entry.path());
        std::ostringstream text;
        text << std::ifstream(entry.path()).rdbuf();
        CHECK(changed(text.str(), [](XmlNode&) {}) == text.str());
    }
    for (const auto& one : cases)
        CHECK(changed(one.before, [](XmlNode&) {}) == one.before);
}

TEST_CASE("metadata and qemu:commandline stay, whatever they contain") {
    const std::string strange =
        "  <metadata>\n <x:y xmlns:x=\"u\" a = \"'&quot;\" ><![CDATA[</metadata> <memory>1</memory>]]>"
        "<memory>&#x31;</memory><?php echo '<memory/>' ?></x:y>\n\t</metadata>\n"
        "  <qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
        "    <qemu:arg value='-cpu'/><!-- -- -->\n  </qemu:commandline>\n";
    // two hyphens are not allowed in an XML comment
    std::string taken = strange;
    taken.replace(taken.find("<!-- -- -->"), 11, "<!-- <memory/> -->");
    const std::string text = "<domain>\n  <name>x</name>\n" + taken + "</domain>\n";
    const auto after = changed(text, add_memory);
    CHECK(after == "<domain>\n  <name>x</name>\n" + taken.substr(0, taken.find("  <qemu:")) +
                       "  <memory>4</memory>\n" + taken.substr(taken.find("  <qemu:")) + "</domain>\n");
    CHECK_FALSE(XmlEdit::open("<domain>" + strange + "</domain>"));
}

TEST_CASE("fragments are merged into the elements that they concern") {
    const auto merged = [](const std::string& text, const std::string& fragment) {
        return changed(text, [&](XmlNode& root) { CHECK(merge_xml(root, fragment)); });
    };
    const std::string clock =
        "<domain><clock offset='utc'><timer name='rtc'/><timer name='hpet' present='yes'/></clock></domain>";
    CHECK(
        merged(clock, "<clock offset='localtime'>\n  <timer name='hpet' present='no'/>\n</clock>") ==
        "<domain><clock offset='utc'><timer name='rtc'/><timer name='hpet' present='no'/></clock></domain>");
    CHECK(
        merged(clock, "<clock offset='localtime'><timer name='tsc' mode='native'/></clock>") ==
        "<domain><clock offset='utc'><timer name='rtc'/><timer name='hpet' present='yes'/><timer name='tsc' "
        "mode='native'/></clock></domain>");
    CHECK(merged("<domain/>", "<clock offset='localtime'><timer name='tsc'/></clock>") ==
          "<domain><clock offset='localtime'><timer name='tsc'/></clock></domain>");
    CHECK(merged("<domain/>", "<cpu mode='host-passthrough'><cache mode='passthrough'/></cpu>") ==
          "<domain><cpu><cache mode='passthrough'/></cpu></domain>");
    CHECK(merged("<domain><memtune><hard_limit unit='KiB'>1</hard_limit></memtune></domain>",
                 "<memtune><hard_limit unit='MiB'>2</hard_limit></memtune>") ==
          "<domain><memtune><hard_limit unit='MiB'>2</hard_limit></memtune></domain>");
    CHECK(changed("<domain/>", [](XmlNode& root) {
              CHECK_FALSE(merge_xml(root, "<clock offset='localtime'>"));
          }) == "<domain/>");
}

#include "read/domain_xml_support.hpp"

#include <random>

using namespace hostlease;

TEST_CASE("a text that is not one plain domain is one clear error") {
    struct Case {
        std::string text;
        const char* message;
    };
    using namespace std::string_literals;
    for (const auto& [text, message] : {
             Case{"", "vm.xml: error: the text is empty; a <domain> was expected\n"},
             Case{" \n", "vm.xml: error: not well-formed XML: the document has no element\n"},
             Case{"hello", "vm.xml:1: error: not well-formed XML: text outside the root element, or a "
                           "missing end tag\n"},
             Case{"hello<domain/>", "vm.xml:1: error: text outside the root element\n"},
             Case{"<!-- only -->", "vm.xml: error: the document has no element\n"},
             Case{"<domstatus><domain/></domstatus>",
                  "vm.xml:1: error: the root element is 'domstatus' and not libvirt's "
                  "<domain>\n  hint: use what virsh dumpxml prints\n"},
             Case{"<domain xmlns='urn:other'/>",
                  "vm.xml:1: error: the root element is 'domain' and not libvirt's <domain>\n  "
                  "hint: use what virsh dumpxml prints\n"},
             Case{"<domain/>\n<domain/>",
                  "vm.xml:2: error: a second root element <domain>\n  hint: one file holds one domain\n"},
             Case{"<domain/>\ntext", "vm.xml:2: error: not well-formed XML: text outside the root element, "
                                     "or a missing end tag\n"},
             Case{"<domain/>\ntext<!-- -->", "vm.xml:2: error: text outside the root element\n"},
             Case{"<domain>\n<a></b></domain>", "vm.xml:2: error: not well-formed XML: an end tag does not "
                                                "match its start tag, or is missing\n"},
             Case{"<domain>\n\0</domain>"s,
                  "vm.xml:2: error: a NUL byte\n  hint: the text is binary or UTF-16; write it as UTF-8\n"},
             Case{"\xff\xfe<\0d\0"s, "vm.xml: error: the text is UTF-16\n  hint: write the file as UTF-8\n"},
             Case{"<domain>\x1b[31m</domain>",
                  "vm.xml:1: error: a control character, which XML does not allow\n"},
             Case{"<?xml version='1.0' encoding='latin1'?><domain/>",
                  "vm.xml:1: error: the encoding is not UTF-8: latin1\n  hint: write the file as UTF-8\n"},
             Case{"<domain><!DOCTYPE domain></domain>",
                  "vm.xml:1: error: not well-formed XML: a declaration in the wrong place\n  hint: remove "
                  "it\n"},
             Case{"\n<!DOCTYPE domain [", "vm.xml:2: error: not well-formed XML: the DOCTYPE never ends\n"},
             Case{"<!DOCTYPE domain\n[ <!ENTITY a ] ><domain/>",
                  "vm.xml:2: error: not well-formed XML: the DOCTYPE is broken\n"},
             Case{"<!DOCTYPE domain [\n<!ATTLIST vcpu current CDATA '2'>]><domain/>",
                  "vm.xml:2: error: the DOCTYPE declares attributes, whose defaults are not read\n  hint: "
                  "write the attributes in the elements and remove <!ATTLIST>\n"},
             Case{"<!DOCTYPE domain [<!ENTITY % p ''> %p;]><domain/>",
                  "vm.xml:1: error: the DOCTYPE uses a parameter entity, which is not read\n  hint: write "
                  "what it stands for\n"},
         }) {
        CAPTURE(text);
        CHECK(errors_of(text) == message);
    }
}

TEST_CASE("invalid UTF-8 and characters that are not allowed in XML are refused") {
    for (const char* bytes :
         {"\x80", "\xc0\xaf", "\xc1\xbf", "\xc3", "\xe0\x80\xaf", "\xe2\x82", "\xed\xa0\x80",
          "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xe4\xf6\xfc"})
        CHECK(errors_of(with_name(bytes)) == "vm.xml:1: error: not UTF-8\n  hint: write the file as UTF-8\n");
    for (const char* reference : {"&", "&;", "&foo;", "&lt", "&#;", "&#0;", "&#x0;", "&#27;", "&#xd800;",
                                  "&#x110000;", "&#99999999999999;", "&#-5;", "&#x;", "& lt;", "&#x 41;"}) {
        CAPTURE(reference);
        const auto said = errors_of(with_name(reference));
        CHECK(said.find("hint: write &amp; for the character '&'") != std::string::npos);
        CHECK((said.find("the entity '&foo;' is not defined") != std::string::npos) ==
              (reference == std::string_view("&foo;")));
    }
    CHECK(read("\xef\xbb\xbf" + with("")).name == "vm");
    for (const char* encoding : {"UTF-8", "utf-8", "US-ASCII"})
        CHECK(read("<?xml version=\"1.0\" encoding = \"" + std::string(encoding) + "\"?>\n" +
                   with("<!-- <!DOCTYPE & -->"))
                  .name == "vm");
}

TEST_CASE("control characters that are allowed in XML are not shown in messages") {
    const auto message =
        errors_of(with("<cpu><numa><cell id='0' memory='1' memAccess='sha&#x9b;31mred'/></numa></cpu>"));
    CHECK(message.find("memAccess='sha??31mred' of <cell> is not one of shared, private") !=
          std::string::npos);
}

TEST_CASE("hostile texts end in an error or a domain, and in few messages") {
    const auto size = domain_xml_limit - 4096;
    CHECK(errors_of(std::string(domain_xml_limit + 1, ' ')) ==
          "vm.xml: error: the text is larger than 4 MiB, the largest size of a domain's XML\n");
    CHECK(errors_of(repeat("<a>", size / 3)).find("nested too deep") != std::string::npos);
    CHECK(errors_of(repeat("<domain>", 90) + repeat("</domain>", 90)).find("has no <name>") !=
          std::string::npos);
    CHECK_FALSE(errors_of(repeat("<", size)).empty());
    CHECK_FALSE(errors_of(repeat("&", size)).empty());
    CHECK_FALSE(errors_of("<domain>" + repeat("&#", size / 2)).empty());
    CHECK_FALSE(errors_of(repeat("<!--", size / 4)).empty());
    CHECK_FALSE(errors_of(repeat("<a '", size / 4)).empty());
    CHECK_FALSE(errors_of(repeat("<?", size / 2)).empty());
    std::string attributes;
    for (unsigned number = 0; attributes.size() < size; ++number)
        attributes += " a" + std::to_string(number) + "=''";
    CHECK(errors_of("<domain" + attributes + "/>") ==
          "vm.xml:1: error: more than 256 attributes in one element\n");
    CHECK_FALSE(errors_of("<domain>" + repeat("<![CDATA[", size / 9)).empty());
    CHECK(errors_of(with("<cputune>" + repeat("<vcpupin/>", size / 10) + "</cputune>")).size() < 20'000);
    CHECK(errors_of(with("<iothreads>" + std::string(size, 'x') + "</iothreads>")).size() < 1'000);
    CHECK(
        errors_of(with("<cputune><emulatorpin cpuset='" + std::string(size, 'x') + "'/></cputune>")).size() <
        1'000);
    CHECK(read(with_name(repeat("&#65;", size / 5))).name.size() == size / 5);
}

TEST_CASE("an entity that is not plain text is refused where it is used") {
    for (const char* declaration :
         {"e SYSTEM '/etc/hostname'", "e PUBLIC 'a' 'b'", "e '<vcpu>4</vcpu>'", "e '&#60;vcpu/>'",
          "e '&#38;lt;'", "e '&#0060;vcpu/>'", "e '&#x03c;vcpu/>'", "e '&#x00026;lt;'",
          "e '&later;'><!ENTITY later '4'", "e '&e;'", "e '%p;'", "e"}) {
        CAPTURE(declaration);
        const auto doctype = "<!DOCTYPE domain [<!ENTITY " + std::string(declaration) + ">]>\n";
        CHECK(errors_of(doctype + with("<iothreads>&e;</iothreads>"))
                  .starts_with("vm.xml:7: error: the entity 'e' is not plain text"));
        CHECK(read(doctype + with("<!-- &e; --><iothreads>3</iothreads>")).iothreads == 3);
    }
}

TEST_CASE("entities that grow are refused") {
    std::string grown = "<!ENTITY e0 '" + std::string(100, '1') + "'>";
    for (unsigned level = 1; level < 12; ++level)
        grown += "<!ENTITY e" + std::to_string(level) + " '" +
                 repeat("&e" + std::to_string(level - 1) + ";", 10) + "'>";
    const auto reference = [&](const std::string& name) {
        return errors_of("<!DOCTYPE d [" + grown + "]>" + with("<a>&" + name + ";</a>"));
    };
    CHECK(reference("e2").empty());
    CHECK(reference("e3").find("is not plain text") != std::string::npos);
    CHECK(errors_of("<!DOCTYPE d [" + grown + "]>" + with(repeat("&e2;", 500)))
              .find("larger than any domain") != std::string::npos);
    std::string many;
    for (unsigned number = 0; number < 50'000; ++number)
        many += "<!ENTITY m" + std::to_string(number) + " '&e2;'>";
    CHECK(errors_of("<!DOCTYPE d [" + grown + many + "]>" + with("")).find("more than 1 MiB") !=
          std::string::npos);
    for (const char* piece : {"<!ENTITY ", "<!ENTITY a \"", "<!-- ", "<? ", "%", "]", "'", "&"}) {
        CAPTURE(piece);
        CHECK_FALSE(errors_of("<!DOCTYPE d [" + repeat(piece, 100'000)).empty());
    }
}

TEST_CASE("thousands of siblings and attributes are read in one go") {
    std::string attributes;
    std::string disks;
    for (unsigned number = 0; number < 20'000; ++number) {
        if (number < 200) attributes += " xmlns:a" + std::to_string(number) + "='u'";
        disks += "<disk type='file'><source file='/" + std::to_string(number) + "'/></disk>\n";
    }
    const auto children = repeat("<a7:x/>", 20'000);
    const auto domain = read("<domain type='kvm'" + attributes +
                             "><name>vm</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>" +
                             "<memory>1</memory><metadata" + attributes + ">" + children +
                             "</metadata><devices>" + disks + "</devices></domain>");
    REQUIRE(domain.disks.size() == 20'000);
    CHECK(domain.disks.back().source == "/19999");
}

TEST_CASE("a text cut at any byte is an error") {
    for (const auto& name : {"hook-start.xml", "numa-hugepages.xml", "foreign-namespaces.xml"}) {
        const auto text = domain_file(name);
        const auto end = text.rfind('>');
        std::size_t accepted = 0;
        for (std::size_t length = 0; length <= end; ++length)
            accepted += read_domain_xml(std::string(text, 0, length), "vm.xml")
                            ? 1
                            : 0; // a separate copy, so that reading past its end is detected
        CAPTURE(name);
        CHECK(accepted == 0);
        CHECK(errors_of(std::string_view(text).substr(0, end + 1)).empty());
    }
}

TEST_CASE("a text with changed bytes never does harm") {
    std::mt19937 random(20'240'917); // a fixed seed, so that a failure is reproducible
    constexpr std::string_view favourites = "<>&'\"/!-[]=;#x0 :^,\n\0\x80\xff";
    for (const auto& name :
         {"hook-migrate.xml", "numa-hugepages.xml", "foreign-namespaces.xml", "automatic-placement.xml"}) {
        const auto original = domain_file(name);
        for (unsigned round = 0; round < 3'000; ++round) {
            auto text = original;
            for (auto changes = 1 + random() % 3; changes > 0; --changes) {
                const auto at = random() % text.size();
                switch (random() % 4) {
                case 0: text[at] = static_cast<char>(random() % 256); break;
                case 1: text[at] = favourites[random() % favourites.size()]; break;
                case 2: text.erase(at, 1 + random() % 20); break;
                default: text.insert(at, text, random() % text.size(), 1 + random() % 40); break;
                }
            }
            const auto domain = read_domain_xml(text, "vm.xml");
            if (domain ? domain->uuid.size() != 36 || domain->name.empty() : domain.error().text().empty())
                FAIL(text);
        }
    }
}

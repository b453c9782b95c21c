// Domains for the tests of the domain reader: from tests/data/domains, or small generated ones.
#pragma once

#include "read/domain_xml.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace hostlease {

inline std::string domain_file(const std::string& name) {
    std::ifstream file(TEST_DATA_DIR "/domains/" + name);
    REQUIRE(file);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

inline Domain read(const std::string& text) {
    CAPTURE(text);
    const auto domain = read_domain_xml(text, "vm.xml");
    if (!domain) FAIL(domain.error().text());
    return *domain;
}

inline std::string errors_of(std::string_view text) {
    const auto domain = read_domain_xml(text, "vm.xml");
    return domain ? "" : domain.error().text();
}

/// A domain with 4 vCPUs in 5 lines, followed by `body` from line 6 on.
inline std::string with(const std::string& body) {
    return "<domain "
           "type='kvm'>\n<name>vm</name>\n<uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>\n<memory>1024</"
           "memory>\n"
           "<vcpu>4</vcpu>\n" +
           body + "</domain>\n";
}

inline std::string with_name(const std::string& name) {
    return "<domain type='kvm'><name>" + name +
           "</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid><memory>1024</memory></domain>";
}

inline std::string with_uuid(const std::string& uuid) {
    return "<domain type='kvm'><name>vm</name><uuid>" + uuid + "</uuid><memory>1024</memory></domain>";
}

inline std::string with_memory(const std::string& memory) {
    return "<domain type='kvm'><name>vm</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>" + memory +
           "</domain>";
}

inline std::string repeat(const std::string& piece, std::size_t times) {
    std::string text;
    text.reserve(piece.size() * times);
    for (std::size_t count = 0; count < times; ++count)
        text += piece;
    return text;
}

} // namespace hostlease

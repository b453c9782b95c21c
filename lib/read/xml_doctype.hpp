// The declarations in the DOCTYPE of a text, as far as libvirt's reader uses them.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace hostlease {

struct XmlDoctype {
    std::size_t begin = 0;
    std::size_t end = 0; // after its '>'
    /// The text of each entity, escaped like the value of an attribute. nullopt if it is not plain text: it
    /// has markup, is another file, or refers to an entity that is declared later.
    std::map<std::string_view, std::optional<std::string>> entities = {};
    std::size_t text_size = 0; // of all entities
};

/// An error in a text and its place.
struct XmlPlace {
    std::size_t offset = 0;
    std::string message;
    std::string hint;
};

/// Reads the DOCTYPE that starts at `at`; never reads other files. Refuses declarations that change the
/// document without a reference in it: default values of attributes, and parameter entities that are used.
/// Source: XML 1.0, sections 2.8 and 4; libvirt 9.0 reads with XML_PARSE_NONET and without XML_PARSE_NOENT
/// (src/util/virxml.c), and takes the text of entities (virsh define).
tl::expected<XmlDoctype, XmlPlace> read_doctype(std::string_view text, std::size_t at);

} // namespace hostlease

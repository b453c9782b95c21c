// The XML tree for the domain reader. xml_element.cpp is the only file that includes tinyxml2.
#pragma once

#include "read/xml_guard.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace tinyxml2 {
class XMLDocument;
class XMLElement;
} // namespace tinyxml2

namespace hostlease {

/// One element of an XmlDocument, or none. Cheap to copy; valid as long as its document lives.
class XmlElement {
  public:
    XmlElement() = default;
    explicit XmlElement(const tinyxml2::XMLElement* node) : node_(node) {}
    explicit operator bool() const { return node_ != nullptr; }

    /// As written: "memory", "libosinfo:os".
    [[nodiscard]] std::string_view name() const;
    [[nodiscard]] unsigned line() const;
    [[nodiscard]] std::optional<std::string_view> attribute(std::string_view name) const;
    /// The element's own text and CDATA, joined; comments between them are ignored.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] XmlElement first_child() const;
    [[nodiscard]] XmlElement next_sibling() const;
    /// Whether the element has no prefix and declares no default namespace: it is libvirt's if its parent
    /// is.
    [[nodiscard]] bool in_no_namespace() const;

    using TakeAttribute = std::function<void(std::string_view name, std::string_view value)>;
    void for_each_attribute(const TakeAttribute& take) const;

  private:
    const tinyxml2::XMLElement* node_ = nullptr;
};

/// Calls `take(child)` for each child in no namespace that has this name.
template <typename Take>
void for_each_child(XmlElement parent, std::string_view name, Take take) {
    if (!parent) return;
    for (auto child = parent.first_child(); child; child = child.next_sibling())
        if (child.name() == name && child.in_no_namespace()) take(child);
}

/// Namespace declarations in force inside an element. Each level stores its own declarations, so that
/// thousands of metadata elements do not search the attributes of their ancestors again.
class NamespaceScope {
  public:
    explicit NamespaceScope(XmlElement element, const NamespaceScope* outer = nullptr);
    /// The namespace of `prefix` ("" is the default one); "" if it is not declared.
    [[nodiscard]] std::string_view find(std::string_view prefix) const;

  private:
    const NamespaceScope* outer_;
    std::map<std::string_view, std::string_view> declared_;
};

/// Whether `element`, whose own declarations are in `scope`, is {uri}local_name. An empty `local_name`
/// matches any name.
bool is_element(XmlElement element, const NamespaceScope& scope, std::string_view uri,
                std::string_view local_name);

class XmlDocument {
  public:
    /// Fails if check_xml_text() does, or if the text is not well-formed, nested deeper than tinyxml2's 100
    /// levels, or in an encoding other than UTF-8.
    static tl::expected<XmlDocument, XmlFault> parse(std::string_view text);
    XmlDocument(XmlDocument&&) noexcept;
    ~XmlDocument();
    [[nodiscard]] XmlElement root() const;

    /// Joins the elements at `path` ("memoryBacking/source", below the root) into the first one, with the
    /// children of all. If several have an attribute, its first value stays.
    void join_into_first(std::string_view path);
    /// Joins the elements at `path`, and those of one name at each level below, into the last one, with the
    /// children of all and the attributes of the last.
    void join_into_last(std::string_view path);

  private:
    XmlDocument();
    [[nodiscard]] std::vector<tinyxml2::XMLElement*> elements_at(std::string_view path) const;
    std::unique_ptr<tinyxml2::XMLDocument> document_;
};

} // namespace hostlease

// The XML tree as the domain reader walks it; xml_element.cpp is the only file that sees tinyxml2.
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
    /// The element's own text and CDATA put together; comments between them do not count.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] XmlElement first_child() const;
    [[nodiscard]] XmlElement next_sibling() const;
    /// No prefix and no default namespace of its own: as libvirt's when the parent is libvirt's.
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

/// Namespace declarations in force inside an element. Each level keeps its own, so that a metadata child
/// among many thousands does not search its ancestors' attributes again.
class NamespaceScope {
  public:
    explicit NamespaceScope(XmlElement element, const NamespaceScope* outer = nullptr);
    /// The namespace that `prefix` ("" is the default one) stands for; "" when it is not declared.
    [[nodiscard]] std::string_view find(std::string_view prefix) const;

  private:
    const NamespaceScope* outer_;
    std::map<std::string_view, std::string_view> declared_;
};

/// Whether `element`, whose own declarations are in `scope`, is {uri}local_name. An empty `local_name` is any
/// name.
bool is_element(XmlElement element, const NamespaceScope& scope, std::string_view uri,
                std::string_view local_name);

class XmlDocument {
  public:
    /// Fails where check_xml_text() does, and when the text is not well-formed, nested deeper than tinyxml2's
    /// 100, or in an encoding other than UTF-8.
    static tl::expected<XmlDocument, XmlFault> parse(std::string_view text);
    XmlDocument(XmlDocument&&) noexcept;
    ~XmlDocument();
    [[nodiscard]] XmlElement root() const;

    /// Leaves one element at `path` ("memoryBacking/source", below the root), with the children of all of
    /// that name. Of an attribute in several of them, the first value stays.
    void join_into_first(std::string_view path);
    /// Leaves one element of each name in the tree at `path`, with the children of all and the attributes of
    /// the last.
    void join_into_last(std::string_view path);

  private:
    XmlDocument();
    [[nodiscard]] std::vector<tinyxml2::XMLElement*> elements_at(std::string_view path) const;
    std::unique_ptr<tinyxml2::XMLDocument> document_;
};

} // namespace hostlease

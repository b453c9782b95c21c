// The XML tree as the domain reader walks it; xml_element.cpp is the only file that sees tinyxml2.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace tinyxml2 {
class XMLDocument;
class XMLElement;
} // namespace tinyxml2

namespace hostlease {

/// Why a text is not XML that we read; line 0 means the whole text.
struct XmlFault {
    unsigned line = 0;
    std::string message;
    std::string hint;
};

/// What tinyxml2 lets pass or trips over: NUL, text that is not UTF-8, control characters, DOCTYPE, undefined
/// entities, hundreds of attributes in one tag. Linear in the text.
std::optional<XmlFault> check_xml_text(std::string_view text);

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

/// Namespace declarations in force inside an element. Each level keeps its own, so that a metadata child among many thousands
/// does not search its ancestors' attributes again.
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
bool is_element(XmlElement element, const NamespaceScope& scope, std::string_view uri, std::string_view local_name);

class XmlDocument {
  public:
    /// Fails when the text is not well-formed, nested deeper than tinyxml2's 100, or in an encoding other than
    /// UTF-8.
    static tl::expected<XmlDocument, XmlFault> parse(std::string_view text);
    XmlDocument(XmlDocument&&) noexcept;
    ~XmlDocument();
    [[nodiscard]] XmlElement root() const;

  private:
    XmlDocument();
    std::unique_ptr<tinyxml2::XMLDocument> document_;
};

} // namespace hostlease

// Edits an XML text and keeps every other byte: comments, blanks, quotes, unknown elements. New elements get
// the indentation and line ends of their neighbours, or neither if the neighbours are on one line.
#pragma once

#include "read/xml_spans.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace hostlease {

/// The layout of the text, for new elements.
struct XmlStyle {
    std::string line_end = "\n";
    std::string indentation = "  ";
    char quote = '\'';
    bool has_lines = false; // otherwise everything is on one line
};

/// An element of an XmlEdit. Valid as long as the XmlEdit, unless it is removed.
class XmlNode {
  public:
    XmlNode(std::string name, XmlNode* parent, const XmlStyle& style);
    XmlNode(std::string_view text, const ElementSpan& span, XmlNode* parent, const XmlStyle& style);

    [[nodiscard]] const std::string& name() const { return name_; }
    /// nullptr for the root.
    [[nodiscard]] XmlNode* parent() const { return parent_; }
    /// Whether the element has neither a prefix nor a default namespace, so that libvirt reads it.
    [[nodiscard]] bool in_no_namespace() const;
    [[nodiscard]] std::optional<std::string> attribute(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> attribute_names() const;
    /// The text without blanks at its ends.
    [[nodiscard]] std::string text() const;

    /// Follows "features/hyperv/relaxed", taking the first element of each name in no namespace; nullptr if
    /// one is missing.
    [[nodiscard]] XmlNode* find(std::string_view path);
    /// The children of this name in no namespace; all of them for "".
    [[nodiscard]] std::vector<XmlNode*> children(std::string_view name = {});

    /// Changes nothing if the value is already this one. A new attribute comes last.
    void set_attribute(std::string_view name, std::string_view value);
    /// Does nothing if the attribute is missing.
    void remove_attribute(std::string_view name);
    /// Replaces the text; comments stay.
    void set_text(std::string_view text);
    /// Follows the path as find() does, and adds missing elements.
    XmlNode& ensure(std::string_view path);
    /// Adds a child after the last child that has the same name or that libvirt writes before it. If there is
    /// none, the new child comes first. If xml_place() does not know the name, it comes last.
    XmlNode& add(std::string_view name);
    /// Appends the content of a later sibling to this element's content, and removes the sibling.
    void absorb(XmlNode& later);
    /// Removes the child, and its line if the line contains nothing else. Comments stay. If nothing is left,
    /// this element becomes self-closing.
    void remove(XmlNode& child);
    /// Removes the first child of this path, if there is one.
    void remove(std::string_view path);

    void write(std::string& out) const;

  private:
    struct Attribute {
        std::string before; // the text before it
        std::string name;
        std::string equals;  // "=", or with blanks around
        std::string written; // the raw value between the quotes
        char quote = '\'';
        std::string value;
    };
    /// Text as it is written (blanks, comments, words), or an element.
    struct Piece {
        std::string raw;
        std::unique_ptr<XmlNode> node;
    };

    [[nodiscard]] std::size_t index_of(const XmlNode& child) const;
    [[nodiscard]] std::optional<std::string> indentation() const;
    [[nodiscard]] std::optional<std::size_t> predecessor(std::string_view name) const;
    void insert(std::size_t at, std::unique_ptr<XmlNode> child);
    void insert_line(std::size_t at, const std::string& blanks, std::unique_ptr<XmlNode> child);
    void insert_first(std::unique_ptr<XmlNode> child);
    void open_up();
    void close_when_empty();
    std::string take_tail();
    void join_raw();

    std::string name_;
    XmlNode* parent_;
    const XmlStyle* style_;
    std::vector<Attribute> attributes_;
    std::string before_end_; // blanks before ">" or "/>"
    bool is_self_closing_ = true;
    std::vector<Piece> content_;
    std::string end_tag_;
    std::string text_;
};

/// XmlNode::find(), or nullptr if the node is nullptr.
XmlNode* find(XmlNode* from, std::string_view path);
/// XmlNode::children(), or an empty list if the node is nullptr.
std::vector<XmlNode*> children(XmlNode* parent, std::string_view name);
/// The attribute's value; "" if the attribute is missing or the node is nullptr.
std::string attribute(const XmlNode* node, std::string_view name);

class XmlEdit {
  public:
    /// Fails as read_xml_spans() does.
    static tl::expected<XmlEdit, XmlFault> open(std::string_view text);

    [[nodiscard]] XmlNode& root() { return *root_; }
    /// The text with all changes; without changes, the original text.
    [[nodiscard]] std::string text() const;

  private:
    std::string before_; // the text before the root element
    std::string after_;
    std::unique_ptr<XmlStyle> style_;
    std::unique_ptr<XmlNode> root_;
};

} // namespace hostlease

// Changes parts of an XML text and leaves every other byte as it is: comments, blanks, quotes, what nobody here knows. What is added looks like
// its neighbours: their indentation and line ends, or none of it where they stand on one line.
#pragma once

#include "read/xml_spans.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace hostlease {

/// How the text is written, for what is added to it.
struct XmlStyle {
    std::string line_end = "\n";
    std::string indentation = "  ";
    char quote = '\'';
    bool has_lines = false; // else everything stands on one line
};

/// One element of an XmlEdit. Lives as long as it, unless it is removed.
class XmlNode {
  public:
    XmlNode(std::string name, XmlNode* parent, const XmlStyle& style);
    XmlNode(std::string_view text, const ElementSpan& span, XmlNode* parent, const XmlStyle& style);

    [[nodiscard]] const std::string& name() const { return name_; }
    /// nullptr for the root.
    [[nodiscard]] XmlNode* parent() const { return parent_; }
    /// No prefix, no default namespace of its own: libvirt's, as its parent is.
    [[nodiscard]] bool in_no_namespace() const;
    [[nodiscard]] std::optional<std::string> attribute(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> attribute_names() const;
    /// Without blanks at its ends.
    [[nodiscard]] std::string text() const;

    /// Follows "features/hyperv/relaxed", the first of each name in no namespace; nullptr when one is missing.
    [[nodiscard]] XmlNode* find(std::string_view path);
    /// The children of this name in no namespace; all of them for "".
    [[nodiscard]] std::vector<XmlNode*> children(std::string_view name = {});

    /// Writes nothing where the value is this already. A new attribute comes last.
    void set_attribute(std::string_view name, std::string_view value);
    /// One that is missing is fine.
    void remove_attribute(std::string_view name);
    /// In place of the text that there is; comments stay.
    void set_text(std::string_view text);
    /// Follows the path as find() does, and adds what is missing.
    XmlNode& ensure(std::string_view path);
    /// A new child: behind the last one that libvirt writes before it, or of its name, and else where it leads to the least movement.
    XmlNode& add(std::string_view name);
    /// With the line it stands on. Comments beside and around it stay; where nothing else does, this element closes itself.
    void remove(XmlNode& child);
    /// Removes the first child of that path, when there is one.
    void remove(std::string_view path);

    void write(std::string& out) const;

  private:
    struct Attribute {
        std::string before; // what stands between it and what comes before it
        std::string name;
        std::string equals;  // "=", or with blanks around
        std::string written; // the value as it stands between the quotes
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

class XmlEdit {
  public:
    /// Fails as read_xml_spans() does.
    static tl::expected<XmlEdit, XmlFault> open(std::string_view text);

    [[nodiscard]] XmlNode& root() { return *root_; }
    /// The text with all changes; without any, the text that was opened.
    [[nodiscard]] std::string text() const;

  private:
    std::string before_; // the root element
    std::string after_;
    std::unique_ptr<XmlStyle> style_;
    std::unique_ptr<XmlNode> root_;
};

} // namespace hostlease

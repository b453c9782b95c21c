#include "read/xml_element.hpp"

#include "core/parse.hpp"

#include <algorithm>
#include <set>
#include <tinyxml2.h>

namespace hostlease {

namespace {
unsigned line_of(int line) { return line > 0 ? static_cast<unsigned>(line) : 0; }

std::string_view local_name(std::string_view name) {
    const auto colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view prefix(std::string_view name) {
    const auto colon = name.find(':');
    return colon == std::string_view::npos ? std::string_view{} : name.substr(0, colon);
}

std::string what_is_wrong(tinyxml2::XMLError error) {
    switch (error) {
    case tinyxml2::XML_ERROR_PARSING_ELEMENT: return "a tag is broken or never ends";
    case tinyxml2::XML_ERROR_PARSING_ATTRIBUTE: return "an attribute is not name='value', or occurs twice";
    case tinyxml2::XML_ERROR_PARSING_TEXT: return "text outside the root element, or a missing end tag";
    case tinyxml2::XML_ERROR_PARSING_CDATA: return "a CDATA section never ends";
    case tinyxml2::XML_ERROR_PARSING_COMMENT: return "a comment never ends";
    case tinyxml2::XML_ERROR_PARSING_DECLARATION: return "a <?...?> is broken or in the wrong place";
    case tinyxml2::XML_ERROR_EMPTY_DOCUMENT: return "the document has no element";
    case tinyxml2::XML_ERROR_MISMATCHED_ELEMENT:
        return "an end tag does not match its start tag, or is missing";
    case tinyxml2::XML_ELEMENT_DEPTH_EXCEEDED: return "elements are nested too deep";
    default: return "an element is not closed";
    }
}

/// The value of `encoding` in "xml version='1.0' encoding='UTF-8'"; "UTF-8" if there is none.
std::string_view declared_encoding(std::string_view declaration) {
    constexpr std::string_view keyword = "encoding";
    const auto at = declaration.find(keyword);
    if (at == std::string_view::npos) return "UTF-8";
    auto rest = trim(declaration.substr(at + keyword.size()));
    if (!rest.starts_with('=')) return {};
    rest = trim(rest.substr(1));
    if (rest.empty() || (rest[0] != '"' && rest[0] != '\'')) return {};
    const auto end = rest.find(rest[0], 1);
    return end == std::string_view::npos ? std::string_view{} : rest.substr(1, end - 1);
}

bool is_utf8_name(std::string_view encoding) {
    std::string upper(encoding.substr(0, 16));
    std::transform(upper.begin(), upper.end(), upper.begin(), [](char letter) {
        return static_cast<char>(letter >= 'a' && letter <= 'z' ? letter - 32 : letter);
    });
    return upper == "UTF-8" || upper == "UTF8" || upper == "US-ASCII" || upper == "ASCII";
}

/// Refuses several roots and text outside of them, which tinyxml2 accepts.
std::optional<XmlFault> check_top_level(const tinyxml2::XMLDocument& document) {
    bool has_root = false;
    for (const auto* node = document.FirstChild(); node != nullptr; node = node->NextSibling()) {
        const unsigned line = line_of(node->GetLineNum());
        const std::string_view value = node->Value() == nullptr ? "" : node->Value();
        if (node->ToDeclaration() != nullptr && value.starts_with("xml") &&
            !is_utf8_name(declared_encoding(value)))
            return XmlFault{
                line, "the encoding is not UTF-8: " + std::string(declared_encoding(value).substr(0, 64)),
                "write the file as UTF-8"};
        if (node->ToText() != nullptr || node->ToUnknown() != nullptr)
            return XmlFault{line, "text outside the root element", {}};
        if (node->ToElement() == nullptr) continue;
        if (has_root)
            return XmlFault{line, "a second root element <" + std::string(value.substr(0, 64)) + ">",
                            "one file holds one domain"};
        has_root = true;
    }
    if (!has_root) return XmlFault{0, "the document has no element", {}};
    return std::nullopt;
}

std::vector<tinyxml2::XMLElement*> children_of(tinyxml2::XMLElement& parent, std::string_view name) {
    std::vector<tinyxml2::XMLElement*> list;
    for (auto* child = parent.FirstChildElement(); child != nullptr; child = child->NextSiblingElement())
        if (child->Name() == name && XmlElement(child).in_no_namespace()) list.push_back(child);
    return list;
}

void join_all_below(tinyxml2::XMLElement& parent);

/// Moves the children of `from` before those of `into`, and removes `from`.
void join_in_front(tinyxml2::XMLElement& from, tinyxml2::XMLElement& into) {
    while (auto* child = from.LastChild())
        into.InsertFirstChild(child);
    from.Parent()->DeleteChild(&from);
}

void join_into_last_of(const std::vector<tinyxml2::XMLElement*>& elements) {
    if (elements.empty()) return;
    for (auto one = elements.rbegin() + 1; one != elements.rend(); ++one)
        join_in_front(**one, *elements.back());
    join_all_below(*elements.back());
}

void join_all_below(tinyxml2::XMLElement& parent) {
    std::set<std::string> names;
    for (auto* child = parent.FirstChildElement(); child != nullptr; child = child->NextSiblingElement())
        names.insert(child->Name());
    for (const auto& name : names)
        join_into_last_of(children_of(parent, name));
}
} // namespace

std::string_view XmlElement::name() const { return node_->Name(); }

unsigned XmlElement::line() const { return line_of(node_->GetLineNum()); }

std::optional<std::string_view> XmlElement::attribute(std::string_view name) const {
    for (const auto* attribute = node_->FirstAttribute(); attribute != nullptr; attribute = attribute->Next())
        if (name == attribute->Name()) return attribute->Value();
    return std::nullopt;
}

std::string XmlElement::text() const {
    std::string text;
    for (const auto* child = node_->FirstChild(); child != nullptr; child = child->NextSibling())
        if (child->ToText() != nullptr) text += child->Value();
    return text;
}

XmlElement XmlElement::first_child() const { return XmlElement(node_->FirstChildElement()); }

XmlElement XmlElement::next_sibling() const { return XmlElement(node_->NextSiblingElement()); }

bool XmlElement::in_no_namespace() const {
    return name().find(':') == std::string_view::npos && attribute("xmlns").value_or("").empty();
}

void XmlElement::for_each_attribute(const TakeAttribute& take) const {
    for (const auto* attribute = node_->FirstAttribute(); attribute != nullptr; attribute = attribute->Next())
        take(attribute->Name(), attribute->Value());
}

NamespaceScope::NamespaceScope(XmlElement element, const NamespaceScope* outer) : outer_(outer) {
    element.for_each_attribute([this](std::string_view name, std::string_view value) {
        if (name == "xmlns") declared_.emplace("", value);
        if (prefix(name) == "xmlns") declared_.emplace(local_name(name), value);
    });
}

std::string_view NamespaceScope::find(std::string_view prefix) const {
    for (const auto* scope = this; scope != nullptr; scope = scope->outer_)
        if (const auto found = scope->declared_.find(prefix); found != scope->declared_.end())
            return found->second;
    return {};
}

bool is_element(XmlElement element, const NamespaceScope& scope, std::string_view uri,
                std::string_view wanted) {
    const auto name = element.name();
    return (wanted.empty() || local_name(name) == wanted) && scope.find(prefix(name)) == uri;
}

XmlDocument::XmlDocument() : document_(std::make_unique<tinyxml2::XMLDocument>()) {}
XmlDocument::XmlDocument(XmlDocument&&) noexcept = default;
XmlDocument::~XmlDocument() = default;

tl::expected<XmlDocument, XmlFault> XmlDocument::parse(std::string_view text) {
    if (auto fault = check_xml_text(text)) return tl::unexpected(std::move(*fault));
    XmlDocument result;
    auto& document = *result.document_;
    const auto copy = plain_xml(text);
    if (copy) text = *copy;
    if (const auto error = document.Parse(text.data(), text.size()); error != tinyxml2::XML_SUCCESS)
        return tl::unexpected(
            XmlFault{line_of(document.ErrorLineNum()), "not well-formed XML: " + what_is_wrong(error), {}});
    if (auto fault = check_top_level(document)) return tl::unexpected(std::move(*fault));
    return result;
}

XmlElement XmlDocument::root() const { return XmlElement(document_->RootElement()); }

std::vector<tinyxml2::XMLElement*> XmlDocument::elements_at(std::string_view path) const {
    std::vector<tinyxml2::XMLElement*> found{document_->RootElement()};
    split(path, '/', [&](std::string_view name) {
        if (!found.empty()) found = children_of(*found.front(), name);
    });
    return found;
}

void XmlDocument::join_into_first(std::string_view path) {
    const auto elements = elements_at(path);
    for (std::size_t index = 1; index < elements.size(); ++index) {
        auto& first = *elements.front();
        auto& other = *elements[index];
        for (const auto* one = other.FirstAttribute(); one != nullptr; one = one->Next())
            if (first.FindAttribute(one->Name()) == nullptr) first.SetAttribute(one->Name(), one->Value());
        while (auto* child = other.FirstChild())
            first.InsertEndChild(child);
        other.Parent()->DeleteChild(&other);
    }
}

void XmlDocument::join_into_last(std::string_view path) { join_into_last_of(elements_at(path)); }

} // namespace hostlease

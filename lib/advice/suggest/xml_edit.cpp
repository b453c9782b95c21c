#include "advice/suggest/xml_edit.hpp"

#include "advice/suggest/xml_order.hpp"
#include "core/error.hpp"
#include "core/parse.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr auto none = std::string_view::npos;
constexpr std::string_view blanks = " \t\r\n";

bool is_blank(std::string_view text) { return text.find_first_not_of(blanks) == none; }

/// Escapes a text for XML; `quote` is the quote of an attribute, or '\0' for the text of an element.
std::string escaped(std::string_view text, char quote) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>' && quote == '\0')
            out += "&gt;";
        else if (c == quote && quote != '\0')
            out += quote == '"' ? "&quot;" : "&apos;";
        else if (c == '\r' || (quote != '\0' && (c == '\n' || c == '\t')))
            out += "&#" + std::to_string(int{c}) + ";";
        else
            out += c;
    }
    return out;
}

/// The blanks after the last line end; nullopt if there is no line end or something else follows it.
std::optional<std::string> blanks_of_line(std::string_view raw) {
    const auto line = raw.rfind('\n');
    if (line == none || !is_blank(raw.substr(line + 1))) return std::nullopt;
    return std::string(raw.substr(line + 1));
}

/// The end of the line on which `raw` begins. Only blanks and comments may come before it; otherwise npos.
std::size_t end_of_line(std::string_view raw) {
    std::size_t at = 0;
    while (true) {
        at = raw.find_first_not_of(" \t", at);
        if (at == none) return none;
        const auto rest = raw.substr(at);
        if (rest.starts_with("\n") || rest.starts_with("\r\n")) return at;
        if (!rest.starts_with("<!--")) return none;
        const auto end = rest.find("-->") + 3;
        if (rest.substr(0, end).find('\n') != none) return none;
        at += end;
    }
}

/// The number of attributes in double quotes minus the number in single quotes.
int count_quotes(std::string_view text, const ElementSpan& element) {
    int count = 0;
    for (const auto& one : element.attributes)
        count += text[one.value_span.end] == '"' ? 1 : -1;
    for (const auto& child : element.children)
        count += count_quotes(text, child);
    return count;
}

XmlStyle style_of(std::string_view text, const ElementSpan& root) {
    XmlStyle style;
    style.line_end = text.find("\r\n") == none ? "\n" : "\r\n";
    style.quote = count_quotes(text, root) > 0 ? '"' : '\'';
    style.has_lines = text.find('\n', root.start_tag.begin) < root.end_tag.end;
    for (const auto& child : root.children)
        if (const auto own = blanks_of_line(text.substr(0, child.start_tag.begin))) {
            const auto outer = blanks_of_line(text.substr(0, root.start_tag.begin)).value_or("");
            if (own->size() > outer.size() && own->starts_with(outer))
                style.indentation = own->substr(outer.size());
            break;
        }
    return style;
}
} // namespace

XmlNode::XmlNode(std::string name, XmlNode* parent, const XmlStyle& style)
    : name_(std::move(name)), parent_(parent), style_(&style) {}

XmlNode::XmlNode(std::string_view text, const ElementSpan& span, XmlNode* parent, const XmlStyle& style)
    : XmlNode(span.name, parent, style) {
    text_ = span.text;
    is_self_closing_ = span.is_self_closing();
    end_tag_ = span.end_tag.of(text);
    std::size_t at = span.start_tag.begin + 1 + name_.size();
    for (const auto& one : span.attributes) {
        attributes_.push_back(
            {.before = std::string(TextSpan{at, one.name_span.begin}.of(text)),
             .name = one.name,
             .equals = std::string(TextSpan{one.name_span.end, one.value_span.begin - 1}.of(text)),
             .written = std::string(one.value_span.of(text)),
             .quote = text[one.value_span.end],
             .value = one.value});
        at = one.value_span.end + 1;
    }
    before_end_ = TextSpan{at, span.start_tag.end - (is_self_closing_ ? 2 : 1)}.of(text);
    at = span.start_tag.end;
    for (const auto& child : span.children) {
        if (at < child.start_tag.begin)
            content_.push_back({std::string(TextSpan{at, child.start_tag.begin}.of(text)), nullptr});
        content_.push_back({{}, std::make_unique<XmlNode>(text, child, this, style)});
        at = child.end_tag.end;
    }
    if (at < span.end_tag.begin)
        content_.push_back({std::string(TextSpan{at, span.end_tag.begin}.of(text)), nullptr});
}

bool XmlNode::in_no_namespace() const {
    return name_.find(':') == std::string::npos && attribute("xmlns").value_or("").empty();
}

std::optional<std::string> XmlNode::attribute(std::string_view name) const {
    for (const auto& one : attributes_)
        if (one.name == name) return one.value;
    return std::nullopt;
}

std::vector<std::string> XmlNode::attribute_names() const {
    std::vector<std::string> names;
    names.reserve(attributes_.size());
    for (const auto& one : attributes_)
        names.push_back(one.name);
    return names;
}

std::string XmlNode::text() const { return std::string(trim(text_)); }

std::vector<XmlNode*> XmlNode::children(std::string_view name) {
    std::vector<XmlNode*> list;
    for (const auto& piece : content_)
        if (piece.node && piece.node->in_no_namespace() && (name.empty() || piece.node->name_ == name))
            list.push_back(piece.node.get());
    return list;
}

XmlNode* XmlNode::find(std::string_view path) {
    XmlNode* at = this;
    split(path, '/', [&](std::string_view name) {
        if (at == nullptr) return;
        const auto found = at->children(name);
        at = found.empty() ? nullptr : found.front();
    });
    return at;
}

XmlNode& XmlNode::ensure(std::string_view path) {
    XmlNode* at = this;
    split(path, '/', [&](std::string_view name) {
        XmlNode* found = at->find(name);
        at = found == nullptr ? &at->add(name) : found;
    });
    return *at;
}

void XmlNode::set_attribute(std::string_view name, std::string_view value) {
    for (auto& one : attributes_) {
        if (one.name != name) continue;
        if (one.value == value) return;
        one.value = value;
        one.written = escaped(value, one.quote);
        return;
    }
    const char quote = attributes_.empty() ? style_->quote : attributes_.back().quote;
    attributes_.push_back({.before = " ",
                           .name = std::string(name),
                           .equals = "=",
                           .written = escaped(value, quote),
                           .quote = quote,
                           .value = std::string(value)});
}

void XmlNode::remove_attribute(std::string_view name) {
    std::erase_if(attributes_, [&](const Attribute& one) { return one.name == name; });
}

void XmlNode::set_text(std::string_view text) {
    if (trim(text_) == text) return;
    text_ = text;
    open_up();
    bool is_done = false;
    const auto put = [&](std::string& out, std::string_view words) {
        if (is_blank(words) || is_done) { // words after a comment are part of the replaced text
            if (is_blank(words)) out += words;
            return;
        }
        out += words.substr(0, words.find_first_not_of(blanks));
        out += escaped(text, '\0');
        out += words.substr(words.find_last_not_of(blanks) + 1);
        is_done = true;
    };
    for (auto& piece : content_) {
        if (piece.node) continue;
        std::string out;
        std::string_view raw = piece.raw;
        while (!raw.empty()) {
            const auto mark = raw.find('<');
            put(out, raw.substr(0, mark));
            if (mark == none) break;
            raw.remove_prefix(mark);
            const bool is_words = raw.starts_with("<![CDATA[");
            const auto end = is_words                  ? raw.find("]]>") + 3
                             : raw.starts_with("<!--") ? raw.find("-->") + 3
                                                       : raw.find("?>") + 2;
            if (is_words)
                put(out, "x"); // a placeholder for the words of the CDATA section
            else
                out += raw.substr(0, end);
            raw.remove_prefix(end);
        }
        piece.raw = std::move(out);
    }
    if (!is_done) content_.insert(content_.begin(), Piece{escaped(text, '\0'), nullptr});
    join_raw();
}

std::size_t XmlNode::index_of(const XmlNode& child) const {
    const auto found = std::find_if(content_.begin(), content_.end(),
                                    [&](const Piece& piece) { return piece.node.get() == &child; });
    return static_cast<std::size_t>(found - content_.begin());
}

/// The blanks before the element on its line; nullopt if something else comes before it.
std::optional<std::string> XmlNode::indentation() const {
    if (parent_ == nullptr)
        return style_->has_lines ? std::optional<std::string>(std::string()) : std::nullopt;
    const auto at = parent_->index_of(*this);
    return at == 0 ? std::nullopt : blanks_of_line(parent_->content_[at - 1].raw);
}

std::optional<std::size_t> XmlNode::predecessor(std::string_view name) const {
    const auto place = xml_place(name_, name);
    std::optional<std::size_t> last;
    for (std::size_t at = 0; at < content_.size(); ++at) {
        if (!content_[at].node) continue;
        const auto& other = content_[at].node->name_;
        const auto before = xml_place(name_, other);
        if (!place || other == name || (before && *before <= *place)) last = at;
    }
    return last;
}

void XmlNode::join_raw() {
    for (std::size_t at = 1; at < content_.size();) {
        if (content_[at].node || content_[at - 1].node) {
            ++at;
            continue;
        }
        content_[at - 1].raw += content_[at].raw;
        content_.erase(content_.begin() + static_cast<std::ptrdiff_t>(at));
    }
}

void XmlNode::insert(std::size_t at, std::unique_ptr<XmlNode> child) {
    content_.insert(content_.begin() + static_cast<std::ptrdiff_t>(at), Piece{{}, std::move(child)});
}

/// Inserts the child on a line of its own, after the line on which the piece before `at` ends.
void XmlNode::insert_line(std::size_t at, const std::string& indentation, std::unique_ptr<XmlNode> child) {
    const bool has_raw = at < content_.size() && !content_[at].node;
    const auto end = has_raw ? end_of_line(content_[at].raw) : none;
    if (end != none) {
        const auto rest = content_[at].raw.substr(end);
        content_[at].raw.resize(end);
        content_.insert(content_.begin() + static_cast<std::ptrdiff_t>(++at), Piece{rest, nullptr});
    }
    insert(at, std::move(child));
    content_.insert(content_.begin() + static_cast<std::ptrdiff_t>(at),
                    Piece{style_->line_end + indentation, nullptr});
}

/// "<a/>" becomes "<a></a>".
void XmlNode::open_up() {
    if (!is_self_closing_) return;
    is_self_closing_ = false;
    before_end_.clear();
    end_tag_ = "</" + name_ + ">";
}

/// Inserts the child into an element that has no child elements.
void XmlNode::insert_first(std::unique_ptr<XmlNode> child) {
    open_up();
    const auto own = indentation();
    if (!own) return insert(0, std::move(child));
    const auto inner = *own + style_->indentation;
    if (content_.empty()) content_.push_back({});
    auto& raw = content_.front().raw;
    const auto last = raw.find_last_not_of(blanks);
    if (last == std::string::npos || raw.find('\n', last) == std::string::npos)
        raw = raw.substr(0, last == std::string::npos ? 0 : last + 1) + style_->line_end + *own;
    const auto end = last == std::string::npos ? 0 : last + 1;
    const auto tail = raw.substr(end);
    raw = raw.substr(0, end) + style_->line_end + inner;
    content_.insert(content_.begin() + 1, Piece{tail, nullptr});
    insert(1, std::move(child));
}

XmlNode& XmlNode::add(std::string_view name) {
    auto made = std::make_unique<XmlNode>(std::string(name), this, *style_);
    auto& child = *made;
    const auto first = std::find_if(content_.begin(), content_.end(),
                                    [](const Piece& piece) { return piece.node != nullptr; });
    if (first == content_.end()) {
        insert_first(std::move(made));
        join_raw();
        return child;
    }
    const auto before = predecessor(name);
    const auto& neighbour = before ? *content_[*before].node : *first->node;
    const auto indentation = neighbour.indentation();
    const std::size_t at = before ? *before + 1 : 0;
    if (indentation)
        insert_line(at, *indentation, std::move(made));
    else
        insert(at, std::move(made));
    join_raw();
    return child;
}

void XmlNode::remove(XmlNode& child) {
    const auto at = index_of(child);
    const bool has_line = at > 0 && blanks_of_line(content_[at - 1].raw).has_value();
    const bool ends_line = at + 1 < content_.size() && !content_[at + 1].node &&
                           content_[at + 1].raw.find('\n') <= content_[at + 1].raw.find_first_not_of(" \t\r");
    if (has_line && ends_line) {
        auto& before = content_[at - 1].raw;
        before.resize(before.rfind('\n'));
        if (before.ends_with('\r')) before.pop_back();
        auto& after = content_[at + 1].raw;
        after.erase(0, after.find_first_of("\r\n"));
    }
    content_.erase(content_.begin() + static_cast<std::ptrdiff_t>(at));
    join_raw();
    close_when_empty();
}

/// "<a> </a>" becomes "<a/>".
void XmlNode::close_when_empty() {
    if (content_.size() > 1 ||
        (!content_.empty() && (content_.front().node || !is_blank(content_.front().raw))))
        return;
    content_.clear();
    end_tag_.clear();
    is_self_closing_ = true;
}

void XmlNode::remove(std::string_view path) {
    if (XmlNode* found = find(path); found != nullptr && found != this) found->parent_->remove(*found);
}

void XmlNode::write(std::string& out) const {
    out += '<' + name_;
    for (const auto& one : attributes_)
        out += one.before + one.name + one.equals + one.quote + one.written + one.quote;
    out += before_end_ + (is_self_closing_ ? "/>" : ">");
    for (const auto& piece : content_) {
        out += piece.raw;
        if (piece.node) piece.node->write(out);
    }
    out += end_tag_;
}

XmlNode* find(XmlNode* from, std::string_view path) { return from == nullptr ? nullptr : from->find(path); }

std::vector<XmlNode*> children(XmlNode* parent, std::string_view name) {
    return parent == nullptr ? std::vector<XmlNode*>{} : parent->children(name);
}

std::string attribute(const XmlNode* node, std::string_view name) {
    return node == nullptr ? std::string() : node->attribute(name).value_or(std::string());
}

tl::expected<XmlEdit, XmlFault> XmlEdit::open(std::string_view text) {
    const auto root = TRY(read_xml_spans(text));
    XmlEdit edit;
    edit.before_ = text.substr(0, root.start_tag.begin);
    edit.after_ = text.substr(root.end_tag.end);
    edit.style_ = std::make_unique<XmlStyle>(style_of(text, root));
    edit.root_ = std::make_unique<XmlNode>(text, root, nullptr, *edit.style_);
    return edit;
}

std::string XmlEdit::text() const {
    std::string out = before_;
    root_->write(out);
    return out + after_;
}

} // namespace hostlease

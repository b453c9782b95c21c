// Joins two elements of the same name.
#include "advice/suggest/xml_edit.hpp"

#include <utility>

namespace hostlease {

/// Removes and returns the blanks before the end tag.
std::string XmlNode::take_tail() {
    if (content_.empty() || content_.back().node) return {};
    auto& raw = content_.back().raw;
    const auto end = raw.find_last_not_of(" \t\r\n") + 1; // 0 if it is all blank
    std::string tail = raw.substr(end);
    raw.resize(end);
    return tail;
}

void XmlNode::absorb(XmlNode& later) {
    if (!later.content_.empty()) {
        open_up();
        const auto other_tail = later.take_tail();
        const auto tail = content_.empty() ? other_tail : take_tail();
        for (auto& piece : later.content_) {
            if (piece.node) piece.node->parent_ = this;
            content_.push_back(std::move(piece));
        }
        later.content_.clear();
        content_.push_back({tail, nullptr});
        join_raw();
    }
    text_ += later.text_;
    parent_->remove(later);
}

} // namespace hostlease

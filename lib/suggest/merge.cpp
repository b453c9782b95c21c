#include "suggest/merge.hpp"

#include "core/parse.hpp"

#include <algorithm>
#include <string>

namespace hostlease {

namespace {
/// What tells one element from another of the same name.
struct Identity {
    std::string_view element;
    std::string_view attribute;
};
constexpr Identity identities[] = {
    {"timer", "name"}, {"feature", "name"}, {"memnode", "cellid"}, {"vcpupin", "vcpu"}, {"iothreadpin", "iothread"}};

bool is_same(const XmlNode& node, XmlElement wanted) {
    return std::all_of(std::begin(identities), std::end(identities), [&](const Identity& one) {
        return one.element != wanted.name() ||
               node.attribute(one.attribute).value_or("") == wanted.attribute(one.attribute).value_or("");
    });
}

void merge(XmlNode& parent, XmlElement wanted) {
    const auto there = parent.children(wanted.name());
    const auto found = std::find_if(there.begin(), there.end(), [&](const XmlNode* node) { return is_same(*node, wanted); });
    const bool is_new = found == there.end();
    XmlNode& node = is_new ? parent.add(wanted.name()) : **found;
    const auto first = wanted.first_child();
    if ((is_new || !first) && wanted.name() != "cpu")
        wanted.for_each_attribute([&](std::string_view name, std::string_view value) { node.set_attribute(name, value); });
    for (auto child = first; child; child = child.next_sibling())
        merge(node, child);
    if (const auto text = wanted.text(); !first && !trim(text).empty()) node.set_text(trim(text));
}
} // namespace

bool merge_xml(XmlNode& parent, std::string_view fragment) {
    const std::string text = "<all>" + std::string(fragment) + "</all>";
    const auto document = XmlDocument::parse(text);
    if (!document) return false;
    for (auto one = document->root().first_child(); one; one = one.next_sibling())
        merge(parent, one);
    return true;
}

} // namespace hostlease

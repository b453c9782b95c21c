#include "advice/suggest/join_repeated.hpp"

#include "read/repeated_elements.hpp"

#include <set>

namespace hostlease {

namespace {
/// Adds the attributes that only `later` has; for the others, `first` counts.
void join(XmlNode& first, XmlNode& later) {
    for (const auto& name : later.attribute_names())
        if (!first.attribute(name)) first.set_attribute(name, *later.attribute(name));
    first.absorb(later);
}

/// Replaces all attributes of `first` by those of `later`.
void override_by(XmlNode& first, XmlNode& later) {
    for (const auto& name : first.attribute_names())
        if (!later.attribute(name)) first.remove_attribute(name);
    for (const auto& name : later.attribute_names())
        first.set_attribute(name, *later.attribute(name));
    first.absorb(later);
}

bool join_overriding(const std::vector<XmlNode*>& elements) {
    if (elements.empty()) return false;
    XmlNode& first = *elements.front();
    for (std::size_t index = 1; index < elements.size(); ++index)
        override_by(first, *elements[index]);
    bool is_joined = elements.size() > 1;
    std::set<std::string> names;
    for (const XmlNode* child : first.children())
        names.insert(child->name());
    for (const auto& name : names)
        is_joined = join_overriding(first.children(name)) || is_joined;
    return is_joined;
}
} // namespace

bool join_repeated(XmlNode& root) {
    bool is_joined = join_overriding(root.children(overriding_elements));
    for (const auto path : joined_elements) {
        const auto slash = path.rfind('/');
        XmlNode* parent = slash == std::string_view::npos ? &root : root.find(path.substr(0, slash));
        const auto list = children(parent, path.substr(slash + 1)); // npos + 1 is 0: the whole path
        for (std::size_t index = 1; index < list.size(); ++index)
            join(*list.front(), *list[index]);
        is_joined = is_joined || list.size() > 1;
    }
    return is_joined;
}

} // namespace hostlease

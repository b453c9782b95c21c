#include "advice/audit/elements.hpp"

#include "core/parse.hpp"

namespace hostlease {

namespace {
/// Follows `path` as find() does. Returns the last existing element; `complete` is whether it ends the path.
XmlElement walk(XmlElement from, std::string_view path, bool& complete) {
    XmlElement at = from;
    complete = true;
    split(path, '/', [&](std::string_view name) {
        if (!complete) return;
        const auto found = children(at, name);
        complete = !found.empty();
        if (complete) at = found.front();
    });
    return at;
}
} // namespace

std::vector<XmlElement> children(XmlElement parent, std::string_view name) {
    std::vector<XmlElement> list;
    for_each_child(parent, name, [&](XmlElement child) { list.push_back(child); });
    return list;
}

XmlElement find(XmlElement from, std::string_view path) {
    if (!from) return {};
    bool complete = false;
    const auto at = walk(from, path, complete);
    return complete ? at : XmlElement();
}

std::vector<XmlElement> find_all(XmlElement root, std::string_view path) {
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos) return children(root, path);
    return children(find(root, path.substr(0, slash)), path.substr(slash + 1));
}

unsigned line_of(XmlElement root, std::string_view path) {
    bool complete = false;
    return walk(root, path, complete).line();
}

std::string_view attribute(XmlElement element, std::string_view name) {
    return element ? element.attribute(name).value_or(std::string_view{}) : std::string_view{};
}

bool requires_feature(XmlElement root, std::string_view name) {
    for (const auto feature : find_all(root, "cpu/feature")) {
        const auto policy = attribute(feature, "policy");
        if (attribute(feature, "name") == name) return policy == "require" || policy == "force";
    }
    return false;
}

std::string text_of(XmlElement element) {
    return element ? std::string(trim(element.text())) : std::string();
}

std::string nested(const std::vector<std::string_view>& parents, std::string_view element) {
    std::string text;
    std::string indent;
    for (const auto parent : parents) {
        text += indent + "<" + std::string(parent) + ">\n";
        indent += "  ";
    }
    split(element, '\n', [&](std::string_view line) { text += indent + std::string(line) + "\n"; });
    for (auto parent = parents.rbegin(); parent != parents.rend(); ++parent) {
        indent.resize(indent.size() - 2);
        text += indent + "</" + std::string(parent->substr(0, parent->find(' '))) + ">\n";
    }
    return text.substr(0, text.size() - 1);
}

} // namespace hostlease

#include "advice/suggest/merge.hpp"

#include "core/parse.hpp"

#include <algorithm>
#include <string>

namespace hostlease {

namespace {
/// The attributes that distinguish elements of the same name: blank-separated, of the element or, as a path,
/// of its children.
struct Identity {
    std::string_view element;
    std::string_view keys;
};

// Source: docs/formatdomain.rst (libvirt 9.0). Companions of an ICH9 controller have the controller's index;
// their <master> distinguishes them.
constexpr Identity identities[] = {
    {"timer", "name"},
    {"feature", "name"},
    {"page", "nodeset"},
    {"cell", "id"},
    {"memnode", "cellid"},
    {"vcpupin", "vcpu"},
    {"iothreadpin", "iothread"},
    {"vcpusched", "vcpus"},
    {"iothreadsched", "iothreads"},
    {"iothread", "id"},
    {"controller", "type index master/startport"},
    {"disk", "target/dev"},
    {"filesystem", "target/dir"},
    {"interface", "mac/address"},
    {"channel", "target/name"},
    {"graphics", "type"},
    {"input", "type bus"},
    {"serial", "target/port"},
    {"parallel", "target/port"},
    {"console", "target/type target/port"},
    {"hostdev", "source/address/domain source/address/bus source/address/slot source/address/function "
                "source/address/unit source/address/uuid"},
    {"shmem", "name"}};

/// Attributes and children that libvirt rejects beside another attribute or child of the same element.
struct Exclusion {
    std::string_view element;
    std::string_view present;    // the attribute that excludes, or the child if `values` is empty
    std::string_view values;     // the values of the attribute with which it excludes
    std::string_view attributes; // the excluded attributes
    // the excluded children; with @name=value only children with this attribute; * for all
    std::string_view children;
};

constexpr Exclusion exclusions[] = {
    // virCPUDefParseXML and the schema cputypes.rng (libvirt 9.0): only the other modes accept a model, a
    // vendor and a match
    {"cpu", "mode", "host-passthrough maximum", "match", "model vendor"},
    // qemuValidateDomainDefCpu (libvirt 9.0): "unsupported CPU cache level for mode"
    {"cache", "mode", "passthrough disable", "level", ""},
    // the schema domaincommon.rng, tickpolicy (libvirt 9.0): <catchup> belongs to tickpolicy='catchup'
    {"timer", "tickpolicy", "delay merge discard", "", "catchup"},
    // qemuValidateDomainDefMemory (libvirt 9.0): "hugepages are not allowed with memory allocation ondemand",
    // "... anonymous memory source"
    {"memoryBacking", "hugepages", "", "", "source@type=anonymous allocation@mode=ondemand"},
    // virDomainMemballoonDefParseXML (libvirt 9.0): a balloon of model 'none' has neither an address nor
    // settings
    {"memballoon", "model", "none", "autodeflate freePageReporting", "*"},
    // virDomainControllerDefParseXML (libvirt 9.0): only ICH9 controllers are companions
    {"controller", "model", "qemu-xhci nec-xhci", "", "master"},
    // the schema domaincommon.rng, tpm-backend (libvirt 9.0)
    {"backend", "type", "emulator", "", "device source"},
    // virDomainGraphicsListenDefParseXML (libvirt 9.0): the endpoints of the other types
    {"listen", "type", "none", "address network socket", "address"}};

bool has_word(std::string_view list, std::string_view word) {
    bool found = false;
    split(list, ' ', [&](std::string_view one) { found = found || one == word; });
    return found;
}

XmlElement child_of(XmlElement element, std::string_view name) {
    auto child = element.first_child();
    while (child && child.name() != name)
        child = child.next_sibling();
    return child;
}

XmlNode* child_of(XmlNode* node, std::string_view name) { return node->find(name); }

const XmlElement* pointer_to(const XmlElement& element) { return &element; }
const XmlNode* pointer_to(XmlNode* node) { return node; }

/// The attribute at a path such as "target/dev"; "" if it is missing.
template <typename Element>
std::string value_at(Element element, std::string_view path) {
    for (auto slash = path.find('/'); element && slash != std::string_view::npos; slash = path.find('/')) {
        element = child_of(element, path.substr(0, slash));
        path.remove_prefix(slash + 1);
    }
    return element ? std::string(pointer_to(element)->attribute(path).value_or("")) : std::string();
}

/// A missing index counts as 0, as for the first controller of a type. Source: virDomainDefAddController
/// (libvirt 9.0).
std::string key_of(std::string value, std::string_view key) {
    return value.empty() && key == "index" ? "0" : std::move(value);
}

bool is_same(XmlNode& node, XmlElement wanted) {
    bool same = true;
    for (const auto& one : identities)
        if (one.element == wanted.name())
            split(one.keys, ' ', [&](std::string_view key) {
                same = same && key_of(value_at(&node, key), key) == key_of(value_at(wanted, key), key);
            });
    return same;
}

/// Whether libvirt accepts the element. It rejects <feature> beside mode 'custom' without a model: "Non-empty
/// feature list specified without CPU model". Source: virCPUDefParseXML (libvirt 9.0).
bool is_taken(XmlNode& parent, XmlElement wanted) {
    if (parent.name() != "cpu" || wanted.name() != "feature") return true;
    const auto mode = parent.attribute("mode").value_or("custom");
    return mode != "custom" || parent.find("model") != nullptr;
}

void merge(XmlNode& parent, XmlElement wanted) {
    if (!is_taken(parent, wanted)) return;
    const auto there = parent.children(wanted.name());
    const auto found =
        std::find_if(there.begin(), there.end(), [&](XmlNode* node) { return is_same(*node, wanted); });
    const bool is_new = found == there.end();
    XmlNode& node = is_new ? parent.add(wanted.name()) : **found;
    const auto first = wanted.first_child();
    if ((is_new || !first) && wanted.name() != "cpu")
        wanted.for_each_attribute(
            [&](std::string_view name, std::string_view value) { node.set_attribute(name, value); });
    for (auto child = first; child; child = child.next_sibling())
        merge(node, child);
    if (const auto text = wanted.text(); !first && !trim(text).empty()) node.set_text(trim(text));
    remove_excluded(node);
}

/// `which` is "name", or "name@attribute=value".
void remove_children(XmlNode& node, std::string_view which) {
    const auto name = which.substr(0, which.find('@'));
    const auto condition = which.substr(std::min(which.size(), name.size() + 1));
    const auto equals = condition.find('=');
    for (XmlNode* child : node.children(name == "*" ? std::string_view() : name))
        if (condition.empty() ||
            child->attribute(condition.substr(0, equals)) == condition.substr(equals + 1))
            node.remove(*child);
}
} // namespace

void remove_excluded(XmlNode& node) {
    for (const auto& one : exclusions) {
        if (one.element != node.name()) continue;
        const bool applies = one.values.empty()
                                 ? node.find(one.present) != nullptr
                                 : has_word(one.values, node.attribute(one.present).value_or(""));
        if (!applies) continue;
        split(one.attributes, ' ', [&](std::string_view name) { node.remove_attribute(name); });
        if (!one.children.empty())
            split(one.children, ' ', [&](std::string_view which) { remove_children(node, which); });
    }
}

bool merge_xml(XmlNode& parent, std::string_view fragment) {
    const std::string text = "<all>" + std::string(fragment) + "</all>";
    const auto document = XmlDocument::parse(text);
    if (!document) return false;
    for (auto one = document->root().first_child(); one; one = one.next_sibling())
        merge(parent, one);
    return true;
}

} // namespace hostlease

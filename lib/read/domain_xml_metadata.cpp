#include "core/parse.hpp"
#include "read/domain_xml_reader.hpp"

namespace hostlease {

namespace {
constexpr std::string_view our_namespace = "urn:hostlease:domain:1";
constexpr std::string_view qemu_namespace = "http://libvirt.org/schemas/domain/qemu/1.0";
constexpr std::string_view libosinfo_namespace = "http://libosinfo.org/xmlns/libvirt/domain/1.0";

void read_policy(DomainReader& reader, XmlElement element, const NamespaceScope& scope, Domain& domain) {
    if (!is_element(element, scope, our_namespace, "policy"))
        return reader.error(element.line(),
                            quoted(element.name()) + " in <metadata> is not an element of hostlease",
                            "did you mean 'policy'?");
    if (domain.policy_line != 0)
        return reader.error(element.line(),
                            "hostlease's policy occurs twice in <metadata>; the first is in line " +
                                std::to_string(domain.policy_line));
    domain.policy = trim(element.text());
    domain.policy_line = element.line();
    if (domain.policy.empty())
        reader.error(element.line(), "hostlease's policy in <metadata> is empty",
                     "name a policy or remove the element");
}

void read_os_id(XmlElement libosinfo, const NamespaceScope& outer, Domain& domain) {
    for (auto child = libosinfo.first_child(); child && domain.os_id.empty(); child = child.next_sibling())
        if (is_element(child, NamespaceScope(child, &outer), libosinfo_namespace, "os"))
            domain.os_id = child.attribute("id").value_or("");
}

/// QEMU reads "--cpu" as "-cpu". Source: lookup_opt of system/vl.c (QEMU 9.0).
void read_argument(XmlElement element, Domain& domain) {
    std::string text(element.attribute("value").value_or(""));
    if (text.starts_with("--")) text.erase(0, 1);
    if (text.starts_with('-'))
        domain.qemu_arguments.push_back({std::move(text), {}, element.line()});
    else if (!domain.qemu_arguments.empty() && domain.qemu_arguments.back().value.empty())
        domain.qemu_arguments.back().value = std::move(text);
}

/// "-set device.ALIAS.PROPERTY=VALUE".
void read_set_arguments(Domain& domain) {
    constexpr std::string_view group = "device.";
    for (const auto& argument : domain.qemu_arguments) {
        if (argument.option != "-set" || !argument.value.starts_with(group)) continue;
        const auto alias = argument.value.substr(group.size());
        domain.overridden_devices.push_back(alias.substr(0, alias.find('.')));
    }
}
} // namespace

void read_command_line(XmlElement root, const NamespaceScope& outer, Domain& domain) {
    for (auto child = root.first_child(); child; child = child.next_sibling()) {
        const NamespaceScope scope(child, &outer);
        const bool is_command_line = is_element(child, scope, qemu_namespace, "commandline");
        if (!is_command_line && !is_element(child, scope, qemu_namespace, "override")) continue;
        for (auto one = child.first_child(); one; one = one.next_sibling()) {
            const NamespaceScope inside(one, &scope);
            if (is_command_line && is_element(one, inside, qemu_namespace, "arg")) read_argument(one, domain);
            if (!is_command_line && is_element(one, inside, qemu_namespace, "device"))
                domain.overridden_devices.emplace_back(one.attribute("alias").value_or(""));
        }
    }
    read_set_arguments(domain);
}

void read_metadata(DomainReader& reader, XmlElement metadata, const NamespaceScope& outer, Domain& domain) {
    if (!metadata) return;
    const NamespaceScope inside(metadata, &outer);
    for (auto child = metadata.first_child(); child; child = child.next_sibling()) {
        const NamespaceScope scope(child, &inside);
        if (is_element(child, scope, our_namespace, {})) read_policy(reader, child, scope, domain);
        if (domain.os_id.empty() && is_element(child, scope, libosinfo_namespace, "libosinfo"))
            read_os_id(child, scope, domain);
    }
}

} // namespace hostlease

#include "read/domain_xml.hpp"

#include "core/units.hpp"
#include "read/domain_xml_reader.hpp"

#include <exception>

namespace hostlease {

namespace {
bool is_hexadecimal(char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f') || (letter >= 'A' && letter <= 'F');
}

bool is_blank(char letter) { return letter == ' ' || (letter >= '\t' && letter <= '\r'); }

/// Canonical form of a UUID, or "". Blanks around it and dashes before any byte are allowed, but not inside a
/// byte and not at the end. Source: virUUIDParse (libvirt 9.0, src/util/viruuid.c).
std::string canonical_uuid(std::string_view text) {
    constexpr std::size_t length = 36;
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    std::string uuid;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '-') {
            ++at;
            continue;
        }
        if (uuid.size() == length || at + 1 == text.size() || !is_hexadecimal(text[at]) || !is_hexadecimal(text[at + 1]))
            return {};
        for (const char letter : text.substr(at, 2))
            uuid += static_cast<char>(letter >= 'A' && letter <= 'F' ? letter + 32 : letter);
        if (uuid.size() == 8 || uuid.size() == 13 || uuid.size() == 18 || uuid.size() == 23) uuid += '-';
        at += 2;
    }
    return uuid.size() == length && text.back() != '-' ? uuid : std::string();
}

void read_uuid(DomainReader& reader, XmlElement root, XmlElement uuid, DomainIdentity identity, Domain& domain) {
    if (const auto value = text_value(uuid); !value) {
        if (identity == DomainIdentity::required)
            reader.error(root.line(), "<domain> has no <uuid>", "take the XML from virsh dumpxml");
    } else {
        domain.uuid = canonical_uuid(value->text);
        if (domain.uuid.empty() && identity != DomainIdentity::may_be_wrong)
            reader.error(*value, "is not a UUID of 32 hexadecimal digits");
    }
}

void read_name(DomainReader& reader, XmlElement root, XmlElement name, Domain& domain) {
    domain.type = text_or_empty(reader.required(root, "type"));
    if (const auto value = text_value(name); !value)
        reader.error(root.line(), "<domain> has no <name>");
    else if (value->text.empty())
        reader.error(name.line(), "<name> is empty");
    else if (value->text.find_first_of("/\n") != std::string::npos)
        reader.error(*value, "has a '/' or a line end, which libvirt refuses in a name");
    else
        domain.name = value->text;
}

/// Read after cells and memory devices. Source: virDomainDefPostParseMemory (libvirt 9.0): when a domain is defined,
/// its cells say how much memory there is, whatever <memory> says. A balloon target of 0 or above the memory is all
/// of it.
void read_sizes(DomainReader& reader, XmlElement root, XmlElement memory, XmlElement current, XmlElement maximum,
                Domain& domain) {
    std::uint64_t cells = 0;
    std::uint64_t devices = 0;
    for (const auto& cell : domain.cells)
        cells += cell.memory;
    for (const auto& device : domain.memory_devices)
        devices += device.size;
    const auto size = reader.size(memory);
    domain.memory = cells > 0 ? cells + devices : size.value_or(0);
    if (!memory && cells == 0)
        reader.error(root.line(), "<domain> has no <memory>");
    else if (domain.memory == 0 && size)
        reader.error(memory.line(), "<memory> is 0");
    else if (size && domain.memory <= devices)
        reader.error(memory.line(), "<memory> is no larger than all memory devices together, which are a part of it");
    domain.current_memory = reader.size(current).value_or(domain.memory);
    if (domain.current_memory == 0 || domain.current_memory > domain.memory) domain.current_memory = domain.memory;
    domain.maximum_memory = reader.size(maximum);
}

void read_system(DomainReader& reader, XmlElement os, XmlElement resource, Domain& domain) {
    const auto [type] = reader.single_children(os, {"type"});
    domain.arch = text_or_empty(attribute_value(type, "arch"));
    if (domain.arch.empty()) domain.arch = "x86_64";
    domain.machine = text_or_empty(attribute_value(type, "machine"));
    const auto [partition] = reader.single_children(resource, {"partition"});
    domain.partition = text_or_empty(text_value(partition));
}

void read_domain(DomainReader& reader, XmlElement root, DomainIdentity identity, Domain& domain) {
    const auto [name, uuid, metadata, memory, current, maximum, vcpu, vcpus, cputune, iothreads, iothread_ids, cpu, backing,
                numatune, os, resource, devices] =
        reader.single_children(root,
                               {"name", "uuid", "metadata", "memory", "currentMemory", "maxMemory", "vcpu", "vcpus", "cputune",
                                "iothreads", "iothreadids", "cpu", "memoryBacking", "numatune", "os", "resource", "devices"});
    read_name(reader, root, name, domain);
    read_uuid(reader, root, uuid, identity, domain);
    const NamespaceScope scope(root);
    read_metadata(reader, metadata, scope, domain);
    read_command_line(root, scope, domain);
    read_vcpu(reader, vcpu, vcpus, domain);
    read_iothreads(reader, iothreads, iothread_ids, domain);
    read_cputune(reader, cputune, domain);
    read_cpu(reader, cpu, domain);
    read_memory_backing(reader, backing, domain);
    read_numatune(reader, numatune, domain);
    read_system(reader, os, resource, domain);
    read_devices(reader, devices, domain);
    read_sizes(reader, root, memory, current, maximum, domain);
}

void read_text(DomainReader& reader, std::string_view text, DomainIdentity identity, Domain& domain) {
    if (text.size() > domain_xml_limit)
        return reader.error(0, "the text has " + format_size(text.size()) + "; no domain is larger than " +
                                   format_size(domain_xml_limit));
    if (text.empty()) return reader.error(0, "the text is empty; a <domain> was expected");
    if (auto fault = check_xml_text(text)) return reader.error(fault->line, std::move(fault->message), std::move(fault->hint));
    const auto document = XmlDocument::parse(text);
    if (!document) return reader.error(document.error().line, document.error().message, document.error().hint);
    const auto root = document->root();
    if (root.name() != "domain" || !root.in_no_namespace())
        return reader.error(root.line(), "the root element is " + quoted(root.name()) + " and not libvirt's <domain>",
                            "use what virsh dumpxml prints");
    read_domain(reader, root, identity, domain);
}
} // namespace

tl::expected<Domain, Diagnostics> read_domain_xml(std::string_view text, const std::string& file, DomainIdentity identity) {
    DomainReader reader(file);
    Domain domain;
    try {
        read_text(reader, text, identity, domain);
    } catch (const std::exception& problem) {
        reader.error(0, std::string("reading the XML failed: ") + problem.what());
    }
    if (reader.diagnostics().has_errors()) return tl::unexpected(reader.diagnostics());
    return domain;
}

} // namespace hostlease

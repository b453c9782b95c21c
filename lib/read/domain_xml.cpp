#include "read/domain_xml.hpp"

#include "core/error.hpp"
#include "core/parse.hpp"
#include "core/units.hpp"
#include "core/uuid.hpp"
#include "read/domain_xml_reader.hpp"
#include "read/repeated_elements.hpp"

#include <algorithm>
#include <exception>
#include <limits>
#include <utility>

namespace hostlease {

namespace {
void read_uuid(DomainReader& reader, XmlElement root, XmlElement uuid, DomainIdentity identity,
               Domain& domain) {
    // libvirt takes an empty one for none
    if (const auto value = text_value(uuid); !value || uuid.text().empty()) {
        if (identity == DomainIdentity::required)
            reader.error(root.line(), "<domain> has no <uuid>", "take the XML from virsh dumpxml");
    } else {
        domain.uuid = canonical_uuid(value->text).value_or(std::string());
        if (domain.uuid.empty() && identity != DomainIdentity::may_be_wrong)
            reader.error(*value, "is not a UUID of 32 hexadecimal digits");
    }
}

void read_name(DomainReader& reader, XmlElement root, XmlElement name, Domain& domain) {
    domain.type = text_or_empty(reader.required(root, "type"));
    domain.id = parse_integer<unsigned>(root.attribute("id").value_or(std::string_view()));
    if (const auto value = text_value(name); !value)
        reader.error(root.line(), "<domain> has no <name>");
    else if (value->text.empty())
        reader.error(name.line(), "<name> is empty");
    else if (value->text.find_first_of("/\n") != std::string::npos)
        reader.error(*value, "has a '/' or a line end, which libvirt refuses in a name");
    else
        domain.name = value->text;
}

/// More than any host has, where the sum is too large for a number.
std::uint64_t sum(std::uint64_t left, std::uint64_t right) {
    const auto most = std::numeric_limits<std::uint64_t>::max();
    return left + std::min(right, most - left);
}

/// To be called after cells and memory devices are read. When libvirt defines a domain, the sizes of its
/// cells replace that of <memory>. A balloon target of 0 or above the memory means all memory. Source:
/// virDomainDefPostParseMemory (libvirt 9.0).
void read_sizes(DomainReader& reader, XmlElement root, XmlElement memory, XmlElement current,
                XmlElement maximum, Domain& domain) {
    std::uint64_t cells = 0;
    std::uint64_t devices = 0;
    for (const auto& cell : domain.cells)
        cells = sum(cells, cell.memory);
    for (const auto& device : domain.memory_devices)
        devices = sum(devices, device.size);
    const auto size = reader.size(memory);
    domain.memory = cells > 0 ? sum(cells, devices) : size.value_or(0);
    if (!unless_empty(text_value(memory)) && cells == 0)
        reader.error(root.line(), "<domain> has no <memory>");
    else if (domain.memory == 0 && size)
        reader.error(memory.line(), "<memory> is 0");
    else if (size && domain.memory <= devices)
        reader.error(memory.line(),
                     "<memory> is no larger than all memory devices together, which are a part of it");
    domain.current_memory = reader.size(current).value_or(domain.memory);
    if (domain.current_memory == 0 || domain.current_memory > domain.memory)
        domain.current_memory = domain.memory;
    domain.maximum_memory = reader.size(maximum);
}

void read_system(XmlElement os, XmlElement resource, Domain& domain) {
    const auto [type] = first_children(os, {"type"});
    domain.arch = text_or_empty(attribute_value(type, "arch"));
    if (domain.arch.empty()) domain.arch = "x86_64";
    domain.machine = text_or_empty(attribute_value(type, "machine"));
    const auto [partition] = first_children(resource, {"partition"});
    domain.partition = text_or_empty(text_value(partition));
}

void join_repeated(XmlDocument& document) {
    for (const auto path : joined_elements)
        document.join_into_first(path);
    document.join_into_last(overriding_elements);
}

/// Refuses a second one of elements that may occur once. libvirt would also count the cells of a second
/// <cpu>. Source: virDomainDefParseXML, virCPUDefParseXML, virDomainNumaDefParseXML (libvirt 9.0), and virsh
/// define.
void refuse_repeated(DomainReader& reader, XmlElement root, XmlElement cputune, XmlElement cpu,
                     XmlElement devices) {
    reader.refuse_second(root, {"numatune", "resource"});
    reader.refuse_second(cputune, {"emulatorpin", "emulatorsched"});
    reader.refuse_second(cpu, {"cache"});
    reader.refuse_second(devices, {"memballoon"});
    bool is_first = true;
    for_each_child(root, "cpu", [&](XmlElement one) {
        if (!std::exchange(is_first, false))
            for_each_child(one, "numa", [&](XmlElement numa) {
                reader.error(numa.line(), "<numa> is in a second <cpu>", "write one <cpu>");
            });
    });
}

void read_domain(DomainReader& reader, XmlElement root, DomainIdentity identity, Domain& domain) {
    const auto [name, uuid, metadata, memory, current, maximum, vcpu, vcpus, cputune, iothreads, iothread_ids,
                cpu, backing, numatune, os, resource, devices] =
        first_children(root, {"name", "uuid", "metadata", "memory", "currentMemory", "maxMemory", "vcpu",
                              "vcpus", "cputune", "iothreads", "iothreadids", "cpu", "memoryBacking",
                              "numatune", "os", "resource", "devices"});
    refuse_repeated(reader, root, cputune, cpu, devices);
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
    read_system(os, resource, domain);
    read_devices(reader, devices, domain);
    read_sizes(reader, root, memory, current, maximum, domain);
}

/// Parses the text; nullopt, with an error, if it is not the XML of a <domain>.
std::optional<XmlDocument> parse(DomainReader& reader, std::string_view text) {
    const auto refuse = [&](unsigned line, std::string message, std::string hint) {
        reader.error(line, std::move(message), std::move(hint));
        return std::nullopt;
    };
    if (text.size() > domain_xml_limit)
        return refuse(0,
                      "the text is larger than " + format_size(domain_xml_limit) +
                          ", the largest size of a domain's XML",
                      {});
    if (text.empty()) return refuse(0, "the text is empty; a <domain> was expected", {});
    auto document = XmlDocument::parse(text);
    if (!document) return refuse(document.error().line, document.error().message, document.error().hint);
    join_repeated(*document);
    const auto root = document->root();
    if (root.name() != "domain" || !root.in_no_namespace())
        return refuse(root.line(),
                      "the root element is " + quoted(root.name()) + " and not libvirt's <domain>",
                      "use what virsh dumpxml prints");
    return std::move(*document);
}
} // namespace

tl::expected<DomainDocument, Diagnostics> read_domain_document(std::string_view text, const std::string& file,
                                                               DomainIdentity identity) {
    DomainReader reader(file);
    try {
        Domain domain;
        auto document = parse(reader, text);
        if (document) read_domain(reader, document->root(), identity, domain);
        if (!reader.diagnostics().has_errors())
            return DomainDocument{std::move(*document), std::move(domain)};
    } catch (const std::exception& problem) {
        reader.error(0, std::string("reading the XML failed: ") + problem.what());
    }
    return tl::unexpected(reader.diagnostics());
}

tl::expected<Domain, Diagnostics> read_domain_xml(std::string_view text, const std::string& file,
                                                  DomainIdentity identity) {
    return TRY(read_domain_document(text, file, identity)).domain;
}

} // namespace hostlease

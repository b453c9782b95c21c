#include "audit_host.hpp"

#include "advice/audit/host_paths.hpp"
#include "doctor/hook_place.hpp"
#include "engine/promises.hpp"
#include "host/audit_facts.hpp"
#include "host/named_facts.hpp"

#include <algorithm>
#include <string_view>

namespace hostlease {

namespace {
/// Finds our hook, and checks whether libvirt can run it.
Status look_at_hook(Host& host, AuditFacts& facts) {
    const auto hooks = TRY(own_hooks(host));
    if (hooks.empty()) return {};
    facts.hook = hooks.front();
    const auto program = host.resolve(facts.hook);
    const auto status = program ? host.status(*program) : Result<FileStatus>(tl::unexpected(program.error()));
    if (!status)
        facts.hook_problem = is_missing(status.error()) ? "is a dangling link" : status.error().text();
    else if ((status->mode & 0111U) == 0)
        facts.hook_problem = "is not executable";
    else if (hooks.size() > 1)
        facts.hook_problem = "libvirt also calls " + hooks[1] + ", so each lease is requested twice";
    else if (facts.hook.find("qemu.d/") != std::string::npos && libvirt_version() < first_libvirt_with_folder)
        facts.hook_problem = "this libvirt does not run hooks in qemu.d";
    return {};
}

/// Looks up the host's paths and devices that the domain names.
void look_at_names(Host& host, const Domain& domain, XmlElement root, AuditFacts& facts) {
    const auto look = [&](const std::string& path) {
        if (!path.empty() && !facts.paths.contains(path)) facts.paths[path] = look_at_path(host, path);
    };
    for (const auto& named : named_paths(root, domain)) {
        look(named.path);
        look(named.instead);
    }
    std::vector<PciAddress> addresses;
    for (const auto& device : named_devices(domain))
        addresses.push_back(device.address);
    facts.pci_nodes = nodes_of_devices(host, addresses);
}
} // namespace

bool is_xml_file(const std::string& word) {
    return word == "-" || word.ends_with(".xml") || word.find('/') != std::string::npos;
}

Status must_be_of_qemu(const Domain& domain, const std::string& file) {
    // Source: virDomainVirtType (libvirt 9.0)
    constexpr std::string_view others[] = {"xen",  "lxc",  "uml", "openvz", "vmware",   "hyperv",
                                           "vbox", "phyp", "vz",  "bhyve",  "parallels"};
    const auto& type = domain.type;
    if (std::find(std::begin(others), std::end(others), type) == std::end(others)) return {};
    return fail(ErrorKind::domain_invalid, file + ": QEMU does not run a domain of type '" + type + "'");
}

Result<AuditFacts> look_at_host(Host& host, const Domain& domain, XmlElement root, Diagnostics& warnings) {
    auto facts = TRY(read_audit_facts(host, domain));
    look_at_names(host, domain, root, facts);
    TRY_VOID(look_at_hook(host, facts));
    for (auto& lease : TRY(read_ledger(host, warnings)).leases)
        if (lease.uuid != domain.uuid) facts.leases.push_back(std::move(lease));
    facts.promised = TRY(open_promises(host, facts.leases, domain.uuid)).pages;
    return facts;
}

NodeSet nodes_of_devices(const AuditFacts& facts) {
    NodeSet nodes;
    for (const auto& [address, node] : facts.pci_nodes)
        nodes.add(node);
    return nodes;
}

Guest guest_of(std::optional<Guest> named, XmlElement root, const Domain& domain, std::string& windows) {
    const auto guessed = guess_guest(root, domain, windows);
    if (!named) return guessed;
    if (*named != Guest::windows) windows.clear();
    return *named;
}

CpuVendor vendor_of(std::optional<CpuVendor> named, XmlElement root, const AuditFacts* facts) {
    if (named) return *named;
    if (facts != nullptr && vendor_named(facts->cpu_vendor) != CpuVendor::unknown)
        return vendor_named(facts->cpu_vendor);
    return guess_vendor(root);
}

} // namespace hostlease

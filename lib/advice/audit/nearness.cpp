// Checks devices and memory bindings against the host's NUMA nodes.
#include "advice/audit/elements.hpp"
#include "advice/audit/host_paths.hpp"
#include "advice/audit/rule.hpp"
#include "model/node_memory.hpp"

#include <algorithm>

namespace hostlease {

namespace {
CpuSet cpus_of(const HostFacts& facts, unsigned id) {
    const auto* node = facts.node(id);
    return node == nullptr ? CpuSet{} : node->cpus & facts.online;
}

void check_devices(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& facts = input.host->host;
    const auto pinned = pinned_cpus(input.domain);
    const auto devices = named_devices(input.domain);
    if (facts.nodes.size() < 2) return outcome.skip("the host has one NUMA node");
    if (devices.empty()) return outcome.skip("no PCI device is passed through");
    if (pinned.empty()) return outcome.skip("no vCPU is pinned");
    const auto nodes = nodes_with_cpus(facts, pinned);
    bool any = false;
    for (const auto& device : devices) {
        const auto found = input.host->pci_nodes.find(device.address);
        if (found == input.host->pci_nodes.end()) continue;
        any = true;
        if (nodes.contains(found->second)) continue;
        const auto near = cpus_of(facts, found->second);
        outcome.fail(
            {.line = device.line,
             .found = "on node " + std::to_string(found->second) + ", vCPUs run on node " + to_list(nodes),
             .wanted =
                 near.empty()
                     ? "a device or a slot on the node of the vCPUs: this device's node has no online CPU"
                     : "vCPUs and memory on the device's node (CPU " + to_list(near) +
                           "), as `hostlease suggest` places them; or a device or a slot on the vCPUs' node",
             .kind = device.what.substr(0, device.what.rfind(' ')),
             .name = device.what.substr(device.what.rfind(' ') + 1)});
    }
    if (!any) outcome.skip("the kernel does not report the devices' NUMA nodes");
}

/// The nodes that some of the VM's memory is bound to.
struct Binding {
    std::string kind;
    std::string name;
    NodeSet nodes;
    bool is_strict = true; // otherwise memory of other nodes is used if these nodes have none
    unsigned line = 0;
};

std::vector<Binding> bindings(const Domain& domain) {
    std::vector<Binding> list;
    if (domain.numa_memory && !domain.numa_memory->automatic)
        list.push_back({"<memory>", "", domain.numa_memory->nodes,
                        domain.numa_memory->mode == NumaMode::strict, domain.numa_memory->line});
    for (const auto& cell : domain.numa_cells)
        list.push_back({"<memnode> of cell", std::to_string(cell.cell), cell.nodes,
                        cell.mode == NumaMode::strict, cell.line});
    for (const auto& device : domain.memory_devices)
        if (device.source_nodes)
            list.push_back({"memory device", "", *device.source_nodes, true, device.line});
    return list;
}

/// libvirt refuses a node that does not exist. Source: qemuBuildMemoryBackendProps and
/// virNumaNodesetIsAvailable (libvirt 9.0). mbind(2) fails with EINVAL if none of the nodes has memory.
void check_nodes(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& facts = input.host->host;
    const auto list = bindings(input.domain);
    if (list.empty()) return outcome.skip("no memory is bound to a node");
    if (!facts.has_numa || facts.nodes.empty()) return outcome.skip("the kernel reports no NUMA nodes");
    NodeSet known;
    for (const auto& node : facts.nodes)
        known.add(node.id);
    const auto with_memory = nodes_with_memory(facts);
    for (const auto& one : list) {
        if (const auto missing = one.nodes - known; !missing.empty())
            outcome.fail({.line = one.line,
                          .found = "node " + to_list(missing) + ", which does not exist on this host",
                          .wanted = "nodes with memory: " + to_list(with_memory),
                          .kind = one.kind,
                          .name = one.name});
        else if (!one.nodes.empty() && !one.nodes.intersects(with_memory))
            outcome.fail({.line = one.line,
                          .found = "node " + to_list(one.nodes) + ", which has no memory",
                          .wanted = "nodes with memory: " + to_list(with_memory),
                          .severity = one.is_strict ? std::nullopt : std::optional(Severity::warning),
                          .kind = one.kind,
                          .name = one.name});
    }
}

constexpr RuleMaker pinning{.group = RuleGroup::pinning, .needs = host_facts};
constexpr RuleMaker memory{.group = RuleGroup::memory, .needs = host_facts};

constexpr Rule rules[] = {
    pinning("PIN-DEVICE-NODE", Severity::note,
            "The data and interrupts of a device on another node cross the link between the nodes.",
            "graphics, disk or network run at uneven speed", check_devices,
            "https://docs.kernel.org/admin-guide/abi-testing.html"),
    memory("MEM-NODES", Severity::error, "libvirt can bind memory only to nodes that exist and have memory.",
           "the VM does not start", check_nodes, "https://libvirt.org/formatdomain.html#numa-node-tuning")};
} // namespace

std::span<const Rule> nearness_rules() { return rules; }

} // namespace hostlease

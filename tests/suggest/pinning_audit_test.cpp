// A suggestion passes the audit of its own result.
#include "placement/pinning.hpp"
#include "suggest/suggest_support.hpp"
#include "support/captured_hosts.hpp"

using namespace hostlease;
using namespace hostlease::test;

namespace {
std::string cells_of(const PinningRequest& request) {
    std::string text = "<numa>";
    unsigned first = 0;
    for (std::size_t cell = 0; cell < request.cell_vcpus.size(); ++cell) {
        const auto last = first + request.cell_vcpus[cell] - 1;
        text += "<cell id='" + std::to_string(cell) + "' cpus='" + std::to_string(first) + "-" +
                std::to_string(last) + "' memory='1' unit='GiB'/>";
        first = last + 1;
    }
    return request.cell_vcpus.empty() ? "" : text + "</numa>";
}

std::string xml_of(const PinningRequest& request, const Pinning& pinning) {
    std::string text =
        "<domain type='kvm'><name>vm</name><memory unit='GiB'>8</memory><vcpu>" +
        std::to_string(request.vcpus) +
        "</vcpu><iothreads>1</iothreads><os><type arch='x86_64' machine='pc-q35-8.2'>hvm</type></os>" +
        "<cpu mode='host-passthrough'><topology sockets='" + std::to_string(pinning.sockets) + "' dies='" +
        std::to_string(pinning.dies) + "' cores='" + std::to_string(pinning.cores) + "' threads='" +
        std::to_string(pinning.threads) + "'/>" + cells_of(request) + "</cpu><cputune>";
    for (std::size_t vcpu = 0; vcpu < pinning.vcpus.size(); ++vcpu)
        text += "<vcpupin vcpu='" + std::to_string(vcpu) + "' cpuset='" +
                std::to_string(pinning.vcpus[vcpu]) + "'/>";
    return text + "<emulatorpin cpuset='" + to_list(pinning.emulator) +
           "'/><iothreadpin iothread='1' cpuset='" + to_list(pinning.iothreads) +
           "'/></cputune><numatune><memory mode='strict' nodeset='" + to_list(pinning.nodes) +
           "'/></numatune></domain>";
}

/// The rules on pins and the guest's topology with findings, and these findings.
std::string faults_in(const HostTopology& topology, const PinningRequest& request, const Pinning& pinning) {
    const auto text = xml_of(request, pinning);
    const auto domain = read_domain_xml(text, "vm.xml", DomainIdentity::may_be_wrong);
    REQUIRE_MESSAGE(domain.has_value(), domain.error().text());
    const auto document = XmlDocument::parse(text);
    const auto facts = facts_of(topology);
    const AuditInput input{.root = document->root(), .domain = *domain, .host = &facts};
    std::string faults;
    for (const auto& result : audit(input, "vm.xml").results)
        if (result.rule->id.starts_with("PIN-") || result.rule->id == "CPU-TOPOLOGY")
            for (const auto& finding : result.findings)
                faults += std::string(result.rule->id) + ": " + finding.found + "\n";
    return faults;
}
} // namespace

TEST_CASE("each size of VM that a captured host has room for passes the rules on pins") {
    for (const auto& host : captured_hosts()) {
        const auto topology = captured_host(host);
        unsigned chosen = 0;
        for (unsigned vcpus = 1; vcpus <= topology.online.count(); ++vcpus) {
            const PinningRequest request{.vcpus = vcpus, .iothreads = 1};
            const auto pinning = choose_pinning(topology, request);
            if (!pinning || pinning->nodes.count() > 1) continue; // guest cells are better for such a VM
            ++chosen;
            INFO(host, ", ", vcpus, " vCPUs");
            CHECK(faults_in(topology, request, *pinning) == "");
        }
        CHECK_MESSAGE(chosen > 1, host);
    }
}

TEST_CASE("a VM with a cell for each node passes them as well") {
    for (const auto& host : captured_hosts()) {
        const auto topology = captured_host(host);
        unsigned nodes = 0;
        for (const auto& core : topology.cores)
            nodes = std::max(nodes, core.node + 1);
        if (nodes < 2) continue;
        PinningRequest request{.vcpus = 8 * nodes, .iothreads = 1};
        request.cell_vcpus.assign(nodes, 8);
        const auto pinning = choose_pinning(topology, request);
        INFO(host);
        REQUIRE_MESSAGE(pinning.has_value(), pinning.error());
        CHECK(faults_in(topology, request, *pinning) == "");
    }
}

// Topology and memory of guests with NUMA cells in any numbering, and of nodes that do not exist.
#include "suggest/suggest_support.hpp"

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::set<RuleGroup> groups{RuleGroup::cpu, RuleGroup::pinning, RuleGroup::memory};

std::string cell(const std::string& vcpus, unsigned gib) {
    return "<cell" + (vcpus.empty() ? "" : " cpus='" + vcpus + "'") + " memory='" + std::to_string(gib) +
           "' unit='GiB'/>";
}

/// Eight vCPUs and 4 GiB in two cells.
std::string body_of(const std::string& first, const std::string& second) {
    return "<memory unit='GiB'>4</memory><vcpu>8</vcpu><cpu mode='host-passthrough'><numa>" + cell(first, 2) +
           cell(second, 2) + "</numa></cpu>";
}

std::string document(const std::string& inside, const std::string& guest) {
    return document_of("<metadata><l:libosinfo xmlns:l='http://libosinfo.org/xmlns/libvirt/domain/1.0'>"
                       "<l:os id='" +
                       guest + "'/></l:libosinfo></metadata>" + inside);
}

/// "sockets x dies x cores x threads" of the suggestion.
std::string topology_for(const std::string& inside, const std::string& guest = "http://debian.org/debian/12",
                         const AuditScene& scene = large_scene()) {
    const auto text = settled(document(inside, guest), scene, {.groups = groups}).text;
    const auto domain = read_domain_xml(text, "win11.xml", DomainIdentity::may_be_wrong);
    REQUIRE(domain);
    if (!domain->topology) return "none";
    const auto& topology = *domain->topology;
    return std::to_string(topology.sockets) + "x" + std::to_string(topology.dies) + "x" +
           std::to_string(topology.cores) + "x" + std::to_string(topology.threads);
}

std::string numatune_for(const std::string& inside) {
    const auto text = settled(document_of(inside), large_scene(), {.groups = groups}).text;
    const auto begin = text.find("<numatune>");
    return begin == std::string::npos ? "" : text.substr(begin, text.find("</numatune>") - begin + 11);
}
} // namespace

TEST_CASE("sockets are within cells") {
    CHECK(topology_for(body_of("0-3", "4-7")) == "2x1x2x2");
    CHECK(topology_for(body_of("4-7", "0-3")) == "2x1x2x2");
    CHECK(topology_for(body_of("0-1,4-5", "2-3,6-7")) == "4x1x1x2");
    CHECK(topology_for(body_of("0-5", "6-7")) == "4x1x1x2");
    CHECK(topology_for(body_of("0,2,4,6", "1,3,5,7")) == "8x1x1x1");
}

TEST_CASE("a cell with only memory is no reason for a second socket") {
    CHECK(topology_for(body_of("0-7", "")) == "1x1x4x2");
    auto no_topology = large_scene();
    no_topology.host.host.cores.clear(); // and so there are no pins
    CHECK(topology_for(body_of("0-7", ""), "http://debian.org/debian/12", no_topology) == "1x1x8x1");
}

TEST_CASE("Windows gets no more than the two sockets that it uses, whatever its cells") {
    const std::string windows = "http://microsoft.com/win/11";
    CHECK(topology_for(body_of("0-3", "4-7"), windows) == "2x1x2x2");
    CHECK(topology_for(body_of("0-1,4-5", "2-3,6-7"), windows) == "1x1x4x2");
    CHECK(topology_for(body_of("0,2,4,6", "1,3,5,7"), windows) == "1x1x8x1");
}

TEST_CASE("missing nodes are replaced by others of the set, whatever the mode") {
    const auto bound = [](const std::string& inside) { return numatune_for(inside); };
    for (const std::string mode : {"strict", "preferred", "interleave", "restrictive"}) {
        CAPTURE(mode);
        const auto text = bound("<numatune><memory mode='" + mode + "' nodeset='1,7'/></numatune>");
        CHECK(text.find("nodeset='1'") != std::string::npos);
        if (mode == "interleave") CHECK(text.find("mode='interleave'") != std::string::npos);
    }
    const auto memnode = bound(body_of("0-7", "") +
                               "<numatune><memnode cellid='1' mode='preferred' nodeset='0,7'/></numatune>");
    CHECK(memnode.find("<memnode cellid='1' mode='preferred' nodeset='0'/>") != std::string::npos);
    CHECK(bound(body_of("0-3", "4-7") + "<numatune><memory mode='strict' nodeset='7'/></numatune>")
              .find("<memory mode='strict' nodeset='0-1'/>") != std::string::npos);
}

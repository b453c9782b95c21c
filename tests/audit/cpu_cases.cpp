#include "audit/cases.hpp"

namespace hostlease::test {

namespace {
std::string cpu(const std::string& inside, const std::string& attributes = "mode='host-passthrough'") {
    return "<cpu " + attributes + ">" + inside + "</cpu>";
}
std::string topology(unsigned sockets, unsigned cores, unsigned threads) {
    return "<topology sockets='" + std::to_string(sockets) + "' dies='1' cores='" + std::to_string(cores) +
           "' threads='" + std::to_string(threads) + "'/>";
}
std::string cells(const std::string& first, const std::string& second) {
    return "<numa><cell cpus='" + first + "' memory='1' unit='GiB'/><cell cpus='" + second +
           "' memory='1' unit='GiB'/></numa>";
}
const std::string memory_alone =
    "<numa><cell cpus='0-3' memory='1' unit='GiB'/><cell memory='1' unit='GiB'/></numa>";
std::string feature(const std::string& policy, const std::string& name) {
    return "<feature policy='" + policy + "' name='" + name + "'/>";
}
/// `twofold` cores have two threads, the others one.
auto sixteen_cores(unsigned twofold) {
    return [=](AuditScene& scene) {
        auto& facts = scene.host.host;
        facts.online = CpuSet::range(0, 15 + twofold);
        facts.cores.clear();
        for (unsigned core = 0; core < 16; ++core) {
            facts.cores.push_back({core});
            if (core < twofold) facts.cores.back().add(16 + core);
        }
    };
}
void amd(AuditScene& scene) { scene.vendor = CpuVendor::amd; }
} // namespace

std::vector<AuditCase> cpu_cases() {
    return {
        {"CPU-PASSTHROUGH", true, ""},
        {"CPU-PASSTHROUGH", true, cpu("", "mode='host-model'")},
        {"CPU-PASSTHROUGH", false, cpu("")},
        {"CPU-PASSTHROUGH", false, cpu("", "mode='maximum'")},
        {"CPU-TOPOLOGY", true, cpu("")},
        {"CPU-TOPOLOGY", true, cpu(topology(1, 3, 1))},
        {"CPU-TOPOLOGY", true, cpu(topology(4, 1, 1))},
        {"CPU-TOPOLOGY", true, pins({"4", "5"}) + cpu(topology(1, 2, 1))},
        {"CPU-TOPOLOGY", false, pins({"4", "5"}) + cpu(topology(1, 1, 2))},
        {"CPU-TOPOLOGY", false, pins({"4", "6"}) + cpu(topology(1, 2, 1))},
        {"CPU-TOPOLOGY", true, cpu(topology(1, 4, 1) + cells("0-1", "2-3"))},
        {"CPU-TOPOLOGY", false, cpu(topology(2, 2, 1) + cells("0-1", "2-3"))},
        {"CPU-TOPOLOGY", true, "<metadata/>" + cpu(topology(2, 2, 1) + cells("0,2", "1,3"))},
        {"CPU-TOPOLOGY", false, cpu(topology(2, 2, 1) + cells("0,2", "1,3"))}, // Windows uses two at most
        {"CPU-TOPOLOGY", false, cpu(topology(1, 4, 1) + memory_alone)},
        {"CPU-CACHE", true, cpu("")},
        {"CPU-CACHE", false, cpu("<cache mode='passthrough'/>")},
        {"CPU-CACHE", true, cpu("<cache level='3' mode='passthrough'/>")},
        {"CPU-CACHE", true, cpu("<cache mode='passthrough'/>", "mode='host-model'")},
        {"CPU-CACHE", true, cpu("<cache mode='emulate'/>", "mode='host-model'")},
        {"CPU-CACHE", true, cpu("<cache level='3' mode='disable'/>", "mode='host-model'")},
        {"CPU-TOPOEXT", true, cpu(topology(1, 2, 2)), amd},
        {"CPU-TOPOEXT", false, cpu(topology(1, 2, 2) + feature("require", "topoext")), amd},
        {"CPU-TOPOEXT", false, cpu("<model>EPYC-Milan</model>" + topology(1, 2, 2), "mode='custom'"), amd},
        {"CPU-TOPOEXT", false, cpu("<model>Dhyana</model>" + topology(1, 2, 2), "mode='custom'"), amd},
        {"CPU-TOPOEXT", true, cpu("<model>Opteron_G5</model>" + topology(1, 2, 2), "mode='custom'"), amd},
        {"CPU-TOPOEXT", true,
         cpu("<model>EPYC</model>" + topology(1, 2, 2) + feature("disable", "topoext"), "mode='custom'"),
         amd},
        {"CPU-TOPOEXT", true, cpu(feature("require", "topoext"))},
        {"CPU-INVTSC", true, cpu("")},
        {"CPU-INVTSC", false, cpu(feature("require", "invtsc"))},
        {"CPU-MIGRATABLE-OFF", true, cpu("")},
        {"CPU-MIGRATABLE-OFF", false, cpu("", "mode='host-passthrough' migratable='off'")},
        {"CPU-HYPERVISOR-BIT", true, cpu(feature("disable", "hypervisor"))},
        {"CPU-HYPERVISOR-BIT", true,
         cpu(feature("disable", "hypervisor")) + "<features><hyperv/></features>"},
        {"CPU-HYPERVISOR-BIT", false, cpu(feature("require", "hypervisor"))},
        {"CPU-VCPU-CURRENT", true, "<vcpu current='2'>4</vcpu>"},
        {"CPU-SIZING", true, "<vcpu>5</vcpu>"},
        {"CPU-SIZING", false, "<vcpu>4</vcpu>"},
        {"CPU-SIZING", true, "<vcpu>25</vcpu>", sixteen_cores(16)},
        {"CPU-SIZING", false, "<vcpu>24</vcpu>", sixteen_cores(16)},
        // a hybrid CPU: 8 cores with two threads, 8 with one
        {"CPU-SIZING", true, "<vcpu>21</vcpu>", sixteen_cores(8)},
        {"CPU-SIZING", false, "<vcpu>20</vcpu>", sixteen_cores(8)}};
}

} // namespace hostlease::test

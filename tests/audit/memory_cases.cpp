#include "audit/cases.hpp"
#include "core/units.hpp"
#include "support/builders.hpp"

namespace hostlease::test {

namespace {
std::string memory(unsigned gib) { return "<memory unit='GiB'>" + std::to_string(gib) + "</memory>"; }
std::string backing(const std::string& inside) { return "<memoryBacking>" + inside + "</memoryBacking>"; }
const std::string huge = "<hugepages><page size='2' unit='MiB'/></hugepages>";
const std::string no_balloon = "<devices><memballoon model='none'/></devices>";
const std::string vhost_user_disk = "<devices><disk type='vhostuser'><source type='unix' path='/s'/><target "
                                    "dev='vda' bus='virtio'/></disk></devices>";
/// 3 GiB of ordinary memory, and 4 GiB that virtio-mem could plug in.
std::string with_virtio_mem(unsigned current) {
    return memory(7) + "<currentMemory unit='GiB'>" + std::to_string(current) +
           "</currentMemory><devices><memory model='virtio-mem'><target><size "
           "unit='GiB'>4</size></target></memory></devices>";
}
std::string hard_limit(unsigned gib) {
    return "<memtune><hard_limit unit='GiB'>" + std::to_string(gib) + "</hard_limit></memtune>";
}
const std::string host_device = "<devices><hostdev mode='subsystem' type='pci'><source><address domain='0' "
                                "bus='1' slot='0' function='0'/></source></hostdev></devices>";
/// 2 GiB of RAM and a file of 100 GiB.
const std::string with_nvdimm =
    memory(102) + "<currentMemory unit='GiB'>2</currentMemory><devices><memory model='nvdimm'><target><size "
                  "unit='GiB'>100</size></target></memory></devices>";
const std::string vhost_user_graphics =
    "<devices><video><driver name='vhostuser'/><model type='virtio'/></video></devices>";
const std::string virtiofs =
    "<devices><filesystem type='mount'><driver type='virtiofs'/></filesystem></devices>";

std::string numatune(const std::string& inside) { return "<numatune>" + inside + "</numatune>"; }
void empty_node(AuditScene& scene) { scene.host.host.nodes[1].memory = 0; }

void small_host(AuditScene& scene) {
    scene.host.host = host_with_nodes(1, 2 * GiB);
    set_pool(scene.host.host, 0, 2 * MiB, 0, 0);
}
} // namespace

std::vector<AuditCase> memory_cases() {
    return {
        {"MEM-HUGEPAGES", true, memory(4)},
        {"MEM-HUGEPAGES", true, memory(8)},
        {"MEM-HUGEPAGES", false, memory(8) + backing(huge)},
        {"MEM-PAGES-FIT", true, memory(4) + backing(huge), small_host},
        {"MEM-PAGES-FIT", false, memory(4) + backing(huge),
         [](AuditScene& scene) { set_pool(scene.host.host, 0, 2 * MiB, 4096, 4096); }},
        {"MEM-MEMFD-SHARED", true, virtiofs},
        {"MEM-MEMFD-SHARED", true, virtiofs + backing("<access mode='shared'/>")},
        {"MEM-MEMFD-SHARED", false, virtiofs + backing("<source type='memfd'/><access mode='shared'/>")},
        {"MEM-MEMFD-SHARED", false, virtiofs + backing(huge + "<access mode='shared'/>")},
        {"MEM-MEMFD-SHARED", true, vhost_user_disk},
        {"MEM-MEMFD-SHARED", false,
         vhost_user_disk + backing("<source type='memfd'/><access mode='shared'/>")},
        {"MEM-MEMFD-SHARED", true, vhost_user_graphics},
        {"MEM-MEMFD-SHARED", false,
         vhost_user_graphics + backing("<source type='memfd'/><access mode='shared'/>")},
        {"MEM-LOCKED", true, backing("<locked/>")},
        {"MEM-LOCKED", true, backing(huge + "<locked/>")},
        {"MEM-LOCKED", false, backing("<locked/>") + hard_limit(4)},
        {"MEM-LOCKED", true,
         backing("<locked/>") + "<memtune><hard_limit>9007199254740991</hard_limit></memtune>"},
        {"MEM-LIMIT", true, memory(8) + backing("<locked/>") + hard_limit(4)},
        {"MEM-LIMIT", true, memory(8) + hard_limit(4)},
        {"MEM-LIMIT", true, memory(8) + backing(huge) + hard_limit(4) + host_device},
        {"MEM-LIMIT", true, memory(8) + backing(huge + "<locked/>") + hard_limit(4)},
        {"MEM-LIMIT", false, memory(8) + backing("<locked/>") + hard_limit(9)},
        {"MEM-LIMIT", false, memory(8) + hard_limit(9) + host_device},
        {"MEM-NOSHAREPAGES", true, ""},
        {"MEM-NOSHAREPAGES", false, backing("<nosharepages/>")},
        {"MEM-IMMEDIATE", true, ""},
        {"MEM-IMMEDIATE", false, backing("<allocation mode='immediate'/>")},
        {"MEM-PREALLOC-THREADS", true, memory(16) + backing(huge)},
        {"MEM-PREALLOC-THREADS", false, memory(16) + backing(huge + "<allocation threads='4'/>")},
        {"MEM-BALLOON-OFF", true, ""},
        {"MEM-BALLOON-OFF", true, "<devices><memballoon model='virtio'/></devices>"},
        {"MEM-BALLOON-OFF", false, "<devices><memballoon model='none'/></devices>"},
        {"MEM-STATS", true, ""},
        {"MEM-STATS", true, "<devices><memballoon model='virtio'><stats period='0'/></memballoon></devices>"},
        {"MEM-STATS", false,
         "<devices><memballoon model='virtio'><stats period='10'/></memballoon></devices>"},
        {"MEM-NODES", true, numatune("<memory mode='strict' nodeset='2'/>")},
        {"MEM-NODES", true, numatune("<memory mode='preferred' nodeset='1'/>"), empty_node},
        {"MEM-NODES", true,
         "<cpu><numa><cell id='0' memory='2' unit='GiB'/></numa></cpu>" +
             numatune("<memnode cellid='0' mode='strict' nodeset='3'/>")},
        {"MEM-NODES", false, numatune("<memory mode='strict' nodeset='0-1'/>"), empty_node},
        {"MEM-NODES", false, numatune("<memory mode='strict' nodeset='1'/>"),
         [](AuditScene& scene) {
             for (auto& one : scene.host.host.nodes)
                 one.memory = 0;
         }},
        {"MEM-NODES", false, numatune("<memory mode='strict' nodeset='1'/>")},
        {"MEM-CURRENT", true, memory(4) + "<currentMemory unit='GiB'>2</currentMemory>"},
        {"MEM-CURRENT", false, memory(4) + "<currentMemory unit='GiB'>4</currentMemory>"},
        {"MEM-CURRENT", true, memory(4) + "<currentMemory unit='GiB'>2</currentMemory>" + no_balloon},
        {"MEM-CURRENT", false, with_nvdimm},
        {"MEM-CURRENT", true, with_virtio_mem(2)},
        {"MEM-CURRENT", false, with_virtio_mem(3)},
        {"MEM-NUMA", true, pins({"4"})},
        {"MEM-NUMA", true, pins({"4"}) + "<numatune><memory mode='preferred' nodeset='1'/></numatune>"},
        {"MEM-NUMA", false, pins({"4"}) + "<numatune><memory mode='strict' nodeset='1'/></numatune>"},
        {"MEM-NUMA", true,
         pins({"0", "4"}) +
             "<cpu><numa><cell id='0' cpus='0' memory='1' unit='GiB'/><cell id='1' cpus='1' memory='1' "
             "unit='GiB'/></numa></cpu>"}};
}

} // namespace hostlease::test

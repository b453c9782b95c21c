#include "audit/cases.hpp"

namespace hostlease::test {

namespace {
const std::string two_threads = "<cpu><topology sockets='1' cores='1' threads='2'/></cpu>";

const std::string two_cells =
    "<cpu><numa><cell cpus='0' memory='1' unit='GiB'/><cell cpus='1' memory='1' unit='GiB'/></numa></cpu>";
/// vCPU 0, which no cell lists, belongs to cell 0.
const std::string half_listed =
    "<cpu><numa><cell memory='1' unit='GiB'/><cell cpus='1' memory='1' unit='GiB'/></numa></cpu>";
std::string memnodes(const std::string& first, const std::string& second) {
    return "<numatune><memory mode='strict' nodeset='0-1'/><memnode cellid='0' mode='strict' nodeset='" +
           first + "'/><memnode cellid='1' mode='strict' nodeset='" + second + "'/></numatune>";
}

std::string emulator(const std::string& cpus) { return "<emulatorpin cpuset='" + cpus + "'/>"; }
std::string io_thread(const std::string& cpus) { return "<iothreadpin iothread='1' cpuset='" + cpus + "'/>"; }
std::string node(const std::string& nodes) {
    return "<numatune><memory mode='strict' nodeset='" + nodes + "'/></numatune>";
}

std::string interleaved(const std::string& nodes) {
    return "<numatune><memory mode='interleave' nodeset='" + nodes + "'/></numatune>";
}

/// Four vCPUs, of which 0 and 2 are present from the start.
std::string listed_vcpus(const std::string& pins) {
    return "<vcpu current='2'>4</vcpu><vcpus><vcpu id='0' enabled='yes'/><vcpu id='1' enabled='no'/><vcpu "
           "id='2' enabled='yes'/>"
           "<vcpu id='3' enabled='no'/></vcpus><cputune>" +
           pins + "</cputune>";
}

const std::string pci_address = "<address domain='0' bus='1' slot='0' function='0'/>";
const std::string graphics_card =
    "<devices><hostdev mode='subsystem' type='pci'><source>" + pci_address + "</source></hostdev></devices>";
const std::string nvme_disk = "<devices><disk type='nvme'><source type='pci' namespace='1'>" + pci_address +
                              "</source><target dev='vda' bus='virtio'/></disk></devices>";
auto device_on(unsigned node) {
    return [=](AuditScene& scene) { scene.host.pci_nodes[{0, 1, 0, 0}] = node; };
}

void without_cpu_0(AuditScene& scene) {
    scene.host.host.online = {1, 2, 3};
    scene.host.host.cores = {{1}, {2}, {3}};
}

void place(AuditScene& scene) { set_place(scene, "auto"); }

void isolate(AuditScene& scene) { scene.host.files["/sys/devices/system/cpu/isolated"] = "4-5"; }

void empty_node(AuditScene& scene) { scene.host.host.nodes[1].memory = 0; }

auto other_pinned_to(unsigned cpu, bool running) {
    return [=](AuditScene& scene) { scene.host.others.push_back({"game", {cpu}, running}); };
}
} // namespace

std::vector<AuditCase> pinning_cases() {
    return {{"PIN-ALL", true, ""},
            {"PIN-ALL", true, "<vcpu>2</vcpu><cputune><vcpupin vcpu='0' cpuset='4'/></cputune>"},
            {"PIN-ALL", false, pins({"4", "5"})},
            {"PIN-ALL", true, pins({"4", "5"}), place},
            {"PIN-ALL", false, listed_vcpus("<vcpupin vcpu='0' cpuset='4'/><vcpupin vcpu='2' cpuset='6'/>")},
            {"PIN-ALL", true, listed_vcpus("<vcpupin vcpu='0' cpuset='4'/><vcpupin vcpu='1' cpuset='6'/>")},
            {"PIN-BOOT-CPU", true, pins({"0", "4"})},
            {"PIN-BOOT-CPU", false, pins({"4", "5"})},
            {"PIN-BOOT-CPU", false, pins({"0", "4"}),
             [](AuditScene& scene) { scene.host.host.online = CpuSet::range(1, 7); }},
            {"PIN-THREADS", true, pins({"4", "5"}, "<vcpupin vcpu='2' cpuset='6'/>")},
            {"PIN-THREADS", true, pins({"4", "5"}, io_thread("0"))},
            {"PIN-THREADS", true, pins({"4", "5"}, "<vcpusched vcpus='1-2' scheduler='batch'/>")},
            {"PIN-THREADS", true,
             "<iothreads>1</iothreads>" + pins({"4"}, "<iothreadsched iothreads='2' scheduler='idle'/>")},
            {"PIN-THREADS", false, "<iothreads>1</iothreads>" + pins({"4", "5"}, io_thread("0"))},
            {"PIN-1TO1", true, pins({"4-5", "6"})},
            {"PIN-1TO1", true, pins({"4", "4"})},
            {"PIN-1TO1", false, pins({"4", "5"})},
            {"PIN-EMULATOR", true, pins({"4", "5"})},
            {"PIN-EMULATOR", true, pins({"4", "5"}, emulator("0,5"))},
            {"PIN-EMULATOR", false, pins({"4", "5"}, emulator("0-1"))},
            {"PIN-IOTHREAD", true, "<iothreads>1</iothreads>" + pins({"4", "5"})},
            {"PIN-IOTHREAD", true, "<iothreads>1</iothreads>" + pins({"4", "5"}, io_thread("5"))},
            {"PIN-IOTHREAD", false, "<iothreads>1</iothreads>" + pins({"4", "5"}, io_thread("0"))},
            {"PIN-SMT-ORDER", true, pins({"4", "6"}) + two_threads},
            {"PIN-SMT-ORDER", false, pins({"4", "5"}) + two_threads},
            {"PIN-ONLINE", true, pins({"4", "8"})},
            {"PIN-ONLINE", false, pins({"4", "7"})},
            {"PIN-HOUSEKEEPING", true, pins({"2", "3", "4", "5", "6"})},
            {"PIN-HOUSEKEEPING", true, pins({"0", "2", "4", "6"})},
            {"PIN-HOUSEKEEPING", false, pins({"4", "5", "6", "7"})},
            {"PIN-HOUSEKEEPING", true, pins({"2", "3"}), without_cpu_0},
            {"PIN-DEVICE-NODE", true, pins({"0"}) + graphics_card, device_on(1)},
            {"PIN-DEVICE-NODE", true, pins({"4", "5"}) + nvme_disk, device_on(0)},
            {"PIN-DEVICE-NODE", false, pins({"4"}) + graphics_card, device_on(1)},
            {"PIN-DEVICE-NODE", false, pins({"0", "4"}) + nvme_disk, device_on(1)},
            {"PIN-NODE", true, pins({"3", "4"})},
            {"PIN-NODE", true, pins({"4", "5"}) + node("0")},
            {"PIN-NODE", false, pins({"4", "5"}) + node("1")},
            {"PIN-NODE", false, pins({"0", "4"}) + two_cells + memnodes("0", "1")},
            {"PIN-NODE", true, pins({"0", "4"}) + two_cells + memnodes("1", "0")},
            {"PIN-NODE", true, pins({"0", "4"}) + half_listed + memnodes("1", "1")},
            {"PIN-NODE", true, pins({"0", "3-4"}) + two_cells},
            {"PIN-NODE", true, pins({"4", "5"}), empty_node},
            {"PIN-NODE", true, pins({"4", "5"}) + node("0"), empty_node},
            {"PIN-NODE", false, pins({"2", "3"}) + node("0"), empty_node},
            {"PIN-NODE", false, pins({"4", "5"}) + interleaved("0-1")},
            {"PIN-L3", true, pins({"3", "4"})},
            {"PIN-L3", false, pins({"4", "5"})},
            {"PIN-L3", false, pins({"2", "3", "4", "5", "6"})},
            {"PIN-L3", false, pins({"2", "6"}), other_pinned_to(4, true)},
            {"PIN-L3", true, pins({"4", "6"}),
             [](AuditScene& scene) {
                 scene.host.performance_cpus = {4, 5};
                 scene.host.efficient_cpus = {6, 7};
             }},
            {"PIN-SHARED", true, pins({"4", "5"}), other_pinned_to(5, true)},
            {"PIN-SHARED", true, pins({"4", "5"}), other_pinned_to(5, false)},
            {"PIN-SHARED", false, pins({"4", "5"}), other_pinned_to(6, true)},
            {"PIN-ISOLCPUS", true, pins({"4", "6"}), isolate},
            {"PIN-ISOLCPUS", true, pins({"4"}), isolate},
            {"PIN-ISOLCPUS", true, pins({"4"}, "<emulatorpin cpuset='3,5'/>"), isolate},
            {"PIN-ISOLCPUS", false, pins({"4"}, "<emulatorpin cpuset='5'/>"), isolate},
            {"PIN-ISOLCPUS", false, pins({"4", "5"}), isolate}};
}

} // namespace hostlease::test

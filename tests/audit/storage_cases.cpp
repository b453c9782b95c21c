// Disks, shares and network cards.
#include "audit/cases.hpp"

namespace hostlease::test {

namespace {
std::string devices(const std::string& inside) { return "<devices>" + inside + "</devices>"; }
std::string disk(const std::string& driver, const std::string& bus = "virtio") {
    return "<disk type='file' device='disk'><driver name='qemu' type='raw' " + driver +
           "/><source file='/x.img'/><target dev='vda' bus='" + bus + "'/></disk>";
}
std::string scsi(const std::string& driver, const std::string& model = "virtio-scsi") {
    return "<controller type='scsi' index='0' model='" + model + "'><driver " + driver + "/></controller>";
}
std::string share(const std::string& inside) {
    return devices("<filesystem type='mount'>" + inside + "</filesystem>");
}
std::string card(const std::string& driver, const std::string& model = "virtio",
                 const std::string& type = "network") {
    return devices("<interface type='" + type + "'><model type='" + model + "'/>" + driver + "</interface>");
}
/// A disk whose queues are shared by several I/O threads.
std::string mapped_disk(const std::string& threads, const std::string& attributes = {}) {
    return "<disk type='file' device='disk'><driver name='qemu' type='raw' queues='4' " + attributes +
           "><iothreads>" + threads +
           "</iothreads></driver><source file='/x.img'/><target dev='vda' bus='virtio'/></disk>";
}
const std::string io_thread = "<iothreads>1</iothreads>";
} // namespace

std::vector<AuditCase> storage_cases() {
    return {
        {"DISK-BUS", true, devices(disk("", "sata"))},
        {"DISK-BUS", true, devices(disk("", "ide"))},
        {"DISK-BUS", true, devices(disk("", "scsi") + scsi("", "lsilogic"))},
        {"DISK-BUS", false, devices(disk("", "scsi") + scsi(""))},
        {"DISK-BUS", false, devices(disk(""))},
        {"DISK-BUS", false, devices("<disk type='file'><source file='/x'/><target dev='vda'/></disk>")},
        {"DISK-BUS", true, devices("<disk type='file'><source file='/x'/><target dev='hda'/></disk>")},
        {"DISK-CACHE-IO", true, devices(disk("io='native' cache='writeback'"))},
        {"DISK-CACHE-IO", true, devices(disk("cache='unsafe'"))},
        {"DISK-CACHE-IO", true, devices(disk("cache='none'"))},
        {"DISK-CACHE-IO", true, devices(disk("cache='writeback'"))},
        {"DISK-CACHE-IO", false, devices(disk("cache='none' io='native'"))},
        {"DISK-CACHE-IO", false, devices(disk("cache='none' io='io_uring'"))},
        {"DISK-DISCARD", true, devices(disk("discard='ignore'"))},
        {"DISK-DISCARD", false, devices(disk("discard='unmap'"))},
        {"DISK-ZEROES", true, devices(disk(""))},
        {"DISK-ZEROES", false, devices(disk("detect_zeroes='unmap'"))},
        {"DISK-QUEUES", true, devices(disk("queues='5'"))},
        {"DISK-QUEUES", true, "<vcpu>16</vcpu>" + devices(disk("queues='16'"))},
        {"DISK-QUEUES", true, devices(disk("queues='4'", "scsi") + scsi(""))},
        {"DISK-QUEUES", true, devices(disk("", "scsi") + scsi("queues='9'"))},
        {"DISK-QUEUES", false, devices(disk("queues='4'"))},
        {"DISK-QUEUES", false, devices(disk(""))},
        {"DISK-IOTHREAD", true, devices(disk(""))},
        {"DISK-IOTHREAD", true, io_thread + devices(disk("iothread='2'"))},
        {"DISK-IOTHREAD", true, io_thread + devices(disk("iothread='1'", "scsi") + scsi("iothread='1'"))},
        {"DISK-IOTHREAD", true, io_thread + devices(disk("", "scsi") + scsi(""))},
        {"DISK-IOTHREAD", false, io_thread + devices(disk("iothread='1'"))},
        {"DISK-IOTHREAD", false, devices(disk("ioeventfd='off'"))},
        {"DISK-IOTHREAD", true, io_thread + devices(disk("ioeventfd='off' iothread='1'"))},
        {"DISK-IOTHREAD", false, devices(disk("", "scsi") + scsi("ioeventfd='off'"))},
        {"DISK-IOTHREAD", false, io_thread + devices(disk("", "scsi") + scsi("iothread='1'"))},
        {"DISK-IOTHREAD", true,
         "<iothreads>2</iothreads>" + devices(mapped_disk("<iothread id='1'/><iothread id='3'/>"))},
        {"DISK-IOTHREAD", true,
         "<iothreads>2</iothreads>" + devices(mapped_disk("<iothread id='1'/>", "iothread='2'"))},
        {"DISK-IOTHREAD", true,
         "<iothreads>2</iothreads>" + devices(mapped_disk("<iothread id='1'/><iothread id='2'/>")),
         [](AuditScene& scene) { scene.libvirt_version = 9'000'000; }},
        {"DISK-IOTHREAD", false,
         "<iothreads>2</iothreads>" + devices(mapped_disk("<iothread id='1'/><iothread id='2'/>"))},
        {"DISK-IOTHREAD-USE", true, "<iothreads>2</iothreads>" + devices(disk("iothread='1'"))},
        {"DISK-IOTHREAD-USE", true,
         "<iothreads>2</iothreads>" + devices(disk("", "scsi") + scsi("iothread='2'"))},
        {"DISK-IOTHREAD-USE", true,
         "<iothreads>2</iothreads><cputune><iothreadpin iothread='1' cpuset='3'/><iothreadpin iothread='2' "
         "cpuset='3'/></cputune>" +
             devices(disk("iothread='1'") + disk("iothread='2'"))},
        {"DISK-IOTHREAD-USE", true, "<iothreads>1</iothreads>"},
        {"DISK-IOTHREAD-USE", true, "<iothreads>3</iothreads>" + devices(disk(""))},
        {"DISK-IOTHREAD-USE", false,
         "<iothreads>2</iothreads>" + devices(disk("iothread='1'") + disk("iothread='2'"))},
        {"DISK-IOTHREAD-USE", false,
         "<iothreads>2</iothreads>" +
             devices(disk("", "scsi") + scsi("iothread='2'") + disk("iothread='1'"))},
        {"DISK-IOTHREAD-USE", false,
         "<iothreads>2</iothreads><cputune><iothreadpin iothread='1' cpuset='2-3'/><iothreadpin iothread='2' "
         "cpuset='2-3'/></cputune>" +
             devices(mapped_disk("<iothread id='1'/><iothread id='2'/>"))},
        {"DISK-IOTHREAD", false,
         "<iothreadids><iothread id='7'/></iothreadids>" + devices(disk("iothread='7'"))},
        {"FS-VIRTIOFS", true, share("<driver type='path'/>")},
        {"FS-VIRTIOFS", true, share("<driver type='virtiofs'/><binary xattr='on'/>")},
        {"FS-VIRTIOFS", true, share("<driver type='virtiofs' queue='1024'/>")},
        {"FS-VIRTIOFS", true,
         share("<driver type='virtiofs' queue='1024'/><binary xattr='on'><cache mode='auto'/></binary>")},
        {"FS-VIRTIOFS", false, share("<driver type='virtiofs' queue='1024'/><binary xattr='on'/>")},
        {"FS-VIRTIOFS", false, share("<driver type='virtiofs' queue='1024'/><source socket='/run/fs'/>")},
        {"NET-MODEL", true, card("", "e1000e")},
        {"NET-MODEL", false, card("")},
        {"NET-VHOST", true, card("<driver name='qemu'/>")},
        {"NET-VHOST", true, card("", "virtio", "user")},
        {"NET-VHOST", false, card("<driver name='vhost'/>")},
        {"NET-QUEUES", true, card("")},
        {"NET-QUEUES", true, card("<driver queues='8'/>")},
        {"NET-QUEUES", false, card("<driver queues='4'/>")},
        {"NET-QUEUES", false, "<vcpu>16</vcpu>" + card("<driver queues='8'/>")},
        {"NET-RING", true, card("")},
        {"NET-RING", true, card("<driver rx_queue_size='1024' tx_queue_size='1024'/>")},
        {"NET-RING", false, card("<driver rx_queue_size='1024'/>")},
        {"NET-RING", false,
         card("<driver rx_queue_size='1024' tx_queue_size='1024'/>", "virtio", "vhostuser")},
        {"NET-OFFLOADS", true, card("<driver><host ufo='on'/></driver>")},
        {"NET-OFFLOADS", false, card("<driver><host tso4='on'/></driver>")}};
}

} // namespace hostlease::test

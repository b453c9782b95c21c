// Disks and shared folders. Each remedy changes all disks that its rule applies to.
#include "advice/audit/device_facts.hpp"
#include "advice/audit/disks.hpp"
#include "advice/suggest/scene.hpp"
#include "read/xml_number.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace hostlease {

namespace {
constexpr unsigned most_queues = 8;

std::string type_of(XmlNode& disk) { return attribute(&disk, "type"); }

/// All disks but CD-ROM, floppy and vhost-user disks. Another process serves vhost-user disks, and libvirt
/// refuses all of their settings. Source: virDomainDiskVhostUserValidate (libvirt 9.0).
std::vector<XmlNode*> drives(SuggestScene& scene) {
    auto list = scene.devices("disk");
    std::erase_if(list,
                  [](XmlNode* disk) { return !is_drive(disk) || attribute(disk, "type") == "vhostuser"; });
    return list;
}

std::vector<XmlNode*> scsi_controllers(SuggestScene& scene) {
    auto list = scene.devices("controller");
    std::erase_if(list, [](XmlNode* one) { return !is_scsi_controller(one); });
    return list;
}

/// The first name from "vda" to "vdzz" that no disk has.
std::string free_name(SuggestScene& scene) {
    std::set<std::string> taken;
    for (XmlNode* disk : scene.devices("disk"))
        taken.insert(attribute(disk->find("target"), "dev"));
    for (unsigned number = 0;; ++number) {
        std::string name = "vd";
        if (number >= 26) name += static_cast<char>('a' + number / 26 - 1);
        name += static_cast<char>('a' + number % 26);
        if (!taken.contains(name)) return name;
    }
}

/// Removes what libvirt accepts only for SCSI, IDE or USB disks. Source: qemuDomainDeviceDiskDefValidate
/// (libvirt 9.0).
void move_to_virtio(SuggestScene& scene, XmlNode& disk) {
    XmlNode& target = disk.ensure("target");
    std::string lost;
    for (const auto* name : {"wwn", "vendor", "product"})
        if (disk.find(name) != nullptr) lost += (lost.empty() ? "<" : ", <") + std::string(name) + ">";
    if (!lost.empty())
        scene.warn("disk " + attribute(&target, "dev") + " loses " + lost +
                   ", which virtio disks do not support: make sure that the guest does not refer to the disk "
                   "by it");
    target.set_attribute("dev", free_name(scene));
    target.set_attribute("bus", "virtio");
    for (const auto* name : {"removable", "rotation_rate", "tray"})
        target.remove_attribute(name);
    for (const auto* name : {"address", "wwn", "vendor", "product"})
        disk.remove(name);
    if (XmlNode* geometry = disk.find("geometry"); geometry != nullptr) geometry->remove_attribute("trans");
}

/// The index of the controller that a disk on bus 'scsi' names; "0" if it names none.
std::string controller_of(XmlNode& disk) {
    const auto number = attribute(disk.find("address"), "controller");
    return number.empty() ? "0" : number;
}

/// Gives all SCSI controllers the model virtio-scsi. Adds the disk's controller if it is missing, because
/// libvirt would add an LSI 53C895A. Source: qemuDomainGetSCSIControllerModel (libvirt 9.0).
void move_to_virtio_scsi(SuggestScene& scene, XmlNode& disk) {
    bool is_there = false;
    for (XmlNode* controller : scsi_controllers(scene)) {
        is_there = is_there || controller->attribute("index").value_or("0") == controller_of(disk);
        if (controller->attribute("model").value_or("").starts_with("virtio-")) continue;
        if (scene.keeps_model(*controller)) continue;
        controller->set_attribute("model", "virtio-scsi");
        // an address of ibmvscsi
        if (attribute(controller->find("address"), "type") == "spapr-vio") controller->remove("address");
    }
    if (!is_there)
        merge_xml(scene.root, "<devices><controller type='scsi' index='" + controller_of(disk) +
                                  "' model='virtio-scsi'/></devices>");
}

void set_bus(SuggestScene& scene, const AuditFinding&) {
    bool moves = false;
    for (XmlNode* disk : drives(scene)) {
        const auto bus = bus_of(disk);
        if (bus == "virtio" || bus == "nvme" || attribute(disk->find("target"), "removable") == "on" ||
            (bus != "scsi" && scene.keeps_model(*disk)))
            continue;
        moves = true;
        if (bus == "scsi")
            move_to_virtio_scsi(scene, *disk);
        else
            move_to_virtio(scene, *disk);
    }
    if (!moves) return;
    if (scene.audit.guest == Guest::windows)
        scene.warn("disks move to virtio: first install the driver in Windows (viostor or vioscsi) with the "
                   "help of a second, small virtio disk, or Windows does not boot");
    else
        scene.warn("disks move to virtio: make sure that the guest's initramfs has the driver and that "
                   "nothing refers to the old disk name");
}

/// Whether the owner chose a cache mode that stays. Modes that libvirt refuses, or with which a crash of the
/// host loses data, do not stay. Source: qemuDomainDeviceDiskDefValidate (libvirt 9.0).
bool has_chosen_cache(const XmlNode& driver) {
    const auto cache = attribute(&driver, "cache");
    const bool is_refused = attribute(&driver, "io") == "native" && cache != "none" && cache != "directsync";
    return !cache.empty() && cache != "default" && cache != "unsafe" && !is_refused;
}

void set_cache(SuggestScene& scene, const AuditFinding&) {
    for (XmlNode* disk : drives(scene)) {
        if (!has_host_cache(type_of(*disk))) continue;
        XmlNode& driver = disk->ensure("driver");
        if (!has_chosen_cache(driver)) driver.set_attribute("cache", "none");
        const auto cache = attribute(&driver, "cache");
        if ((cache == "none" || cache == "directsync") && !driver.attribute("io"))
            driver.set_attribute("io", "native");
    }
}

/// Keeps an explicit value, such as 'ignore'.
void unmap(SuggestScene& scene, std::string_view name) {
    for (XmlNode* disk : drives(scene)) {
        const auto type = type_of(*disk);
        const bool is_written_to = disk->find("readonly") == nullptr && type != "dir";
        if (disk->attribute("device") == "lun" || !is_served_by_qemu(type) || !is_written_to) continue;
        XmlNode& driver = disk->ensure("driver");
        if (!driver.attribute(name)) driver.set_attribute(name, "unmap");
    }
}

void set_discard(SuggestScene& scene, const AuditFinding&) { unmap(scene, "discard"); }

void set_zeroes(SuggestScene& scene, const AuditFinding&) { unmap(scene, "detect_zeroes"); }

/// Moves an attribute that libvirt accepts only for virtio-blk disks to the disk's SCSI controller, if there
/// is one without this attribute. Otherwise the attribute is lost.
void move_to_controller(SuggestScene& scene, XmlNode& disk, std::string_view name) {
    XmlNode* driver = disk.find("driver");
    if (driver == nullptr || bus_of(&disk) == "virtio" || !driver->attribute(name)) return;
    const auto value = *driver->attribute(name);
    driver->remove_attribute(name);
    for (XmlNode* controller : scsi_controllers(scene))
        if (bus_of(&disk) == "scsi" && controller->attribute("index").value_or("0") == controller_of(disk) &&
            attribute(controller->find("driver"), name).empty())
            controller->ensure("driver").set_attribute(name, value);
}

void limit_queues(XmlNode* driver, unsigned most) {
    const auto queues = parse_xml_number<unsigned>(attribute(driver, "queues"));
    if (queues && *queues > most) driver->set_attribute("queues", std::to_string(most));
}

void set_queues(SuggestScene& scene, const AuditFinding&) {
    const unsigned most = std::min(most_queues, scene.domain().vcpus);
    for (XmlNode* disk : drives(scene)) {
        move_to_controller(scene, *disk, "queues");
        limit_queues(disk->find("driver"), most);
    }
    for (XmlNode* controller : scsi_controllers(scene))
        limit_queues(controller->find("driver"), most);
}

/// The I/O threads of the domain, and those that remedies have added to its list since.
CpuSet iothread_ids(SuggestScene& scene) {
    CpuSet ids = iothread_set(scene.domain());
    for (const XmlNode* one : children(scene.root.find("iothreadids"), "iothread"))
        if (const auto id = parse_xml_number<unsigned>(attribute(one, "id")); id && *id < CpuSet::limit)
            ids.add(*id);
    return ids;
}

void define_iothread(SuggestScene& scene, unsigned id) {
    const auto ids = iothread_ids(scene);
    if (ids.contains(id)) return;
    // without a list, libvirt numbers the threads from 1
    const bool is_next = id == ids.count() + 1;
    if (XmlNode* list = scene.root.find("iothreadids"); list != nullptr || !is_next) {
        auto& named = scene.root.ensure("iothreadids");
        if (list == nullptr)
            for (const auto known : ids.members())
                named.add("iothread").set_attribute("id", std::to_string(known));
        named.add("iothread").set_attribute("id", std::to_string(id));
    }
    const auto written = parse_xml_number<unsigned>(scene.root.ensure("iothreads").text()).value_or(0);
    const bool has_list = scene.root.find("iothreadids") != nullptr;
    const unsigned wanted = has_list ? static_cast<unsigned>(ids.count()) + 1 : id;
    if (written < wanted) scene.root.ensure("iothreads").set_text(std::to_string(wanted));
}

void give_iothread(SuggestScene& scene, XmlNode& device) {
    XmlNode& driver = device.ensure("driver");
    if (!has_ioeventfd(&driver)) {
        if (!driver.attribute("iothread") && driver.find("iothreads") == nullptr) return;
        driver.remove_attribute("ioeventfd"); // QEMU does not start with both
    }
    if (XmlNode* mapping = driver.find("iothreads"); mapping != nullptr) {
        const auto threads = mapping->children("iothread");
        if (scene.audit.libvirt_version == 0 || scene.audit.libvirt_version >= first_libvirt_with_mapping) {
            driver.remove_attribute("iothread"); // libvirt accepts only one of the two
            for (const XmlNode* thread : threads)
                if (const auto id = parse_xml_number<unsigned>(thread->attribute("id").value_or("")))
                    define_iothread(scene, *id);
            return;
        }
        if (!driver.attribute("iothread") && !threads.empty())
            driver.set_attribute("iothread", threads.front()->attribute("id").value_or("1"));
        driver.remove(*mapping);
        scene.tell(
            (device.name() == "disk" ? "disk " + attribute(device.find("target"), "dev")
                                     : "SCSI controller " + attribute(&device, "index")) +
            " gets one I/O thread for all of its queues: this host's libvirt does not support <iothreads> in "
            "<driver> (10.0 does)");
    }
    if (!driver.attribute("iothread")) {
        const auto ids = iothread_ids(scene);
        driver.set_attribute("iothread", ids.empty() ? "1" : std::to_string(ids.members().front()));
    }
    if (const auto id = parse_xml_number<unsigned>(attribute(&driver, "iothread")))
        define_iothread(scene, *id);
}

void set_iothreads(SuggestScene& scene, const AuditFinding&) {
    bool has_scsi = false;
    for (XmlNode* disk : drives(scene)) {
        const auto bus = bus_of(disk);
        if (!is_served_by_qemu(type_of(*disk))) {
            if (XmlNode* driver = disk->find("driver"); driver != nullptr)
                driver->remove_attribute("iothread");
            continue;
        }
        move_to_controller(scene, *disk, "iothread");
        if (bus == "virtio" && takes_iothread(attribute(disk->find("address"), "type"), scene.domain()))
            give_iothread(scene, *disk);
        has_scsi = has_scsi || bus == "scsi";
    }
    if (!has_scsi) return;
    for (XmlNode* controller : scsi_controllers(scene))
        if ((controller->attribute("model").value_or("").starts_with("virtio-") || scene.audit.is_s390()) &&
            takes_iothread(attribute(controller->find("address"), "type"), scene.domain()))
            give_iothread(scene, *controller);
}

/// Turns a 9p share into virtiofs. Source: virDomainFSDefParseXML, qemuValidateDomainDeviceDefFS (libvirt
/// 9.0); https://libvirt.org/kbase/virtiofs.html.
void make_virtiofs(SuggestScene& scene, XmlNode& share) {
    for (const auto* name : {"fmode", "dmode", "multidevs", "model"})
        share.remove_attribute(name);
    share.set_attribute("type", "mount");
    share.set_attribute("accessmode", "passthrough");
    XmlNode& driver = share.ensure("driver");
    for (const auto& name : driver.attribute_names())
        driver.remove_attribute(name);
    driver.set_attribute("type", "virtiofs");
    share_memory(scene);
    scene.warn("a shared folder moves from 9p to virtiofs: the host needs virtiofsd, and the guest mounts it "
               "with -t virtiofs");
}

void set_shares(SuggestScene& scene, const AuditFinding&) {
    for (XmlNode* share : scene.devices("filesystem")) {
        if (attribute(share->find("driver"), "type") != "virtiofs") {
            const auto type = share->attribute("type").value_or("mount");
            if (share->find("readonly") != nullptr || type != "mount") {
                scene.tell(type == "mount"
                               ? "a read-only folder stays with 9p: virtiofs shares folders only read-write"
                               : "a <filesystem type='" + std::string(type) +
                                     "'> stays: virtiofs has no such type");
                continue;
            }
            if (scene.keeps_model(*share)) continue;
            make_virtiofs(scene, *share);
        }
        XmlNode& driver = share->ensure("driver");
        if (!driver.attribute("queue")) driver.set_attribute("queue", "1024");
        if (attribute(share->find("source"), "socket").empty() &&
            attribute(share->find("binary"), "xattr").empty())
            share->ensure("binary").set_attribute("xattr", "on");
        if (attribute(share->find("binary/cache"), "mode") == "auto") share->remove("binary/cache");
    }
}

/// Only the owner knows how many threads are wanted and which disks are busy.
void leave(SuggestScene&, const AuditFinding&) {}

constexpr Remedy remedies[] = {{"DISK-BUS", set_bus},         {"DISK-CACHE-IO", set_cache},
                               {"DISK-DISCARD", set_discard}, {"DISK-ZEROES", set_zeroes},
                               {"DISK-QUEUES", set_queues},   {"DISK-IOTHREAD", set_iothreads},
                               {"DISK-IOTHREAD-USE", leave},  {"FS-VIRTIOFS", set_shares}};
constexpr GroupSetter setter{
    .group = RuleGroup::storage, .by_default = false, .needs_guest = true, .remedies = remedies};
} // namespace

const GroupSetter& storage_setter() { return setter; }

} // namespace hostlease

// Disks and shared folders.
#include "audit/disks.hpp"
#include "audit/elements.hpp"
#include "audit/rule.hpp"
#include "core/parse.hpp"

#include <algorithm>
#include <array>

namespace hostlease {

namespace {
constexpr std::string_view disks_doc = "https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms";
constexpr unsigned most_queues = 8;

/// Drives with a medium of their own; CDs and floppies are slow by nature.
std::vector<XmlElement> drives(const AuditInput& input) {
    auto list = find_all(input.root, "devices/disk");
    std::erase_if(list, [](XmlElement disk) {
        const auto device = attribute(disk, "device");
        return !device.empty() && device != "disk" && device != "lun";
    });
    return list;
}

std::string_view bus_of(XmlElement disk) { return attribute(find(disk, "target"), "bus"); }

std::string name_of(XmlElement disk) { return "disk " + std::string(attribute(find(disk, "target"), "dev")); }

XmlElement driver_of(XmlElement disk) { return find(disk, "driver"); }

unsigned line_of_driver(XmlElement disk) { return line_of(disk, "driver"); }

/// The driver element as it is, with one attribute set.
std::string driver_with(XmlElement driver, std::string_view name, std::string_view value) {
    std::string text = "<driver";
    bool is_set = false;
    const auto add = [&](std::string_view key, std::string_view word) {
        text += " " + std::string(key) + "='" + std::string(word) + "'";
    };
    if (driver)
        driver.for_each_attribute([&](std::string_view key, std::string_view word) {
            is_set = is_set || key == name;
            add(key, key == name ? value : word);
        });
    if (!is_set) add(name, value);
    return text + "/>";
}

/// A finding for each drive that `fault` says something of.
template <typename Fault>
void each_drive(const AuditInput& input, AuditOutcome& outcome, Fault fault) {
    const auto list = drives(input);
    if (list.empty()) return outcome.skip("there is no disk");
    for (const auto disk : list)
        fault(disk);
}

std::string_view type_of(XmlElement disk) { return attribute(disk, "type"); }

std::vector<XmlElement> scsi_controllers(const AuditInput& input) {
    auto list = find_all(input.root, "devices/controller");
    std::erase_if(list, [](XmlElement one) { return attribute(one, "type") != "scsi"; });
    return list;
}

/// Source: qemuDomainGetSCSIControllerModel (libvirt 9.0) for a controller that has no model, or is not written.
bool has_only_virtio_scsi(const AuditInput& input) {
    const auto list = scsi_controllers(input);
    if (list.empty()) return input.is_s390();
    return std::all_of(list.begin(), list.end(), [&](XmlElement one) {
        const auto model = attribute(one, "model");
        return model.starts_with("virtio-") || (model.empty() && input.is_s390());
    });
}

void check_bus(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    each_drive(input, outcome, [&](XmlElement disk) {
        const auto bus = bus_of(disk);
        if (bus == "virtio" || bus == "nvme" || (bus == "scsi" && has_only_virtio_scsi(input))) return;
        outcome.fail(
            {.line = line_of(disk, "target"),
             .found =
                 name_of(disk) + (bus == "scsi" ? " is on an emulated SCSI controller" : " is on bus '" + std::string(bus) + "'"),
             .wanted = "bus='virtio', or bus='scsi' with a controller of model virtio-scsi" +
                       std::string(input.guest == Guest::windows ? "; install the driver in Windows first (viostor, vioscsi), or "
                                                                   "it does not boot"
                                                                 : ""),
             .xml =
                 bus == "scsi" ? "<controller type='scsi' index='0' model='virtio-scsi'/>" : "<target dev='vda' bus='virtio'/>"});
    });
}

/// Source of the error: qemuDomainDeviceDiskDefValidate (libvirt 9.0), "native I/O needs either no disk cache or directsync cache mode".
void check_cache(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    each_drive(input, outcome, [&](XmlElement disk) {
        if (!has_host_cache(type_of(disk))) return;
        const auto driver = driver_of(disk);
        const auto cache = attribute(driver, "cache");
        const auto io = attribute(driver, "io");
        const bool direct = cache == "none" || cache == "directsync";
        const auto fail = [&](const std::string& found, std::string wanted, std::string xml, Severity severity) {
            outcome.fail({.line = line_of_driver(disk),
                          .found = name_of(disk) + ": " + found,
                          .wanted = std::move(wanted),
                          .xml = std::move(xml),
                          .severity = severity});
        };
        if (io == "native" && !direct)
            return fail("io='native' with the host's cache", "cache='none'; libvirt refuses the two together",
                        driver_with(driver, "cache", "none"), Severity::error);
        if (cache == "unsafe")
            return fail("cache='unsafe'", "cache='none'; the guest's flushes are thrown away, and a crash loses data",
                        driver_with(driver, "cache", "none"), Severity::warning);
        if (!direct)
            return fail(cache.empty() ? "no cache mode, which is writeback" : "cache='" + std::string(cache) + "'",
                        "cache='none' with io='native' or 'io_uring'; data would be cached twice",
                        driver_with(driver, "cache", "none"), Severity::note);
        if (io != "native" && io != "io_uring")
            fail("I/O by a pool of threads", "io='native' or io='io_uring'", driver_with(driver, "io", "native"), Severity::note);
    });
}

void check_attribute(const AuditInput& input, const Rule& rule, AuditOutcome& outcome) {
    each_drive(input, outcome, [&](XmlElement disk) {
        const auto found = attribute(driver_of(disk), rule.subject);
        const bool is_written_to = !find(disk, "readonly") && type_of(disk) != "dir";
        if (found == "unmap" || attribute(disk, "device") == "lun" || !is_served_by_qemu(type_of(disk)) || !is_written_to) return;
        outcome.fail({.line = line_of_driver(disk),
                      .found = name_of(disk) + ": " + std::string(rule.subject) +
                               (found.empty() ? " is not set" : "='" + std::string(found) + "'"),
                      .wanted = std::string(rule.subject) + "='unmap'",
                      .xml = driver_with(driver_of(disk), rule.subject, "unmap")});
    });
}

void check_queue_count(const AuditInput& input, XmlElement driver, const std::string& what, AuditOutcome& outcome) {
    const auto queues = parse_integer<unsigned>(attribute(driver, "queues"));
    const unsigned most = std::min(most_queues, input.domain.vcpus);
    if (!queues || *queues <= most) return;
    outcome.fail({.line = driver.line(),
                  .found = what + " has " + std::to_string(*queues) + " queues",
                  .wanted = "no more than " + std::to_string(most) + ": vCPUs, and not above 8",
                  .xml = driver_with(driver, "queues", std::to_string(most))});
}

void check_queues(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    for (const auto controller : scsi_controllers(input))
        check_queue_count(input, find(controller, "driver"), "the SCSI controller", outcome);
    each_drive(input, outcome, [&](XmlElement disk) {
        const auto driver = driver_of(disk);
        if (bus_of(disk) == "virtio") return check_queue_count(input, driver, name_of(disk), outcome);
        if (!attribute(driver, "queues").empty())
            outcome.fail({.line = driver.line(),
                          .found = name_of(disk) + ": queues on bus '" + std::string(bus_of(disk)) + "'",
                          .wanted = "on the SCSI controller's <driver>; libvirt takes it for virtio-blk only",
                          .xml = nested({"controller type='scsi' index='0' model='virtio-scsi'"},
                                        "<driver queues='" + std::string(attribute(driver, "queues")) + "'/>"),
                          .severity = Severity::error});
    });
}

std::string first_iothread(const AuditInput& input) {
    const auto& ids = input.domain.iothread_ids;
    return ids.empty() ? "1" : std::to_string(ids.front());
}

void fail_no_iothread(const AuditInput& input, XmlElement driver, unsigned line, const std::string& what, AuditOutcome& outcome) {
    const auto xml = driver_with(driver, "iothread", first_iothread(input));
    outcome.fail(
        {.line = line,
         .found = what + " has no I/O thread",
         .wanted = input.domain.iothreads == 0 ? "<iothreads>1</iothreads>, and the thread named here" : "one of the I/O threads",
         .xml = input.domain.iothreads == 0 ? "<iothreads>1</iothreads>\n" + xml : xml});
}

/// An I/O thread that is named must be there. Source: qemuDomainDeviceDiskDefValidate, qemuValidateCheckSCSIControllerIOThreads.
void check_named(const AuditInput& input, XmlElement driver, const std::string& what, AuditOutcome& outcome) {
    const auto id = parse_integer<unsigned>(attribute(driver, "iothread"));
    const auto& ids = input.domain.iothread_ids;
    if (!id || std::binary_search(ids.begin(), ids.end(), *id)) return;
    outcome.fail({.line = driver.line(),
                  .found = what + " names I/O thread " + std::to_string(*id) + ", which is not defined",
                  .wanted = "<iothreads> that has it",
                  .xml = "<iothreads>" + std::to_string(*id) + "</iothreads>",
                  .severity = Severity::error});
}

void check_iothread(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    bool has_scsi = false;
    each_drive(input, outcome, [&](XmlElement disk) {
        const auto driver = driver_of(disk);
        const bool has_one = !attribute(driver, "iothread").empty() || find(driver, "iothreads");
        if (!is_served_by_qemu(type_of(disk))) {
            if (has_one)
                outcome.fail({.line = driver.line(),
                              .found = name_of(disk) + ": iothread on a disk of type '" + std::string(type_of(disk)) + "'",
                              .wanted = "remove it; libvirt refuses it here, as QEMU does not serve this disk",
                              .severity = Severity::error});
            return;
        }
        if (bus_of(disk) == "virtio") {
            if (!takes_iothread(attribute(find(disk, "address"), "type"))) return;
            if (!has_one) fail_no_iothread(input, driver, line_of_driver(disk), name_of(disk), outcome);
            return check_named(input, driver, name_of(disk), outcome);
        }
        has_scsi = has_scsi || bus_of(disk) == "scsi";
        if (has_one)
            outcome.fail({.line = driver.line(),
                          .found = name_of(disk) + ": iothread on bus '" + std::string(bus_of(disk)) + "'",
                          .wanted = "on the SCSI controller's <driver>; libvirt refuses it here",
                          .xml = nested({"controller type='scsi' index='0' model='virtio-scsi'"}, "<driver iothread='1'/>"),
                          .severity = Severity::error});
    });
    if (!has_scsi || !has_only_virtio_scsi(input)) return;
    for (const auto controller : scsi_controllers(input)) {
        if (!takes_iothread(attribute(find(controller, "address"), "type"))) continue;
        const auto driver = find(controller, "driver");
        if (attribute(driver, "iothread").empty() && !find(driver, "iothreads"))
            fail_no_iothread(input, driver, line_of(controller, "driver"), "the SCSI controller", outcome);
        check_named(input, driver, "the SCSI controller", outcome);
    }
}

void check_virtiofs(XmlElement share, AuditOutcome& outcome) {
    const auto driver = find(share, "driver");
    const auto binary = find(share, "binary");
    const auto queue = parse_integer<unsigned>(attribute(driver, "queue"));
    if (!queue || *queue < 1024)
        outcome.fail({.line = driver.line(),
                      .found = "a queue of " + (queue ? std::to_string(*queue) : std::string("the default's length")),
                      .wanted = "queue='1024'",
                      .xml = "<driver type='virtiofs' queue='1024'/>"});
    if (attribute(binary, "xattr") != "on" && attribute(find(share, "source"), "socket").empty())
        outcome.fail({.line = line_of(share, "binary"),
                      .found = "no extended attributes",
                      .wanted = "<binary xattr='on'/>, where programs store them",
                      .xml = "<binary xattr='on'/>"});
    if (const auto mode = attribute(find(binary, "cache"), "mode"); mode == "auto")
        outcome.fail({.line = find(binary, "cache").line(),
                      .found = "cache mode='auto', which libvirt does not know",
                      .wanted = "no <cache>: auto is what virtiofsd does by itself. libvirt takes 'none' and 'always'",
                      .severity = Severity::error});
}

void check_shares(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto shares = find_all(input.root, "devices/filesystem");
    if (shares.empty()) return outcome.skip("no folder is shared");
    for (const auto share : shares) {
        if (attribute(find(share, "driver"), "type") == "virtiofs") {
            check_virtiofs(share, outcome);
            continue;
        }
        outcome.fail({.line = share.line(),
                      .found = "a folder is shared by 9p",
                      .wanted = "virtiofs, with shared memory",
                      .xml = "<filesystem type='mount' accessmode='passthrough'>\n  <driver type='virtiofs' queue='1024'/>\n  "
                             "...\n</filesystem>",
                      .severity = Severity::warning});
    }
}

constexpr RuleMaker rule{.group = RuleGroup::storage, .source = disks_doc};

constexpr Rule rules[] = {
    rule("DISK-BUS", Severity::warning, virtio_guest,
         "Each request to an emulated IDE or SATA drive takes several exits to QEMU. The guides want virtio-scsi only; "
         "measurements "
         "favour neither, so that virtio-blk is as good.",
         "slow disk, load on the host", check_bus),
    rule("DISK-CACHE-IO", Severity::note,
         "With cache='none' data goes past the host's cache. The guides call writeback dangerous; it is not, as the guest's "
         "flushes "
         "reach the disk: it only caches twice.",
         "slow disk, memory of the host taken", check_cache),
    rule("DISK-DISCARD", Severity::note, "What the guest deletes becomes free on the host.", "images that only grow",
         check_attribute, {}, "discard"),
    rule("DISK-ZEROES", Severity::note,
         "Zeroes that the guest writes take no space. libvirt notes that looking for them costs CPU time; it pays on slow or "
         "thin storage.",
         "images that only grow", check_attribute, {}, "detect_zeroes"),
    rule("DISK-QUEUES", Severity::note,
         "More queues than vCPUs serve nobody. None need be written: QEMU 5.2 and newer give one to each vCPU.",
         "slow disk with many "
         "vCPUs",
         check_queues),
    rule("DISK-IOTHREAD", Severity::warning, "Without one, requests wait for QEMU's main thread, which does all else.",
         "the whole VM stutters on disk access", check_iothread, "https://libvirt.org/formatdomain.html#iothreads-allocation"),
    rule("FS-VIRTIOFS", Severity::note, virtio_guest,
         "virtiofs works in shared memory, 9p and network shares copy through QEMU or the network. One of the guides' "
         "cache='auto' is "
         "no value of libvirt's.",
         "shared folders are slow", check_shares, "https://libvirt.org/kbase/virtiofs.html")};
} // namespace

std::span<const Rule> storage_rules() { return rules; }

} // namespace hostlease

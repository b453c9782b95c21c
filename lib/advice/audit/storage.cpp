// Disks and shared folders.
#include "advice/audit/device_facts.hpp"
#include "advice/audit/disks.hpp"
#include "advice/audit/drives.hpp"
#include "advice/audit/elements.hpp"
#include "advice/audit/rule.hpp"
#include "read/xml_number.hpp"

#include <algorithm>
#include <array>

namespace hostlease {

namespace {
constexpr std::string_view disks_doc =
    "https://libvirt.org/formatdomain.html#hard-drives-floppy-disks-cdroms";
constexpr unsigned most_queues = 8;

/// Whether the guest sees the disk as removable on purpose. Source: formatdomain, attribute removable of
/// <target>.
bool is_usb_stick(XmlElement disk) {
    return bus_of(disk) == "usb" && attribute(find(disk, "target"), "removable") == "on";
}

void check_bus(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    each_drive(input, outcome, [&](XmlElement disk) {
        const auto bus = bus_of(disk);
        if (bus == "virtio" || bus == "nvme" || is_on_virtio_scsi(input, disk)) return;
        if (is_usb_stick(disk)) return;
        outcome.fail({.line = line_of(disk, "target"),
                      .found = bus == "scsi" ? "on an emulated SCSI controller" : "on bus '" + bus + "'",
                      .wanted = "bus='virtio', or bus='scsi' with a controller of model virtio-scsi" +
                                std::string(input.guest == Guest::windows
                                                ? "; first install the driver in Windows (viostor "
                                                  "or vioscsi), or Windows does not boot"
                                                : ""),
                      .xml = bus == "scsi" ? "<controller type='scsi' index='" + scsi_controller_of(disk) +
                                                 "' model='virtio-scsi'/>"
                                           : "<target dev='vda' bus='virtio'/>",
                      .kind = "disk",
                      .name = name_of(disk)});
    });
}

/// Source of the error: qemuDomainDeviceDiskDefValidate (libvirt 9.0), "native I/O needs either no disk cache
/// or directsync cache mode".
void check_cache(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    each_drive(input, outcome, [&](XmlElement disk) {
        if (!has_host_cache(type_of(disk))) return;
        const auto driver = driver_of(disk);
        const auto cache = attribute(driver, "cache");
        const auto io = attribute(driver, "io");
        const bool direct = cache == "none" || cache == "directsync";
        const auto fail = [&](std::string found, std::string wanted, std::string xml, Severity severity) {
            outcome.fail({.line = line_of_driver(disk),
                          .found = std::move(found),
                          .wanted = std::move(wanted),
                          .xml = std::move(xml),
                          .severity = severity,
                          .kind = "disk",
                          .name = name_of(disk)});
        };
        if (io == "native" && !direct)
            return fail("io='native' with the host's cache", "cache='none'; libvirt refuses this combination",
                        driver_with(driver, "cache", "none"), Severity::error);
        if (cache == "unsafe")
            return fail("cache='unsafe'",
                        "cache='none'; QEMU ignores the guest's flushes, so a crash loses data",
                        driver_with(driver, "cache", "none"), Severity::warning);
        if (!direct)
            return fail(
                cache.empty() ? "no cache mode, so QEMU uses writeback"
                              : "cache='" + std::string(cache) + "'",
                "cache='none' with io='native' or 'io_uring'; otherwise guest and host both cache the data",
                driver_with(driver, "cache", "none"), Severity::note);
        if (io != "native" && io != "io_uring")
            fail("QEMU does the I/O in a thread pool", "io='native' or io='io_uring'",
                 driver_with(driver, "io", "native"), Severity::note);
    });
}

void check_attribute(const AuditInput& input, const Rule& rule, AuditOutcome& outcome) {
    each_drive(input, outcome, [&](XmlElement disk) {
        const auto found = attribute(driver_of(disk), rule.subject);
        const bool is_written_to = !find(disk, "readonly") && type_of(disk) != "dir";
        if (found == "unmap" || attribute(disk, "device") == "lun" || !is_served_by_qemu(type_of(disk)) ||
            !is_written_to)
            return;
        outcome.fail({.line = line_of_driver(disk),
                      .found = std::string(rule.subject) +
                               (found.empty() ? " is not set" : "='" + std::string(found) + "'"),
                      .wanted = std::string(rule.subject) + "='unmap'",
                      .xml = driver_with(driver_of(disk), rule.subject, "unmap"),
                      .kind = "disk",
                      .name = name_of(disk)});
    });
}

void check_queue_count(const AuditInput& input, XmlElement driver, const DriverOwner& device,
                       AuditOutcome& outcome) {
    const auto queues = parse_xml_number<unsigned>(attribute(driver, "queues"));
    const unsigned most = std::min(most_queues, input.domain.vcpus);
    if (!queues || *queues <= most) return;
    outcome.fail({.line = driver.line(),
                  .found = std::to_string(*queues) + " queues",
                  .wanted = "at most " + std::to_string(most) + ": one for each vCPU, up to 8",
                  .xml = driver_with(driver, "queues", std::to_string(most)),
                  .kind = device.kind,
                  .name = device.name});
}

void check_queues(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    for (const auto controller : scsi_controllers(input))
        check_queue_count(input, find(controller, "driver"), as_controller(controller), outcome);
    each_drive(input, outcome, [&](XmlElement disk) {
        const auto driver = driver_of(disk);
        if (bus_of(disk) == "virtio") return check_queue_count(input, driver, as_disk(disk), outcome);
        if (!attribute(driver, "queues").empty())
            outcome.fail(
                {.line = driver.line(),
                 .found = "queues on bus '" + bus_of(disk) + "'",
                 .wanted = "queues in the SCSI controller's <driver>; libvirt accepts them here only for "
                           "virtio-blk",
                 .xml = nested({"controller type='scsi' index='0' model='virtio-scsi'"},
                               "<driver queues='" + std::string(attribute(driver, "queues")) + "'/>"),
                 .severity = Severity::error,
                 .kind = "disk",
                 .name = name_of(disk)});
    });
}

void check_virtiofs(XmlElement share, AuditOutcome& outcome) {
    const auto driver = find(share, "driver");
    const auto binary = find(share, "binary");
    const auto fail = [&](AuditFinding finding) {
        finding.kind = "shared folder";
        finding.name = attribute(find(share, "target"), "dir");
        outcome.fail(std::move(finding));
    };
    const auto queue = parse_xml_number<unsigned>(attribute(driver, "queue"));
    if (!queue || *queue < 1024)
        fail({.line = driver.line(),
              .found = "a queue of " + (queue ? std::to_string(*queue) : std::string("the default's length")),
              .wanted = "queue='1024'",
              .xml = "<driver type='virtiofs' queue='1024'/>"});
    if (attribute(binary, "xattr") != "on" && attribute(find(share, "source"), "socket").empty())
        fail({.line = line_of(share, "binary"),
              .found = "extended attributes are off",
              .wanted = "<binary xattr='on'/> if programs use extended attributes",
              .xml = "<binary xattr='on'/>"});
    if (const auto mode = attribute(find(binary, "cache"), "mode"); mode == "auto")
        fail({.line = find(binary, "cache").line(),
              .found = "cache mode='auto', which libvirt does not support",
              .wanted = "no <cache>: 'auto' is virtiofsd's default. libvirt accepts 'none' and 'always'",
              .severity = Severity::error});
}

void check_shares(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto shares = find_all(input.root, "devices/filesystem");
    if (shares.empty()) return outcome.skip("the VM shares no folder with the host");
    for (const auto share : shares) {
        if (attribute(find(share, "driver"), "type") == "virtiofs") {
            check_virtiofs(share, outcome);
            continue;
        }
        outcome.fail({.line = share.line(),
                      .found = "shared by 9p",
                      .wanted = "virtiofs, with shared memory",
                      .xml = "<filesystem type='mount' accessmode='passthrough'>\n  <driver "
                             "type='virtiofs' queue='1024'/>\n  ...\n</filesystem>",
                      .severity = Severity::warning,
                      .kind = "shared folder",
                      .name = std::string(attribute(find(share, "target"), "dir"))});
    }
}

constexpr RuleMaker rule{.group = RuleGroup::storage, .source = disks_doc};

constexpr Rule rules[] = {
    rule("DISK-BUS", Severity::warning, virtio_guest,
         "Each request to an emulated IDE or SATA drive takes several exits to QEMU. virtio-blk and "
         "virtio-scsi are about equally fast.",
         "slow disk, load on the host", check_bus),
    rule("DISK-CACHE-IO", Severity::note,
         "With cache='none', data bypasses the host's page cache. writeback is safe, because the guest's "
         "flushes reach the disk, but it caches the data twice.",
         "slow disk; the page cache fills the host's memory", check_cache),
    rule("DISK-DISCARD", Severity::note, "Blocks that the guest frees become free on the host.",
         "disk images only grow", check_attribute, {}, "discard"),
    rule("DISK-ZEROES", Severity::note,
         "Zeroes that the guest writes take no space. Detecting them costs CPU time, which pays off on slow "
         "or thin-provisioned storage.",
         "disk images only grow", check_attribute, {}, "detect_zeroes"),
    rule("DISK-QUEUES", Severity::note,
         "More queues than vCPUs bring nothing. QEMU 5.2 and newer give each vCPU a queue by default.",
         "slow disk with many "
         "vCPUs",
         check_queues),
    rule("FS-VIRTIOFS", Severity::note, virtio_guest,
         "virtiofs transfers data through shared memory. 9p and network shares copy it through QEMU or the "
         "network.",
         "shared folders are slow", check_shares, "https://libvirt.org/kbase/virtiofs.html")};
} // namespace

std::span<const Rule> storage_rules() { return rules; }

} // namespace hostlease

// Disks and QEMU's I/O threads.
#include "advice/audit/device_facts.hpp"
#include "advice/audit/disks.hpp"
#include "advice/audit/drives.hpp"
#include "advice/audit/elements.hpp"
#include "read/xml_number.hpp"

#include <algorithm>
#include <set>

namespace hostlease {

namespace {
constexpr std::string_view threads_doc = "https://libvirt.org/formatdomain.html#iothreads-allocation";

std::string first_iothread(const AuditInput& input) {
    const auto& ids = input.domain.iothread_ids;
    return ids.empty() ? "1" : std::to_string(ids.front());
}

/// The <iothreads> of a driver: several threads that share its queues. Returns an empty element if this
/// host's libvirt is older, because it ignores unknown elements. Source: formatdomain on a disk's driver,
/// iothreads (libvirt 10.0, QEMU 9.0).
XmlElement mapping_of(const AuditInput& input, XmlElement driver) {
    const bool is_known = input.libvirt_version == 0 || input.libvirt_version >= first_libvirt_with_mapping;
    return is_known ? find(driver, "iothreads") : XmlElement();
}

bool has_iothread(const AuditInput& input, XmlElement driver) {
    return !attribute(driver, "iothread").empty() || mapping_of(input, driver);
}

void fail_no_iothread(const AuditInput& input, XmlElement driver, unsigned line, const DriverOwner& device,
                      AuditOutcome& outcome) {
    const auto xml = driver_with(driver, "iothread", first_iothread(input));
    const bool is_ignored = static_cast<bool>(find(driver, "iothreads"));
    outcome.fail(
        {.line = line,
         .found =
             is_ignored
                 ? "no I/O thread; this host's libvirt does not support <iothreads> in a <driver> (10.0 does)"
                 : "no I/O thread",
         .wanted = input.domain.iothreads == 0 ? "<iothreads>1</iothreads>, and that thread named here"
                                               : "one of the I/O threads",
         .xml = input.domain.iothreads == 0 ? "<iothreads>1</iothreads>\n" + xml : xml,
         .kind = device.kind,
         .name = device.name});
}

/// Returns whether the driver needs no thread because its owner turned ioeventfd off. Reports a thread that
/// it names nevertheless.
bool is_without_ioeventfd(const AuditInput& input, XmlElement driver, const DriverOwner& device,
                          AuditOutcome& outcome) {
    if (has_ioeventfd(driver)) return false;
    if (has_iothread(input, driver))
        outcome.fail({.line = driver.line(),
                      .found = "ioeventfd='off' with an I/O thread",
                      .wanted = "only one of them; QEMU does not start with both",
                      .severity = Severity::error,
                      .kind = device.kind,
                      .name = device.name});
    return true;
}

/// The numbers of the threads that the driver names.
std::vector<unsigned> named_by(const AuditInput& input, XmlElement driver) {
    std::vector<unsigned> ids;
    const auto add = [&](XmlElement element, std::string_view name) {
        if (const auto id = parse_xml_number<unsigned>(attribute(element, name))) ids.push_back(*id);
    };
    add(driver, "iothread");
    if (const auto mapping = mapping_of(input, driver))
        for (const auto thread : children(mapping, "iothread"))
            add(thread, "id");
    return ids;
}

/// Checks that the named I/O threads exist. Source: qemuDomainDeviceDiskDefValidate,
/// qemuValidateCheckSCSIControllerIOThreads (libvirt 9.0). Checks that the attribute and the element are not
/// used together. Source: formatdomain on iothreads of a disk's driver.
void check_named(const AuditInput& input, XmlElement driver, const DriverOwner& device,
                 AuditOutcome& outcome) {
    const auto& ids = input.domain.iothread_ids;
    for (const auto id : named_by(input, driver))
        if (!std::binary_search(ids.begin(), ids.end(), id))
            outcome.fail({.line = driver.line(),
                          .found = "I/O thread " + std::to_string(id) + " is used but not defined",
                          .wanted = "<iothreads> that includes this number",
                          .xml = "<iothreads>" + std::to_string(id) + "</iothreads>",
                          .severity = Severity::error,
                          .kind = device.kind,
                          .name = device.name});
    if (!attribute(driver, "iothread").empty() && mapping_of(input, driver))
        outcome.fail({.line = driver.line(),
                      .found = "both the attribute iothread and the element <iothreads>",
                      .wanted = "only one of them; libvirt refuses both together",
                      .severity = Severity::error,
                      .kind = device.kind,
                      .name = device.name});
}

void check_controllers(const AuditInput& input, AuditOutcome& outcome) {
    for (const auto controller : scsi_controllers(input)) {
        if (!takes_iothread(attribute(find(controller, "address"), "type"), input.domain)) continue;
        const auto driver = find(controller, "driver");
        if (is_without_ioeventfd(input, driver, as_controller(controller), outcome)) continue;
        if (!has_iothread(input, driver))
            fail_no_iothread(input, driver, line_of(controller, "driver"), as_controller(controller),
                             outcome);
        check_named(input, driver, as_controller(controller), outcome);
    }
}

void check_iothread(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    bool has_scsi = false;
    each_drive(input, outcome, [&](XmlElement disk) {
        const auto driver = driver_of(disk);
        const auto refuse = [&](std::string found, std::string wanted, std::string xml) {
            if (has_iothread(input, driver))
                outcome.fail({.line = driver.line(),
                              .found = std::move(found),
                              .wanted = std::move(wanted),
                              .xml = std::move(xml),
                              .severity = Severity::error,
                              .kind = "disk",
                              .name = name_of(disk)});
        };
        if (!is_served_by_qemu(type_of(disk)))
            return refuse("iothread on a disk of type '" + std::string(type_of(disk)) + "'",
                          "remove it; libvirt refuses it here, because no I/O thread can serve this disk",
                          {});
        if (bus_of(disk) == "virtio") {
            if (!takes_iothread(attribute(find(disk, "address"), "type"), input.domain)) return;
            if (is_without_ioeventfd(input, driver, as_disk(disk), outcome)) return;
            if (!has_iothread(input, driver))
                fail_no_iothread(input, driver, line_of_driver(disk), as_disk(disk), outcome);
            return check_named(input, driver, as_disk(disk), outcome);
        }
        has_scsi = has_scsi || bus_of(disk) == "scsi";
        refuse("iothread on bus '" + bus_of(disk) + "'",
               "iothread in the SCSI controller's <driver>; libvirt refuses it here",
               nested({"controller type='scsi' index='0' model='virtio-scsi'"}, "<driver iothread='1'/>"));
    });
    if (has_scsi && has_only_virtio_scsi(input)) check_controllers(input, outcome);
}

std::string listed(const std::set<unsigned>& ids) {
    std::string text = ids.size() == 1 ? "I/O thread " : "I/O threads ";
    for (const auto id : ids)
        text += (id == *ids.begin() ? "" : ", ") + std::to_string(id);
    return text;
}

/// The I/O threads that drivers name, and the number of these drivers.
struct ThreadUse {
    std::set<unsigned> threads;
    unsigned users = 0;

    void add(const std::vector<unsigned>& named) {
        threads.insert(named.begin(), named.end());
        users += named.empty() ? 0 : 1;
    }
};

ThreadUse use_of(const AuditInput& input) {
    ThreadUse use;
    for (const auto disk : drives(input))
        use.add(named_by(input, driver_of(disk)));
    for (const auto controller : scsi_controllers(input))
        use.add(named_by(input, find(controller, "driver")));
    return use;
}

/// Reports more pinned I/O threads than CPUs that they may run on.
void check_crowd(const AuditInput& input, const ThreadUse& use, AuditOutcome& outcome) {
    CpuSet cpus;
    std::set<unsigned> pinned;
    unsigned line = 0;
    for (const auto& pin : input.domain.iothread_pins) {
        if (!use.threads.contains(pin.id)) continue;
        if (pinned.empty()) line = pin.line;
        pinned.insert(pin.id);
        cpus |= pin.cpus;
    }
    if (pinned.size() <= cpus.count()) return;
    outcome.fail({.line = line,
                  .found = listed(pinned) + " share CPU " + to_list(cpus),
                  .wanted = "one CPU for each I/O thread, or fewer I/O threads"});
}

void check_use(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto& ids = input.domain.iothread_ids;
    if (ids.empty()) return outcome.skip("the domain has no I/O threads");
    const auto use = use_of(input);
    // DISK-IOTHREAD already asks the disks to name a thread; more than two unused threads are too many anyway
    if (use.users == 0 && !drives(input).empty() && ids.size() <= 2)
        return outcome.skip("no disk has an I/O thread (DISK-IOTHREAD)");
    std::set<unsigned> unused;
    for (const auto id : ids)
        if (!use.threads.contains(id)) unused.insert(id);
    if (!unused.empty())
        outcome.fail(
            {.line = line_of(input.root, find(input.root, "iothreadids") ? "iothreadids" : "iothreads"),
             .found = listed(unused) + (unused.size() == 1 ? " serves no disk" : " serve no disk") +
                      (use.users > 1 && use.threads.size() == 1 ? "; all disks share " + listed(use.threads)
                                                                : std::string()),
             .wanted = use.users > 1 ? "disks on each I/O thread, or fewer I/O threads" : "fewer I/O threads",
             .places = static_cast<unsigned>(unused.size())});
    check_crowd(input, use, outcome);
}

constexpr RuleMaker rule{.group = RuleGroup::storage, .source = threads_doc};

constexpr Rule rules[] = {rule("DISK-IOTHREAD", Severity::warning,
                               "Without an I/O thread, disk requests wait for QEMU's main thread, which also "
                               "serves every other device.",
                               "the whole VM stutters during disk access", check_iothread),
                          rule("DISK-IOTHREAD-USE", Severity::note,
                               "An I/O thread serves only the disks that name it. If all disks name the "
                               "first thread, further threads do nothing.",
                               "slow disk", check_use)};
} // namespace

std::span<const Rule> iothread_rules() { return rules; }

} // namespace hostlease

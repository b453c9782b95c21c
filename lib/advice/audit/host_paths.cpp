// HOST-PATHS: the paths and devices of the host that the domain names must exist.
#include "advice/audit/host_paths.hpp"

#include "advice/audit/elements.hpp"
#include "advice/audit/rule.hpp"

#include <algorithm>

namespace hostlease {

namespace {
class Collector {
  public:
    Collector(XmlElement root, const Domain& domain) : root_(root), domain_(domain) {}

    std::vector<HostPath> collect() {
        add_firmware();
        add_text(find(root_, "devices/emulator"), "the emulator");
        for (const auto disk : find_all(root_, "devices/disk"))
            add_disk(disk);
        for (const auto share : find_all(root_, "devices/filesystem"))
            add_share(share);
        add_screens();
        add_devices();
        for (const auto& device : named_devices(domain_))
            add("/sys/bus/pci/devices/" + to_text(device.address), device.what, device.line);
        return std::move(paths_);
    }

  private:
    void add(std::string_view path, const std::string& what, unsigned line, std::string instead = {}) {
        if (path.starts_with('/')) paths_.push_back({std::string(path), what, line, std::move(instead)});
    }
    void add_text(XmlElement element, const std::string& what) {
        add(text_of(element), what, element ? element.line() : 0);
    }
    void add_attribute(XmlElement element, std::string_view name, const std::string& what) {
        add(attribute(element, name), what, element ? element.line() : 0);
    }

    /// libvirt needs the template of the NVRAM only if the NVRAM's file does not exist. Source:
    /// qemuPrepareNVRAM (libvirt 7.0), qemuPrepareNVRAMFile (libvirt 9.0).
    void add_firmware() {
        const auto os = find(root_, "os");
        for (const auto* name : {"loader", "kernel", "initrd", "dtb", "shim"})
            add_text(find(os, name), "<" + std::string(name) + ">");
        if (const auto nvram = find(os, "nvram")) {
            const auto file = attribute(find(nvram, "source"), "file");
            add(attribute(nvram, "template"), "the template of <nvram>", nvram.line(),
                file.empty() ? text_of(nvram) : std::string(file));
        }
        for (const auto table : find_all(os, "acpi/table"))
            add_text(table, "an ACPI table");
        for (const auto info : children(root_, "sysinfo"))
            for (const auto entry : children(info, "entry"))
                add_attribute(entry, "file", "<sysinfo>");
    }

    /// With startupPolicy 'optional', libvirt starts the VM without a missing disk. Source: formatdomain on
    /// hard drives, startupPolicy.
    void add_disk(XmlElement disk) {
        const auto source = find(disk, "source");
        if (attribute(source, "startupPolicy") == "optional") return;
        const auto what = "disk " + std::string(attribute(find(disk, "target"), "dev"));
        add_storage(attribute(disk, "type"), source, what);
        for (auto below = find(disk, "backingStore"); below; below = find(below, "backingStore"))
            add_storage(attribute(below, "type"), find(below, "source"), "the source of " + what);
    }

    /// Other types name no path to check: "volume" belongs to a pool and "network" to another host. The
    /// socket of "vhostuser" exists once its server runs, and "nvme" names a PCI device.
    void add_storage(std::string_view type, XmlElement source, const std::string& what) {
        if (type == "file" || type.empty()) add_attribute(source, "file", what);
        if (type == "block" || type == "vhostvdpa") add_attribute(source, "dev", what);
        if (type == "dir") add_attribute(source, "dir", what);
    }

    /// If another program starts virtiofsd, the XML names a socket instead of a folder.
    void add_share(XmlElement share) {
        const auto what = "folder " + std::string(attribute(find(share, "target"), "dir"));
        add_attribute(find(share, "source"), "dir", what);
        add_attribute(find(share, "binary"), "path", "the program that serves " + what);
    }

    void add_screens() {
        for (const auto one : find_all(root_, "devices/graphics"))
            add_attribute(find(one, "gl"), "rendernode", std::string(attribute(one, "type")));
        for (const auto one : find_all(root_, "devices/video"))
            add_attribute(find(one, "model/acceleration"), "rendernode", "a video device");
    }

    void add_devices() {
        for (const auto tpm : find_all(root_, "devices/tpm"))
            add_attribute(find(tpm, "backend/device"), "path", "the TPM");
        for (const auto rng : find_all(root_, "devices/rng"))
            if (attribute(find(rng, "backend"), "model") == "random")
                add_text(find(rng, "backend"), "the random number generator");
        for (const auto input : find_all(root_, "devices/input")) {
            add_attribute(find(input, "source"), "dev", "an input device");
            add_attribute(find(input, "source"), "evdev", "an input device");
        }
        for (const auto* kind : {"serial", "parallel", "console", "channel"})
            for (const auto one : find_all(root_, "devices/" + std::string(kind)))
                if (attribute(one, "type") == "dev")
                    add_attribute(find(one, "source"), "path", "a " + std::string(kind) + " device");
        for (const auto one : find_all(root_, "devices/interface"))
            if (attribute(one, "type") == "vdpa") add_attribute(find(one, "source"), "dev", "a network card");
        for (const auto* kind : {"hostdev", "interface"})
            for (const auto one : find_all(root_, "devices/" + std::string(kind)))
                add_attribute(find(one, "rom"), "file", "the ROM of a device");
        for (const auto one : find_all(root_, "devices/hostdev"))
            if (attribute(one, "type") == "mdev")
                if (const auto id = attribute(find(one, "source/address"), "uuid"); !id.empty())
                    add("/sys/bus/mdev/devices/" + std::string(id), "a mediated device", one.line());
    }

    XmlElement root_;
    const Domain& domain_;
    std::vector<HostPath> paths_;
};

enum class Standing { exists, missing, unknown };

Standing standing_of(const AuditFacts& host, const std::string& path) {
    const auto found = host.paths.find(path);
    if (found == host.paths.end() || !found->second.problem.empty()) return Standing::unknown;
    return found->second.exists ? Standing::exists : Standing::missing;
}

std::string problem_of(const AuditFacts& host, const std::string& path) {
    const auto found = host.paths.find(path);
    return found == host.paths.end() ? std::string() : found->second.problem;
}

/// "/a (disk vda), /b (<kernel>)"
std::string listed(const std::vector<const HostPath*>& paths) {
    std::string text;
    for (const auto* one : paths)
        text += (text.empty() ? "" : ", ") + one->path + " (" + one->what + ")";
    return text;
}

void check_paths(const AuditInput& input, const Rule&, AuditOutcome& outcome) {
    const auto named = named_paths(input.root, input.domain);
    if (named.empty()) return outcome.skip("the domain names no files on this host");
    const auto& host = *input.host;
    std::vector<const HostPath*> missing;
    std::string hidden;
    for (const auto& one : named) {
        auto standing = standing_of(host, one.path);
        std::string problem = problem_of(host, one.path);
        if (!one.instead.empty() && standing != Standing::exists) {
            standing = standing_of(host, one.instead) == Standing::missing ? standing
                                                                           : standing_of(host, one.instead);
            if (standing == Standing::unknown && problem.empty()) problem = problem_of(host, one.instead);
        }
        if (standing == Standing::missing) missing.push_back(&one);
        if (standing == Standing::unknown && !problem.empty() && hidden.empty())
            hidden = one.path + " (" + one.what + ") cannot be checked: " + problem;
    }
    if (missing.empty()) return hidden.empty() ? void() : outcome.skip(hidden);
    const auto count = static_cast<unsigned>(missing.size());
    outcome.fail({.line = missing.front()->line,
                  .found = (count == 1 ? std::string("this path does not exist on the host: ")
                                       : std::to_string(count) + " paths do not exist on the host: ") +
                           listed(missing),
                  .wanted = "paths that exist when the VM starts",
                  .places = count});
}

constexpr Rule rules[] = {{.id = "HOST-PATHS",
                           .group = RuleGroup::host,
                           .severity = Severity::error,
                           .needs = host_facts,
                           .why = "libvirt or QEMU opens these paths when the VM starts.",
                           .symptom = "the VM does not start",
                           .source = "https://libvirt.org/formatdomain.html",
                           .check = check_paths}};
} // namespace

std::vector<NamedDevice> named_devices(const Domain& domain) {
    std::vector<NamedDevice> devices;
    for (const auto& device : domain.host_devices)
        devices.push_back({device.address, "host device " + to_text(device.address), device.line});
    for (const auto& disk : domain.disks)
        if (disk.address) devices.push_back({*disk.address, "disk " + disk.target, disk.line});
    return devices;
}

std::vector<HostPath> named_paths(XmlElement root, const Domain& domain) {
    return Collector(root, domain).collect();
}

std::span<const Rule> host_path_rules() { return rules; }

} // namespace hostlease

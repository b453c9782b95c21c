// Facts about the system inside a VM, from its guest agent. The guest is not trusted: its facts are only
// shown, as text and numbers.
#pragma once

#include "advice/report/sample.hpp"
#include "core/cpu_set.hpp"
#include "core/known.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

struct GuestSystem {
    std::string name;   // "Debian GNU/Linux 12 (bookworm)", "Windows 11 Pro"
    std::string kernel; // "6.1.0-18-amd64"; for Windows the build, "22631"; "": not known
    bool is_windows = false;
    bool operator==(const GuestSystem&) const = default;
};

/// Processors, by the guest's numbers.
struct GuestProcessors {
    CpuSet all;
    CpuSet online;
    bool operator==(const GuestProcessors&) const = default;
};

struct GuestFilesystem {
    std::string mountpoint;             // "/", "C:\"
    std::string type;                   // "ext4", "NTFS"
    std::optional<std::uint64_t> total; // bytes
    std::optional<std::uint64_t> used;  // bytes
    std::vector<std::string> targets;   // the VM's disks below it, "vda"
    bool operator==(const GuestFilesystem&) const = default;
};

/// A whole disk, not a partition.
struct GuestDisk {
    std::string name;   // "/dev/vda", "\\.\PhysicalDrive0"
    std::string target; // the VM's disk, "vda"; "": libvirt does not know it
    bool operator==(const GuestDisk&) const = default;
};

struct GuestDriver {
    std::string name; // "Red Hat VirtIO SCSI controller"
    std::string version;
    bool operator==(const GuestDriver&) const = default;
};

struct GuestFacts {
    Known<GuestSystem> system;
    Known<GuestProcessors> processors;
    Known<std::vector<GuestFilesystem>> filesystems;
    Known<std::vector<GuestDisk>> disks;
    Known<std::vector<GuestDriver>> drivers; // from Windows only
    bool operator==(const GuestFacts&) const = default;
};

/// The state of the guest agent's channel in a running domain's XML: missing, not opened by the guest, or
/// open. Source: formatdomain, <target state> of a virtio channel (libvirt 9.0).
enum class AgentChannel { none, closed, open };

/// AgentChannel::none also if the text is not XML.
AgentChannel agent_channel(std::string_view running_xml);

/// These four functions read the parameters that libvirt makes of the agent's answer. If the answer does not
/// contain the fact, there is no value, or an empty list. Sources: virDomainGetGuestInfo ("os.", "fs.",
/// "disk."), virDomainGetGuestVcpus (libvirt 9.0).
Known<GuestSystem> guest_system(const DomainSample& answer);
Known<GuestProcessors> guest_processors(const DomainSample& answer);
std::vector<GuestFilesystem> guest_filesystems(const DomainSample& answer);
std::vector<GuestDisk> guest_disks(const DomainSample& answer);

/// Reads the agent's answer to guest-get-devices: each pair of name and version once, sorted by name. Source:
/// qga/qapi-schema.json, GuestDeviceInfo (QEMU 5.2 to 10.0).
Known<std::vector<GuestDriver>> guest_drivers(std::string_view answer);

} // namespace hostlease

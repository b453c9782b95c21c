// Installs, finds and removes libvirt's QEMU hook on a host. Never changes hooks of other programs.
#pragma once

#include "host/host.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

inline constexpr const char* hooks_directory = "/etc/libvirt/hooks";

/// The hook prints this text when it is called by hand. An ELF note in its first page has the text as well,
/// which identifies a copy of the hook.
inline constexpr std::string_view hook_marker = "hostlease: this is libvirt's QEMU hook";

/// The first libvirt that runs the files of qemu.d besides `qemu`, in the format of virGetVersion(). Source:
/// libvirt's NEWS, 6.5.0.
inline constexpr unsigned long first_libvirt_with_folder = 6'005'000;

/// Whether AppArmor's profile of libvirt's daemon, if it is enforced, allows programs in the folder of this
/// one. AppArmor checks the target of a link. Any other program fails with "permission denied", and no VM
/// starts. Source: /etc/apparmor.d/usr.sbin.libvirtd, libvirt 9.0 to 11.3.
bool may_start_confined(std::string_view program);

struct HookPlace {
    std::string path;
    bool is_new = false;              // it did not exist, or was not a link to this program
    std::vector<std::string> removed; // other hooks of ours: libvirt would have called each
};

/// Makes `hooks/qemu` a link to the program, or `hooks/qemu.d/10-hostlease` if `hooks/qemu` belongs to
/// another program. Replaces a hook of ours where it is, and removes further ones. ErrorKind::refused if
/// other programs have both places, if this libvirt has no qemu.d, or if the program is not the hook, must
/// not be run as root, or may not be run from its folder.
Result<HookPlace> install_hook(Host& host, const std::string& program, unsigned long libvirt_version);

/// Our hooks: copies of the hook, links to a copy, and links to a program called hostlease-hook, even if it
/// does not exist. Sorted, `qemu` first.
Result<std::vector<std::string>> own_hooks(Host& host);

/// Removes our hooks, and `qemu.d` if it is empty afterwards. Returns the paths of the removed hooks.
Result<std::vector<std::string>> remove_hooks(Host& host);

/// Makes libvirt's daemons look for hooks again, which they otherwise do only when they start. Running VMs
/// are not affected. Returns the names of these daemons; none if no daemon runs. A note in
/// /run, if it can be written, records these daemons. Source: virHookCall() and the SIGHUP handlers of
/// libvirtd and virtqemud, 9.0 to 11.3.
Result<std::vector<std::string>> reload_daemons(Host& host);

/// When reload_daemons last signalled this process, in seconds since 1970; nullopt if it did not, or if its
/// note cannot be read.
std::optional<std::int64_t> told_at(Host& host, const ProcessId& daemon);

} // namespace hostlease

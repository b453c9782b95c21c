// Where libvirt's QEMU hook is on a host: put there, found again, taken away. Other people's hooks are never
// touched.
#pragma once

#include "host/host.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

inline constexpr const char* hooks_directory = "/etc/libvirt/hooks";

/// What the hook says when it is called by hand, and, in a note of its first page, by which a copy of it is
/// known.
inline constexpr std::string_view hook_marker = "hostlease: this is libvirt's QEMU hook";

/// The first libvirt that runs the files of qemu.d besides `qemu`, as virGetVersion() counts. Source:
/// libvirt's NEWS, 6.5.0.
inline constexpr unsigned long first_libvirt_with_folder = 6'005'000;

/// Whether AppArmor's profile of libvirt's daemon lets it start programs of this folder, where such a profile
/// is in force. It judges a link by where it leads; any other program "permission denied", and no VM starts.
/// Source: /etc/apparmor.d/usr.sbin.libvirtd, libvirt 9.0 to 11.3.
bool may_start_confined(std::string_view program);

struct HookPlace {
    std::string path;
    bool is_new = false;              // it was not there before, or was another version's
    std::vector<std::string> removed; // further ones of ours: libvirt would have called each
};

/// Makes `hooks/qemu` a link to the program, or, where that is somebody else's, `hooks/qemu.d/10-hostlease`.
/// A hook of ours that is there already is replaced in its place. What is not ours stays as it is:
/// ErrorKind::refused when both places are taken, when this libvirt has no qemu.d, or when the program may
/// not be run as root or from there.
Result<HookPlace> install_hook(Host& host, const std::string& program, unsigned long libvirt_version);

/// Our hooks: links to a program called hostlease-hook, there or not, and copies of it. Sorted, `qemu` first.
Result<std::vector<std::string>> own_hooks(Host& host);

/// Takes our hooks away, and `qemu.d` when nothing is left in it. What was removed.
Result<std::vector<std::string>> remove_hooks(Host& host);

/// Has libvirt's daemons look for hooks again, which otherwise they do when they start; VMs go on running.
/// The names of those that were told; none when none runs. Who was told is noted in /run, where that can be.
/// Source: virHookCall() and the SIGHUP handlers of libvirtd and virtqemud, 9.0 to 11.3.
Result<std::vector<std::string>> reload_daemons(Host& host);

/// When reload_daemons last told this very process, in seconds since 1970; nullopt when it did not, or left
/// no note that can be read.
std::optional<std::int64_t> told_at(Host& host, const ProcessId& daemon);

} // namespace hostlease

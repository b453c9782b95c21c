// Checks of libvirt: its version, the installed hook, and whether the daemon has found the hook and may run
// it. Source: libvirt's NEWS 6.5.0 and src/util/virhook.c, 9.0 to 11.3; Debian's AppArmor profile of
// libvirtd; Fedora's selinux-policy, 2024.
#include "doctor/checks.hpp"
#include "doctor/hook_place.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace hostlease {

namespace {
std::string version_text(unsigned long version) {
    return fmt::format("{}.{}.{}", version / 1'000'000, version / 1000 % 1000, version % 1000);
}

std::string hook_of(const DoctorFacts& facts) { return facts.hooks.front().path; }
} // namespace

DoctorLines check_libvirt(const DoctorFacts& facts) {
    if (facts.libvirt == 0) return {warns("libvirt is not installed", "install the libvirt daemon for QEMU")};
    const std::string version = version_text(facts.libvirt);
    if (facts.libvirt >= first_libvirt_with_folder) return {passes("version " + version)};
    return {warns("version " + version + " runs only hooks/qemu, not the hooks in hooks/qemu.d",
                  "use libvirt 6.5 or newer")};
}

DoctorLines check_hook(const DoctorFacts& facts) {
    if (facts.hooks.empty())
        return {fails("/etc/libvirt/hooks does not contain the hook of hostlease: no VM gets a lease",
                      "run hostlease install-hook")};
    DoctorLines lines;
    for (const auto& hook : facts.hooks)
        if (hook.problem.empty())
            lines.push_back(passes(hook.path + (hook.program == hook.path ? "" : " -> " + hook.program)));
        else
            lines.push_back(fails(hook.path + ": " + hook.problem,
                                  "run hostlease install-hook with a program that belongs to root"));
    if (facts.hooks.size() > 1)
        lines.push_back(
            fails("libvirt runs each of these " + std::to_string(facts.hooks.size()) +
                      " hooks, so hostlease handles each event several times",
                  "run hostlease install-hook, which keeps " + hook_of(facts) + " and removes the others"));
    return lines;
}

DoctorLines check_daemon(const DoctorFacts& facts) {
    if (facts.daemons.empty())
        return {passes("the libvirt daemon is not running; it looks for hooks when it starts")};
    DoctorLines lines;
    for (const auto& daemon : facts.daemons)
        if (facts.hooks.empty() || facts.hooks.front().placed <= std::max(daemon.started, daemon.told))
            lines.push_back(passes(daemon.name + " is running"));
        else
            lines.push_back(warns(
                daemon.name + " started before the hook was installed and has not looked for hooks since",
                "run hostlease install-hook; not needed if systemctl reload " + daemon.name +
                    " was called since"));
    return lines;
}

DoctorLines check_confinement(const DoctorFacts& facts) {
    DoctorLines lines;
    for (const auto& daemon : facts.daemons) {
        const bool is_selinux = facts.enforces_selinux && !facts.has_selinux_module &&
                                daemon.label.find("virtqemud_t") != std::string::npos;
        const bool is_apparmor = daemon.label.ends_with("(enforce)");
        if (is_selinux)
            lines.push_back(warns("SELinux runs " + daemon.name + " as " + daemon.label +
                                      ", whose policy may forbid it to run hooks",
                                  "run semodule -i /usr/share/selinux/packages/hostlease.cil && restorecon "
                                  "/usr/sbin/hostlease-hook"));
        if (!is_apparmor) continue;
        for (const auto& hook : facts.hooks)
            if (hook.is_confined)
                lines.push_back(fails("AppArmor confines " + daemon.name + " as " + daemon.label +
                                          ", which does not allow it to run " + hook.program,
                                      "install hostlease with the prefix /usr, not /usr/local, and run "
                                      "hostlease install-hook"));
    }
    if (!lines.empty()) return lines;
    if (facts.hooks.empty()) return {passes("not checked: the hook is not installed")};
    if (facts.daemons.empty()) return {passes("not checked: the libvirt daemon is not running")};
    return {passes("the libvirt daemon may run the hook")};
}

} // namespace hostlease

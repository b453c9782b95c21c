#include "knobs/sysfs.hpp"

#include "core/kernel_text.hpp"
#include "core/parse.hpp"
#include "knobs/parts/claims.hpp"
#include "knobs/parts/combine.hpp"
#include "knobs/parts/neighbours.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace hostlease {

extern const Knob knob_sysfs;

namespace {
constexpr KeySpec keys[] = {
    {.key = "sysfs",
     .summary = "any other file below /sys or /proc/sys: [[sysfs]] with path and value",
     .example = "[[sysfs]]\npath = \"/sys/kernel/mm/lru_gen/min_ttl_ms\"\nvalue = 1000"}};

/// Command files, by the end of their paths. A virtual console's "bind" shows and takes 0 and 1: show_bind,
/// drivers/tty/vt/vt.c. Sources, 6.1: drop_caches_sysctl_handler in fs/drop_caches.c;
/// state_store in kernel/power/main.c; uevent_store in drivers/base/core.c;
/// Documentation/admin-guide/cgroup-v2.rst; sched_feat_write in kernel/sched/debug.c; bonding_store_slaves in
/// drivers/net/bonding/bond_sysfs.c; Documentation/ABI/testing/sysfs-bus-pci, sysfs-devices-memory and
/// sysfs-kernel-slab, scsi_scan in drivers/scsi/scsi_sysfs.c; stable/sysfs-devices-node and
/// testing/sysfs-kernel-mm-hugepages.
constexpr std::string_view command_files[] = {"/vm/drop_caches", "/vm/compact_memory",
                                              "/power/state",    "/uevent",
                                              "/cgroup.procs",   "/cgroup.threads",
                                              "/cgroup.kill",    "/sched/features",
                                              "/compact",        "/demote",
                                              "/bonding/slaves", "/cgroup.subtree_control",
                                              "/bind",           "/unbind",
                                              "/new_id",         "/remove_id",
                                              "/remove",         "/rescan",
                                              "/reset",          "/drivers_probe",
                                              "/memory.reclaim", "_resize",
                                              "/scan",           "/delete",
                                              "/shrink",         "_offline_page",
                                              "/vm/stat_refresh"};

/// Files that can be changed in one direction only until the next boot. Sources, 6.12:
/// Documentation/admin-guide/sysctl/kernel.rst; lockdown_write, security/lockdown/lockdown.c;
/// cgroup_enable_threaded, kernel/cgroup/cgroup.c; kexec_limit_handler, kernel/kexec_core.c;
/// crash_shrink_memory, kernel/crash_core.c; proc_taint, kernel/sysctl.c.
constexpr std::string_view switches[] = {"/kernel/modules_disabled",
                                         "/kernel/kexec_load_disabled",
                                         "/kernel/kexec_load_limit_panic",
                                         "/kernel/kexec_load_limit_reboot",
                                         "/security/lockdown",
                                         "/cgroup.type",
                                         "/kernel/kexec_crash_size",
                                         "/kernel/tainted",
                                         "/kernel/profiling",
                                         "/parameters/sig_enforce",
                                         "/apparmor/parameters/lock_policy"};

/// Files with one line for each device, where a write sets one line; only the word "max" removes a limit.
/// Source: Documentation/admin-guide/cgroup-v2.rst (6.12).
constexpr std::string_view keyed_files[] = {"/io.max",        "/io.latency", "/io.cost.qos",
                                            "/io.cost.model", "/rdma.max",   "/misc.max"};

/// Values that lock their file. Sources, 6.12: bpf_unpriv_handler, kernel/bpf/syscall.c;
/// yama_dointvec_minmax, security/yama/yama_lsm.c; set_nx_huge_pages, arch/x86/kvm/mmu/mmu.c.
constexpr std::pair<std::string_view, std::string_view> locking_values[] = {
    {"/kernel/unprivileged_bpf_disabled", "1"},
    {"/kernel/yama/ptrace_scope", "3"},
    {"/parameters/nx_huge_pages", "never"}};

/// Values that a file shows until its first write and that cannot be set again. Source: zfs(4), OpenZFS 2.1.
constexpr std::pair<std::string_view, std::string_view> first_values[] = {
    {"/parameters/zfs_arc_max", "0"}, {"/parameters/zfs_arc_meta_limit", "0"}};

/// A write unregisters and registers the driver together with its policies. Sources:
/// intel_pstate_update_status in drivers/cpufreq/intel_pstate.c (6.1, 6.12); amd_pstate_update_status in
/// drivers/cpufreq/amd-pstate.c (6.12).
constexpr std::string_view driver_files[] = {"/intel_pstate/status", "/amd_pstate/status"};

/// Whether the text is a different number in base 10 than in base 0.
bool may_be_octal(std::string_view text) {
    const auto octal = parse_c_integer<std::uint64_t>(text);
    const auto decimal = parse_integer<std::uint64_t>(text);
    return octal && decimal && *octal != *decimal;
}

/// Most files read "010" as 8, some as 10 or as a mask; only the write shows which reading applies.
bool is_same(std::string_view found, std::string_view wanted) {
    return may_be_octal(found) == may_be_octal(wanted) && same_value(found, wanted);
}

/// Source: migrate_one_irq, kernel/irq/cpuhotplug.c (6.12).
bool takes_cpus_offline(std::string_view path, std::string_view value) {
    return (path.ends_with("/smt/control") && value != "on") ||
           (matches_path("/sys/devices/system/cpu/cpu*/online", path) && value == "0");
}

/// With a smaller MTU, an interface loses its IPv6 addresses and settings. Source: addrconf_notify and
/// addrconf_ifdown, net/ipv6/addrconf.c (6.12).
bool stops_ipv6(std::string_view path, std::string_view value) {
    constexpr std::uint64_t smallest_for_ipv6 = 1280;
    const auto bytes = parse_c_integer<std::uint64_t>(value);
    return matches_path("/sys/**/net/*/mtu", path) && bytes && *bytes < smallest_for_ipv6;
}

/// An interface whose IPv6 is switched off loses its addresses and routes. Source: disable_ipv6 in
/// Documentation/networking/ip-sysctl.rst (6.12).
bool switches_ipv6_off(std::string_view path, std::string_view value, std::string_view found) {
    return matches_path("/proc/sys/net/ipv6/conf/*/disable_ipv6", path) && value != "0" &&
           (found.empty() || found == "0");
}

/// Adds an error if the file belongs to another knob.
bool belongs_to_a_knob(const SysfsEntry& entry, Diagnostics& notes) {
    const Knob* owner = owner_of(entry.path);
    if (owner == nullptr) return false;
    const std::string key(owner->key);
    notes.error(entry.position, "[[sysfs]] may not write " + entry.path + ": it belongs to " + key,
                "use the key " + key + ", which can share and restore the value");
    return true;
}

void plan(const PlanInput& input, KnobPlan& plan) {
    for (const auto& entry : input.policy.sysfs) {
        if (belongs_to_a_knob(entry, plan.notes)) continue;
        if (takes_cpus_offline(entry.path, entry.value))
            plan.notes.warning(entry.position,
                               entry.path + " = " + entry.value +
                                   " takes CPUs offline: interrupts that are bound only to these CPUs move "
                                   "to others, and hostlease does not move them back",
                               "after the VM has stopped, bind these interrupts again");
        plan.claims.push_back(claim_for(
            keys[0].key, entry.position, entry.enforce,
            {.target = FileTarget{entry.path, entry.path}, .value = entry.value, .why = "[[sysfs]] entry"}));
    }
}
} // namespace

std::string_view one_way(std::string_view path, std::string_view value, std::string_view found) {
    const auto is_end = [&](std::string_view end) { return path.ends_with(end); };
    const bool is_console = is_end("/bind") && path.find("/vtconsole/") != std::string_view::npos;
    if (!is_console && std::any_of(std::begin(command_files), std::end(command_files), is_end))
        return "takes commands";
    if (std::any_of(std::begin(keyed_files), std::end(keyed_files), is_end))
        return "has a line for each device, of which a write sets one";
    const bool is_forced =
        // control_store, kernel/cpu.c (6.12): every later write fails with EPERM
        is_end("/smt/control") && value == "forceoff";
    const auto has = [&](const auto& table, std::string_view text) {
        return std::any_of(std::begin(table), std::end(table),
                           [&](const auto& one) { return is_end(one.first) && text == one.second; });
    };
    if (is_forced || has(locking_values, value) ||
        std::any_of(std::begin(switches), std::end(switches), is_end))
        return "cannot change back before the next boot";
    if (std::any_of(std::begin(driver_files), std::end(driver_files), is_end))
        return "restarts the frequency driver and discards every CPU's settings";
    if (stops_ipv6(path, value)) return "below 1280 removes the interface's IPv6 addresses";
    if (switches_ipv6_off(path, value, found)) return "removes the interface's IPv6 addresses and routes";
    if (has(first_values, found)) return "does not go back to 0, its default, before the next boot";
    return {};
}

void check_sysfs(const SysfsEntry& entry, Diagnostics& notes) {
    if (belongs_to_a_knob(entry, notes)) return;
    if (const auto why = one_way(entry.path, entry.value); !why.empty())
        notes.add(severity_of(entry.enforce), entry.position,
                  "sysfs: " + entry.path + " " + std::string(why) + ", so hostlease could not restore it",
                  "remove it from the policy");
}

constinit const Knob knob_sysfs{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::value,
    .combine = oldest_stays,
    .paths = {},
    .source = "the administrator's reading of the kernel documentation",
    .plan = plan,
    .exactness = Exactness::rounded,
    .same = is_same,
    .neighbours = neighbours_of_file,
};

} // namespace hostlease

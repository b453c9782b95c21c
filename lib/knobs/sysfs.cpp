#include "knobs/sysfs.hpp"

#include "knobs/combine.hpp"
#include "knobs/neighbours.hpp"

#include <algorithm>

namespace hostlease {

extern const Knob knob_sysfs;

namespace {
constexpr KeySpec keys[] = {{.key = "sysfs",
                             .summary = "any other file under /sys or /proc/sys: [[sysfs]] with path and value",
                             .example = "[[sysfs]]\npath = \"/sys/kernel/mm/lru_gen/min_ttl_ms\"\nvalue = 1000"}};

/// By the end of their paths. Sources, 6.1: drop_caches_sysctl_handler in fs/drop_caches.c; state_store in
/// kernel/power/main.c; uevent_store in drivers/base/core.c; Documentation/admin-guide/cgroup-v2.rst;
/// sched_feat_write in kernel/sched/debug.c; bonding_store_slaves in drivers/net/bonding/bond_sysfs.c;
/// Documentation/ABI/testing/sysfs-bus-pci, sysfs-devices-memory and sysfs-kernel-slab, scsi_scan in
/// drivers/scsi/scsi_sysfs.c; stable/sysfs-devices-node and testing/sysfs-kernel-mm-hugepages.
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

/// Files that take one way only, until the next boot. Sources, 6.12: Documentation/admin-guide/sysctl/kernel.rst; lockdown_write,
/// security/lockdown/lockdown.c; cgroup_enable_threaded, kernel/cgroup/cgroup.c.
constexpr std::string_view switches[] = {"/kernel/modules_disabled", "/kernel/kexec_load_disabled", "/security/lockdown",
                                         "/cgroup.type"};

/// The driver is unregistered and registered, and so are its policies. Sources: intel_pstate_update_status in
/// drivers/cpufreq/intel_pstate.c (6.1, 6.12); amd_pstate_update_status in drivers/cpufreq/amd-pstate.c (6.12).
constexpr std::string_view driver_files[] = {"/intel_pstate/status", "/amd_pstate/status"};

void plan(const PlanInput& input, KnobPlan& plan) {
    for (const auto& entry : input.policy.sysfs) {
        if (const Knob* owner = owner_of(entry.path); owner != nullptr) {
            plan.notes.error(entry.position,
                             "[[sysfs]] may not write " + entry.path + ": it belongs to " + std::string(owner->key),
                             "use the key " + std::string(owner->key) + ", which knows how to share and restore it");
            continue;
        }
        plan.claims.push_back({.knob = std::string(keys[0].key),
                               .target = entry.path,
                               .path = entry.path,
                               .value = entry.value,
                               .enforce = entry.enforce,
                               .phase = Phase::start,
                               .position = entry.position,
                               .why = "[[sysfs]] entry"});
    }
}
} // namespace

std::string_view one_way(std::string_view path) {
    const auto is_end = [&](std::string_view end) { return path.ends_with(end); };
    if (std::any_of(std::begin(command_files), std::end(command_files), is_end)) return "takes commands";
    if (std::any_of(std::begin(switches), std::end(switches), is_end)) return "cannot be set back before the next boot";
    if (std::any_of(std::begin(driver_files), std::end(driver_files), is_end))
        return "starts the frequency driver anew, with which every CPU's settings are lost";
    return {};
}

constinit const Knob knob_sysfs{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::value,
    .combine = combine_must_agree,
    .combining = "the oldest VM's value stays; a different one of a younger VM is a conflict",
    .paths = {},
    .source = "the admin's own reading of the kernel's documentation",
    .plan = plan,
    .neighbours = neighbours_of_file,
};

} // namespace hostlease

#include "knobs/parts/neighbours.hpp"

#include <string>
#include <utility>

namespace hostlease {

namespace {
struct Row {
    std::string_view path;      // a glob
    std::string_view beside[3]; // relative to the directory of the file, or from the root; "" for none
};

/// Files that set one thing in two ways, and files that set others. Sources, all of 6.12: dirty_ratio_handler
/// and its siblings, mm/page-writeback.c; overcommit_ratio_handler and overcommit_kbytes_handler, mm/util.c;
/// hugetlb_overcommit_handler, mm/hugetlb.c; set_recommended_min_free_kbytes, mm/khugepaged.c;
/// advisor_mode_store, mm/ksm.c; min_ratio_store and its siblings, mm/backing-dev.c; cpu_weight_write_u64 and
/// cpu_weight_nice_write_s64, kernel/sched/core.c; blk_apply_bdi_limits, block/blk-settings.c;
/// dd_depth_updated, block/mq-deadline.c; bfq_strict_guarantees_store and bfq_slice_idle_us_store,
/// block/bfq-iosched.c; inet_forward_change, net/ipv4/devinet.c; tcp_set_default_congestion_control,
/// net/ipv4/tcp_cong.c; addrconf_fixup_forwarding, addrconf_disable_ipv6, addrconf_sysctl_addr_gen_mode,
/// addrconf_linkdown_change and addrconf_notify, net/ipv6/addrconf.c; proc_watchdog_common,
/// kernel/watchdog.c, where a read stores what is in force; cpuhp_smt_enable, kernel/cpu.c;
/// sched_group_set_idle, kernel/sched/fair.c. A sysctl and a module parameter may be one variable: core_param
/// of kernel/panic.c, nf_conntrack_set_hashsize of net/netfilter/nf_conntrack_core.c, xs_tunables_table of
/// net/sunrpc/xprtsock.c, scsi_table of drivers/scsi/scsi_sysctl.c; so may two sysctls, inotify_table of
/// fs/notify/inotify/inotify_user.c and UCOUNT_ENTRY of kernel/ucount.c, or the files of all CPUs,
/// dev_attr_check_interval and its siblings of arch/x86/kernel/cpu/mce/core.c. Two units or one mode out of
/// two: proc_unres_qlen, net/core/neighbour.c; bond_option_miimon_set and bond_option_arp_intervals_set,
/// drivers/net/bonding/bond_options.c; brightness_store, drivers/leds/led-class.c; bdi_set_max_bytes,
/// mm/page-writeback.c. CPUs that leave one group: cpus_ctrl_write, arch/x86/kernel/cpu/resctrl/rdtgroup.c.
constexpr Row rows[] = {
    {"/proc/sys/vm/dirty_bytes", {"dirty_ratio"}},
    {"/proc/sys/vm/dirty_ratio", {"dirty_bytes"}},
    {"/proc/sys/vm/dirty_background_bytes", {"dirty_background_ratio"}},
    {"/proc/sys/vm/dirty_background_ratio", {"dirty_background_bytes"}},
    {"/proc/sys/vm/overcommit_kbytes", {"overcommit_ratio"}},
    {"/proc/sys/vm/overcommit_ratio", {"overcommit_kbytes"}},
    {"/sys/kernel/mm/transparent_hugepage/**enabled", {"/proc/sys/vm/min_free_kbytes"}},
    {"/proc/sys/vm/nr_overcommit_hugepages",
     {"/sys/kernel/mm/hugepages/hugepages-*/nr_overcommit_hugepages"}},
    {"/sys/kernel/mm/hugepages/hugepages-*/nr_overcommit_hugepages",
     {"/proc/sys/vm/nr_overcommit_hugepages"}},
    {"/sys/kernel/mm/ksm/advisor_mode", {"pages_to_scan"}},
    {"/sys/**/queue/max_sectors_kb", {"read_ahead_kb"}},
    {"/sys/**/queue/nr_requests", {"async_depth", "iosched/async_depth"}},
    {"/sys/**/bdi/*/min_ratio", {"min_ratio_fine"}},
    {"/sys/**/bdi/*/min_ratio_fine", {"min_ratio"}},
    {"/sys/**/bdi/*/max_ratio", {"max_ratio_fine"}},
    {"/sys/**/bdi/*/max_ratio_fine", {"max_ratio"}},
    {"/sys/fs/cgroup/**/cpu.idle", {"cpu.weight", "cpu.weight.nice"}},
    {"/sys/fs/cgroup/**/cpu.weight", {"cpu.weight.nice"}},
    {"/sys/fs/cgroup/**/cpu.weight.nice", {"cpu.weight"}},
    {"/sys/**/iosched/strict_guarantees", {"slice_idle", "slice_idle_us"}},
    {"/sys/**/iosched/slice_idle", {"slice_idle_us"}},
    {"/sys/**/iosched/slice_idle_us", {"slice_idle"}},
    {"/sys/devices/system/cpu/smt/control", {"../cpu*/online"}},
    {"/proc/sys/net/ipv4/ip_forward", {"conf/*/forwarding", "conf/all/accept_redirects"}},
    {"/proc/sys/net/ipv4/conf/all/forwarding",
     {"../*/forwarding", "accept_redirects", "/proc/sys/net/ipv4/ip_forward"}},
    {"/proc/sys/net/ipv4/tcp_congestion_control", {"tcp_allowed_congestion_control"}},
    {"/proc/sys/net/ipv6/conf/all/forwarding", {"../*/forwarding"}},
    {"/proc/sys/net/ipv6/conf/all/disable_ipv6", {"../*/disable_ipv6"}},
    {"/proc/sys/net/ipv6/conf/all/addr_gen_mode", {"../*/addr_gen_mode"}},
    {"/proc/sys/net/ipv6/conf/all/ignore_routes_with_linkdown", {"../*/ignore_routes_with_linkdown"}},
    {"/proc/sys/net/nf_conntrack_max", {"netfilter/nf_conntrack_max"}},
    {"/proc/sys/net/netfilter/nf_conntrack_max", {"../nf_conntrack_max"}},
    {"/sys/devices/system/machinecheck/*/check_interval", {"../*/check_interval"}},
    {"/sys/devices/system/machinecheck/*/ignore_ce", {"../*/ignore_ce"}},
    {"/sys/devices/system/machinecheck/*/dont_log_ce", {"../*/dont_log_ce"}},
    {"/sys/devices/system/machinecheck/*/monarch_timeout", {"../*/monarch_timeout"}},
    {"/sys/devices/system/machinecheck/*/print_all", {"../*/print_all"}},
    {"/sys/devices/system/machinecheck/*/cmci_disabled", {"../*/cmci_disabled"}},
    {"/proc/sys/net/**/neigh/*/unres_qlen", {"unres_qlen_bytes"}},
    {"/proc/sys/net/**/neigh/*/unres_qlen_bytes", {"unres_qlen"}},
    {"/proc/sys/net/**/neigh/*/retrans_time", {"retrans_time_ms"}},
    {"/proc/sys/net/**/neigh/*/retrans_time_ms", {"retrans_time"}},
    {"/proc/sys/net/**/neigh/*/base_reachable_time", {"base_reachable_time_ms"}},
    {"/proc/sys/net/**/neigh/*/base_reachable_time_ms", {"base_reachable_time"}},
    {"/sys/**/bonding/miimon", {"arp_interval", "arp_validate"}},
    {"/sys/**/bonding/arp_interval", {"miimon"}},
    {"/sys/**/leds/*/brightness", {"trigger"}},
    {"/sys/**/leds/*/trigger", {"brightness"}},
    {"/sys/**/bdi/*/min_bytes", {"min_ratio", "min_ratio_fine"}},
    {"/sys/**/bdi/*/max_bytes", {"max_ratio", "max_ratio_fine"}},
    {"/proc/sys/net/ipv6/conf/all/force_forwarding", {"../*/force_forwarding"}},
    {"/sys/fs/resctrl/*/cpus_list", {"../*/cpus_list"}},
    {"/sys/fs/resctrl/*/cpus", {"../*/cpus"}},
    {"/proc/sys/kernel/watchdog", {"nmi_watchdog", "soft_watchdog"}},
    {"/proc/sys/kernel/nmi_watchdog", {"watchdog"}},
    {"/proc/sys/kernel/soft_watchdog", {"watchdog"}}};

/// Two names of one variable.
constexpr std::pair<std::string_view, std::string_view> twins[] = {
    {"/proc/sys/kernel/panic", "/sys/module/kernel/parameters/panic"},
    {"/proc/sys/kernel/panic_on_warn", "/sys/module/kernel/parameters/panic_on_warn"},
    {"/proc/sys/kernel/panic_print", "/sys/module/kernel/parameters/panic_print"},
    {"/proc/sys/net/netfilter/nf_conntrack_buckets", "/sys/module/nf_conntrack/parameters/hashsize"},
    {"/proc/sys/sunrpc/tcp_slot_table_entries", "/sys/module/sunrpc/parameters/tcp_slot_table_entries"},
    {"/proc/sys/sunrpc/udp_slot_table_entries", "/sys/module/sunrpc/parameters/udp_slot_table_entries"},
    {"/proc/sys/fs/inotify/max_user_watches", "/proc/sys/user/max_inotify_watches"},
    {"/proc/sys/fs/inotify/max_user_instances", "/proc/sys/user/max_inotify_instances"},
    {"/proc/sys/fs/fanotify/max_user_groups", "/proc/sys/user/max_fanotify_groups"},
    {"/proc/sys/fs/fanotify/max_user_marks", "/proc/sys/user/max_fanotify_marks"},
    {"/proc/sys/sunrpc/tcp_max_slot_table_entries",
     "/sys/module/sunrpc/parameters/tcp_max_slot_table_entries"},
    {"/proc/sys/sunrpc/min_resvport", "/sys/module/sunrpc/parameters/min_resvport"},
    {"/proc/sys/sunrpc/max_resvport", "/sys/module/sunrpc/parameters/max_resvport"},
    {"/proc/sys/dev/scsi/logging_level", "/sys/module/scsi_mod/parameters/scsi_logging_level"}};

/// The path that `relative` names from a directory; "../" goes up by one.
std::string path_from(std::string_view directory, std::string_view relative) {
    if (relative.starts_with('/')) return std::string(relative);
    for (; relative.starts_with("../"); relative.remove_prefix(3))
        directory = directory.substr(0, directory.rfind('/'));
    return std::string(directory) + "/" + std::string(relative);
}
} // namespace

std::vector<Neighbour> preference_files(const KnobRecord& record) {
    constexpr std::string_view policy = "policy";
    std::vector<Neighbour> list{
        {"power.energy_performance",
         record.path.substr(0, record.path.rfind('/') + 1) + "energy_performance_preference"}};
    if (record.target.starts_with(policy))
        list.push_back({"sysfs", "/sys/devices/system/cpu/cpu" + record.target.substr(policy.size()) +
                                     "/power/energy_perf_bias"});
    return list;
}

std::vector<Neighbour> neighbours_of_file(const KnobRecord& record) {
    const std::string_view directory = std::string_view(record.path).substr(0, record.path.rfind('/'));
    std::vector<Neighbour> list;
    for (const auto& row : rows)
        if (matches_path(row.path, record.path))
            for (const auto beside : row.beside)
                if (!beside.empty()) list.push_back({"sysfs", path_from(directory, beside)});
    for (const auto& [left, right] : twins)
        if (record.path == left || record.path == right)
            list.push_back({"sysfs", std::string(record.path == left ? right : left)});
    if (matches_path("/sys/**/net/*/mtu", record.path))
        list.push_back({"sysfs", "/proc/sys/net/ipv6/conf/" +
                                     std::string(directory.substr(directory.rfind('/') + 1)) + "/mtu"});
    return list;
}

} // namespace hostlease

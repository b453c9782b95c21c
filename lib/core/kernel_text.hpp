// Values as the kernel's files spell them.
#pragma once

#include <string>
#include <string_view>

namespace hostlease {

/// The value in a file's text, in a form that can be written again: without surrounding blanks, line ends
/// and NULs. If one of several words is marked as current, as in "always [madvise] never" or "none
/// (voluntary) full", the value is this word. Sources: enabled_show in mm/huge_memory.c; sched_dynamic_show
/// in kernel/sched/debug.c (6.1).
std::string knob_value(std::string_view text);

/// Why a single write cannot restore the text ("has several lines"); "" if it can.
std::string_view write_obstacle(std::string_view text);

/// Whether two texts are the same value: equal word by word, as numbers ("0x10", "16", "+16", "64K" and
/// "65536"), as booleans if one side is the kernel's Y, N, true or false, as masks ("00000000,000000ff" and
/// "ff"), or as lists of CPUs ("0,1,2" and "0-2"). Sources: memparse in lib/cmdline.c; kstrtobool in
/// lib/kstrtox.c and param_get_bool in kernel/params.c; bitmap_parse and bitmap_print_to_pagebuf in
/// lib/bitmap.c (6.1).
bool same_value(std::string_view left, std::string_view right);

/// Whether `found`, read after a successful write of `written`, is the same value in the kernel's spelling.
/// The texts are equal by same_value(), or `found` is
/// - the written numbers followed by unwritten ones: after "50000", cpu.max reads "50000 100000"; after "3",
///   kernel.printk reads "3 4 1 7";
/// - the written word followed by its number, such as bonding's "layer3+4 1", or "default" and the written
///   number in a cgroup's io.weight, or "default" and what it means in a workqueue's affinity_scope;
/// - 1 or 0 for a boolean word;
/// - the value of an octal number, such as 64 for "0100"; the CPUs of a list in other words, such as "all" or
///   "0-N:1/2"; a mask with all digits of its parts, if some were not written;
/// - the bits that "y" or "n" stands for in lru_gen/enabled, "0x0007";
/// - the number of a word for energy_perf_bias;
/// - the written percentage with two decimals, as in cpu.uclamp.min;
/// - the largest number of pages in bytes for -1, as in memory.limit_in_bytes of cgroup v1.
///
/// A number that the kernel has limited or rounded is another value. `found` may have read the same before
/// the write and meant another value, so true does not justify omitting the write. Sources:
/// bonding_show_xmit_hash in drivers/net/bonding/bond_sysfs.c; ioc_weight_show in block/blk-iocost.c;
/// wq_affn_scope_show in kernel/workqueue.c; cpu_max_write and cpu_uclamp_print in kernel/sched/core.c;
/// __do_proc_dointvec in kernel/sysctl.c; _parse_integer_fixup_radix in lib/kstrtox.c;
/// bitmap_parselist and bitmap_parse in lib/bitmap-str.c; enabled_store in mm/vmscan.c; mem_cgroup_write and
/// PAGE_COUNTER_MAX (6.12).
bool reads_as(std::string_view found, std::string_view written);

/// Whether both are numbers of the same sign, and `found` differs from `written` by at most a tenth, as when
/// the kernel counts in pages or in ticks of its clock.
bool is_rounded(std::string_view found, std::string_view written);

} // namespace hostlease

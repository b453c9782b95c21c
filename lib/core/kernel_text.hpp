// Values as the kernel's files spell them.
#pragma once

#include <string>
#include <string_view>

namespace hostlease {

/// The value that a file's text shows, as it can be written again: without blanks, line ends and NULs around
/// it; of several words the one that is marked as in force, "always [madvise] never" or "none (voluntary)
/// full". Sources: enabled_show in mm/huge_memory.c; sched_dynamic_show in kernel/sched/debug.c (6.1).
std::string knob_value(std::string_view text);

/// Why no single write can bring the text back, "has several lines"; "" where one can.
std::string_view write_obstacle(std::string_view text);

/// True when two texts are one value: equal word by word, as numbers ("0x10", "16", "64K" and "65536"), as
/// truth where one side is the kernel's Y or N, as masks ("00000000,000000ff" and "ff"), or as lists of CPUs
/// ("0,1,2" and "0-2"). Sources: memparse in lib/cmdline.c; kstrtobool in lib/kstrtox.c and param_get_bool in
/// kernel/params.c; bitmap_parse and bitmap_print_to_pagebuf in lib/bitmap.c (6.1).
bool same_value(std::string_view left, std::string_view right);

} // namespace hostlease

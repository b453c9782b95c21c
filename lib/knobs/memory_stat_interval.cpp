#include "knobs/parts/combine.hpp"
#include "knobs/parts/single_file.hpp"

namespace hostlease {

namespace {
constexpr SingleFile memory_stat_interval{
    .key = {.key = "memory.stat_interval",
            .kinds = an_integer,
            .minimum = 1,
            .maximum = 86400,
            .summary = "seconds between updates of the memory statistics of each CPU",
            .example = "10"},
    .baseline_text = "1",
    .path = "/proc/sys/vm/stat_interval",
    .combine = oldest_stays,
    .source = "Documentation/admin-guide/sysctl/vm.rst, 6.1",
};
} // namespace

extern constinit const Knob knob_memory_stat_interval = SingleFileKnob<memory_stat_interval>::knob;

} // namespace hostlease

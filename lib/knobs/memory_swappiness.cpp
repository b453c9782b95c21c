#include "knobs/parts/combine.hpp"
#include "knobs/parts/single_file.hpp"

namespace hostlease {

namespace {
constexpr SingleFile memory_swappiness{
    .key = {.key = "memory.swappiness",
            .kinds = an_integer,
            .minimum = 0,
            .maximum = 200,
            .summary = "how readily the host swaps out anonymous memory; 10 is usual for VM hosts",
            .example = "10"},
    .baseline_text = "60",
    .path = "/proc/sys/vm/swappiness",
    .combine = oldest_stays,
    .source = "Documentation/admin-guide/sysctl/vm.rst, 5.8: range 0 to 200",
};
} // namespace

extern constinit const Knob knob_memory_swappiness = SingleFileKnob<memory_swappiness>::knob;

} // namespace hostlease

#include "knobs/combine.hpp"
#include "knobs/single_file.hpp"

namespace hostlease {

namespace {
constexpr SingleFile memory_swappiness{
    .key = {.key = "memory.swappiness",
            .kinds = an_integer,
            .minimum = 0,
            .maximum = 200,
            .summary = "how readily the host swaps anonymous memory; the guides use 10",
            .example = "10"},
    .path = "/proc/sys/vm/swappiness",
    .combine = combine_must_agree,
    .combining = "the oldest VM's value stays; a different one of a younger VM is a conflict",
    .source = "Documentation/admin-guide/sysctl/vm.rst, 5.8: range 0 to 200",
};
} // namespace

extern constinit const Knob knob_memory_swappiness = SingleFileKnob<memory_swappiness>::knob;

} // namespace hostlease

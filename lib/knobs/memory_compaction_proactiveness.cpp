#include "knobs/combine.hpp"
#include "knobs/single_file.hpp"

namespace hostlease {

namespace {
constexpr SingleFile memory_compaction_proactiveness{
    .key = {.key = "memory.compaction_proactiveness",
            .kinds = an_integer,
            .minimum = 0,
            .maximum = 100,
            .summary = "how hard the host compacts memory in the background; 0 keeps it off a latency guest",
            .example = "0"},
    .path = "/proc/sys/vm/compaction_proactiveness",
    .combine = combine_must_agree,
    .combining = "the oldest VM's value stays; a different one of a younger VM is a conflict",
    .source = "Documentation/admin-guide/sysctl/vm.rst, 5.9; a non-zero write compacts at once",
};
} // namespace

extern constinit const Knob knob_memory_compaction_proactiveness = SingleFileKnob<memory_compaction_proactiveness>::knob;

} // namespace hostlease

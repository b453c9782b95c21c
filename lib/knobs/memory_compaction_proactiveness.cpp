#include "knobs/parts/combine.hpp"
#include "knobs/parts/single_file.hpp"

namespace hostlease {

namespace {
constexpr SingleFile memory_compaction_proactiveness{
    .key = {.key = "memory.compaction_proactiveness",
            .kinds = an_integer,
            .minimum = 0,
            .maximum = 100,
            .summary = "how aggressively the host compacts memory in the background; 0 turns this off for "
                       "low-latency VMs",
            .example = "0"},
    .baseline_text = "20",
    .path = "/proc/sys/vm/compaction_proactiveness",
    .combine = oldest_stays,
    .source = "Documentation/admin-guide/sysctl/vm.rst, 5.9; a non-zero write compacts at once",
};
} // namespace

extern constinit const Knob knob_memory_compaction_proactiveness =
    SingleFileKnob<memory_compaction_proactiveness>::knob;

} // namespace hostlease

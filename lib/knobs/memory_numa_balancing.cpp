#include "knobs/parts/combine.hpp"
#include "knobs/parts/single_file.hpp"

namespace hostlease {

namespace {
constexpr std::string_view words[] = {"off", "on"};
constexpr KernelWord kernel_words[] = {{"off", "0"}, {"on", "1"}};

constexpr SingleFile memory_numa_balancing{
    .key = {.key = "memory.numa_balancing",
            .kinds = an_integer,
            .words = words,
            .minimum = 0,
            .maximum = 2,
            .summary = "automatic NUMA balancing; VMs with pinned CPUs and bound memory do not need it",
            .example = "\"off\""},
    .baseline_text = "1",
    .path = "/proc/sys/kernel/numa_balancing",
    .combine = off_wins,
    .source = "Documentation/admin-guide/sysctl/kernel.rst, 5.18: 0 off, 1 on, 2 tiering",
    .words = kernel_words,
};
} // namespace

extern constinit const Knob knob_memory_numa_balancing = SingleFileKnob<memory_numa_balancing>::knob;

} // namespace hostlease

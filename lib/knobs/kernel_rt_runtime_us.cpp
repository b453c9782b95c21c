#include "knobs/parts/combine.hpp"
#include "knobs/parts/single_file.hpp"

namespace hostlease {

namespace {
constexpr SingleFile kernel_rt_runtime_us{
    .key = {.key = "kernel.rt_runtime_us",
            .kinds = an_integer,
            .minimum = -1,
            .maximum = 1000000,
            .summary = "microseconds per period that real-time threads may use of a CPU; -1: no limit, which "
                       "can starve the host",
            .example = "-1"},
    .baseline_text = "950000",
    .path = "/proc/sys/kernel/sched_rt_runtime_us",
    .combine = oldest_stays,
    .source =
        "Documentation/scheduler/sched-rt-group.rst, 6.1: -1 to the period, which is 1000000 unless changed",
};
} // namespace

extern constinit const Knob knob_kernel_rt_runtime_us = SingleFileKnob<kernel_rt_runtime_us>::knob;

} // namespace hostlease

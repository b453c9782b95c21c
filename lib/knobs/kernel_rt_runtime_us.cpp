#include "knobs/combine.hpp"
#include "knobs/single_file.hpp"

namespace hostlease {

namespace {
constexpr SingleFile kernel_rt_runtime_us{
    .key = {.key = "kernel.rt_runtime_us",
            .kinds = an_integer,
            .minimum = -1,
            .maximum = 1000000,
            .summary = "us of each period that real-time threads may take of a CPU; -1: all of it, which can starve the host",
            .example = "-1"},
    .path = "/proc/sys/kernel/sched_rt_runtime_us",
    .combine = combine_must_agree,
    .combining = "the oldest VM's value stays; a different one of a younger VM is a conflict",
    .source = "Documentation/scheduler/sched-rt-group.rst, 6.1: -1 to the period, which is 1000000 unless changed",
};
} // namespace

extern constinit const Knob knob_kernel_rt_runtime_us = SingleFileKnob<kernel_rt_runtime_us>::knob;

} // namespace hostlease

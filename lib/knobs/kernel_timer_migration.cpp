#include "knobs/combine.hpp"
#include "knobs/single_file.hpp"

namespace hostlease {

namespace {
constexpr SingleFile kernel_timer_migration{
    .key = {.key = "kernel.timer_migration",
            .kinds = an_integer,
            .minimum = 0,
            .maximum = 1,
            .summary = "1: idle CPUs hand their timers to busy ones; 0: timers stay where they were armed",
            .example = "0"},
    .path = "/proc/sys/kernel/timer_migration",
    .combine = combine_must_agree,
    .combining = "the oldest VM's value stays; a different one of a younger VM is a conflict",
    .source = "kernel/time/timer.c, 6.12: sysctl timer_migration, 0 or 1",
};
} // namespace

extern constinit const Knob knob_kernel_timer_migration = SingleFileKnob<kernel_timer_migration>::knob;

} // namespace hostlease

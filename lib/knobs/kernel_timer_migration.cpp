#include "knobs/parts/combine.hpp"
#include "knobs/parts/single_file.hpp"

namespace hostlease {

namespace {
constexpr SingleFile kernel_timer_migration{
    .key = {.key = "kernel.timer_migration",
            .kinds = an_integer,
            .minimum = 0,
            .maximum = 1,
            .summary =
                "1: idle CPUs pass their timers to busy ones; 0: timers stay on the CPU that armed them",
            .example = "0"},
    .baseline_text = "1",
    .path = "/proc/sys/kernel/timer_migration",
    .combine = oldest_stays,
    .source = "kernel/time/timer.c, 6.12: sysctl timer_migration, 0 or 1",
};
} // namespace

extern constinit const Knob knob_kernel_timer_migration = SingleFileKnob<kernel_timer_migration>::knob;

} // namespace hostlease

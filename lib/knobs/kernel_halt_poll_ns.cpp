#include "knobs/parts/combine.hpp"
#include "knobs/parts/single_file.hpp"

namespace hostlease {

namespace {
constexpr SingleFile kernel_halt_poll_ns{
    .key = {.key = "kernel.halt_poll_ns",
            .kinds = an_integer,
            .minimum = 0,
            .maximum = 10000000,
            .summary = "nanoseconds that KVM polls before it yields the CPU of a halted vCPU",
            .example = "0"},
    .baseline_text = "200000",
    .path = "/sys/module/kvm/parameters/halt_poll_ns",
    .combine = oldest_stays,
    .source = "Documentation/virt/kvm/halt-polling.rst, 6.1: 0 polls never",
};
} // namespace

extern constinit const Knob knob_kernel_halt_poll_ns = SingleFileKnob<kernel_halt_poll_ns>::knob;

} // namespace hostlease

#include "knobs/combine.hpp"
#include "knobs/single_file.hpp"

namespace hostlease {

namespace {
constexpr SingleFile kernel_halt_poll_ns{
    .key = {.key = "kernel.halt_poll_ns",
            .kinds = an_integer,
            .minimum = 0,
            .maximum = 10000000,
            .summary = "ns that KVM polls before it gives the CPU of a halted vCPU away",
            .example = "0"},
    .path = "/sys/module/kvm/parameters/halt_poll_ns",
    .combine = combine_must_agree,
    .combining = "the oldest VM's value stays; a different one of a younger VM is a conflict",
    .source = "Documentation/virt/kvm/halt-polling.rst, 6.1: 0 polls never",
};
} // namespace

extern constinit const Knob knob_kernel_halt_poll_ns = SingleFileKnob<kernel_halt_poll_ns>::knob;

} // namespace hostlease

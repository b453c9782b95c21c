#include "knobs/combine.hpp"
#include "knobs/single_file.hpp"

namespace hostlease {

extern const Knob knob_kernel_halt_poll_ns;

namespace {
constexpr std::string_view path = "/sys/module/kvm/parameters/halt_poll_ns";
constexpr KeySpec keys[] = {{.key = "kernel.halt_poll_ns",
                             .kinds = an_integer,
                             .minimum = 0,
                             .maximum = 10000000,
                             .summary = "ns that KVM polls before it gives the CPU of a halted vCPU away",
                             .example = "0"}};
constexpr std::string_view paths[] = {path};

void plan(const PlanInput& input, KnobPlan& plan) { plan_single_file(input, plan, knob_kernel_halt_poll_ns, path); }
} // namespace

constinit const Knob knob_kernel_halt_poll_ns{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::start,
    .form = KnobForm::value,
    .combine = combine_must_agree,
    .paths = paths,
    .source = "Documentation/virt/kvm/halt-polling.rst, 6.1: 0 polls never",
    .plan = plan,
};

} // namespace hostlease

// Code that the scheduling knobs of QEMU's vCPU, I/O and other threads share.
#pragma once

#include "knobs/knob.hpp"
#include "knobs/parts/combine.hpp"

namespace hostlease {

/// Claims the value of `key` for the threads with this role ("vcpu", "iothread", "emulator") and these ids;
/// the threads are known once QEMU runs. No claim if there are no ids.
void claim_scheduling(const PlanInput& input, KnobPlan& plan, std::string_view key, std::string_view role,
                      const CpuSet& ids);

/// The threads of QEMU that a claim of claim_scheduling stands for, without kernel threads that work for
/// QEMU.
std::vector<Claim> resolve_scheduling(const Claim& open, const RunningFacts& running);

inline constexpr std::string_view scheduling_words[] = {"batch", "idle"};

/// A policy key whose value is a scheduling: a nice value, one of the words, or "fifo:PRIORITY" and
/// "rr:PRIORITY".
constexpr KeySpec scheduling_key(std::string_view key, std::string_view summary, std::string_view example) {
    return {.key = key,
            .kinds = an_integer | a_scheduling,
            .words = scheduling_words,
            .minimum = -20,
            .maximum = 19,
            .summary = summary,
            .example = example};
}

/// The knob of a scheduling key.
constexpr Knob scheduling_knob(std::span<const KeySpec> keys,
                               void (*plan)(const PlanInput& input, KnobPlan& plan)) {
    return {.key = keys.front().key,
            .keys = keys,
            .phase = Phase::started,
            .form = KnobForm::thread_scheduling,
            .combine = each_its_own,
            .paths = {},
            .source = "sched(7), 6.1; libvirt 9.0 to 11.3, src/util/vircgroup.c: QEMU's threads have cgroups "
                      "by what they do",
            .plan = plan,
            .resolve = resolve_scheduling};
}

/// Whether the setting makes threads real-time threads.
bool is_realtime(const Setting& setting);

} // namespace hostlease

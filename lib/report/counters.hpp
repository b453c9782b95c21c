// What the kernel counts on each CPU, out of the texts of /proc.
#pragma once

#include "core/known.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// A row of /proc/interrupts or /proc/softirqs on one CPU.
struct InterruptCount {
    std::string name; // "36", "LOC", "TIMER"
    std::string what; // "virtio1-req.0", "Local timer interrupts"; "" where the kernel tells no more
    std::uint64_t count = 0;
    bool operator==(const InterruptCount&) const = default;
};

/// In clock ticks.
struct CpuTimes {
    std::uint64_t total = 0;
    std::uint64_t idle = 0; // waiting for a disk as well
    std::uint64_t steal = 0;
    bool operator==(const CpuTimes&) const = default;
};

using InterruptTable = std::map<unsigned, std::vector<InterruptCount>>; // by CPU, each with the rows in the kernel's order

/// The rows that are counted by CPU; columns are found by their head, since a CPU that is offline has none. Source: proc(5), /proc/interrupts and
/// /proc/softirqs; kernel/irq/proc.c, arch/x86/kernel/irq.c (6.1 to 6.18).
InterruptTable read_interrupt_table(std::string_view text);

/// How often each CPU was given to a task other than idle: the last of a CPU's nine numbers, which counts whether or not kernel.sched_schedstats is
/// on. No value for a version that is not known. Source: Documentation/scheduler/sched-stats.rst, kernel/sched/stats.h; versions 15 (6.1, 6.12) to
/// 17 (6.15) have these nine alike.
Known<std::map<unsigned, std::uint64_t>> read_switches(std::string_view text);

/// Source: proc(5), the cpuN lines of /proc/stat.
std::map<unsigned, CpuTimes> read_cpu_times(std::string_view text);

/// All that was counted up to one moment; what the kernel does not tell is missing, with the reason.
struct CounterSample {
    std::chrono::microseconds at{}; // since boot
    Known<InterruptTable> interrupts;
    Known<InterruptTable> softirqs;
    Known<std::map<unsigned, std::uint64_t>> switches;
    Known<std::map<unsigned, CpuTimes>> times;
};

/// What one CPU did between two samples, a second; times are shares of it in percent.
struct CpuActivity {
    Known<double> interrupts;
    Known<double> softirqs;
    Known<double> switches;
    Known<double> busy;
    Known<double> steal;
    struct Source {
        std::string name;
        std::string what;
        double rate = 0;
    };
    std::vector<Source> sources; // interrupts that came at all, most first
};

/// Of this CPU; the second sample is the later one.
CpuActivity activity_of(unsigned cpu, const CounterSample& first, const CounterSample& second);

} // namespace hostlease

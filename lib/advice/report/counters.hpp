// The kernel's counters of each CPU, read from texts of /proc.
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
    std::string what; // "virtio1-req.0", "Local timer interrupts"; "" if the kernel does not say
    std::uint64_t count = 0;
    bool operator==(const InterruptCount&) const = default;
};

/// The times of one CPU, in clock ticks.
struct CpuTimes {
    std::uint64_t total = 0;
    std::uint64_t idle = 0; // including I/O wait
    std::uint64_t steal = 0;
    bool operator==(const CpuTimes&) const = default;
};

using InterruptTable =
    std::map<unsigned, std::vector<InterruptCount>>; // by CPU, each with the rows in the kernel's order

/// Reads the rows with a count for each CPU. Columns are found by their heading, because offline CPUs have
/// none. Source: proc(5), /proc/interrupts and /proc/softirqs; kernel/irq/proc.c, arch/x86/kernel/irq.c (6.1
/// to 6.18).
InterruptTable read_interrupt_table(std::string_view text);

/// How often each CPU switched to a task other than idle. This is the last of a CPU's nine numbers in
/// /proc/schedstat, which counts even if kernel.sched_schedstats is off. No value for an unknown version.
/// Source: Documentation/scheduler/sched-stats.rst, kernel/sched/stats.h; versions 15 (6.1, 6.12) to 17
/// (6.15) have the same nine numbers.
Known<std::map<unsigned, std::uint64_t>> read_switches(std::string_view text);

/// Source: proc(5), the cpuN lines of /proc/stat.
std::map<unsigned, CpuTimes> read_cpu_times(std::string_view text);

/// All counters at one time. A counter that the kernel does not provide has a reason instead of a value.
struct CounterSample {
    std::chrono::microseconds at{}; // since boot
    Known<InterruptTable> interrupts;
    Known<InterruptTable> softirqs;
    Known<std::map<unsigned, std::uint64_t>> switches;
    Known<std::map<unsigned, CpuTimes>> times;
};

/// The activity of one CPU between two samples: rates per second, times in percent.
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
    std::vector<Source> sources; // interrupts that occurred, the most frequent first
};

/// The activity of this CPU; `second` is the later sample.
CpuActivity activity_of(unsigned cpu, const CounterSample& first, const CounterSample& second);

} // namespace hostlease

// The targets that a report holds its figures against: a guest is as it should be below the first value, acceptable
// up to the second, and poor above it.
#pragma once

#include "core/diagnostic.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace hostlease {

struct TargetSpec {
    std::string_view name; // its key in [report]
    bool is_time;          // in milliseconds; otherwise percent
    std::int64_t target;
    std::int64_t acceptable;
    std::string_view what;
};

/// The tuning guides' table of what matters to the user of a desktop, as far as the host can measure it. What only
/// the guest sees (a ping, the time to log in, frames) is none of it.
inline constexpr std::array report_targets{
    TargetSpec{"idle_cpu", false, 5, 10, "of its vCPUs, all of QEMU; says how idle only while the guest is"},
    TargetSpec{"steal", false, 1, 5, "of the time, the vCPU that waited most for a CPU"},
    TargetSpec{"disk_latency", true, 10, 20, "mean of a read or write, the slowest disk"},
    TargetSpec{"memory_pressure", false, 60, 80, "of its memory, which it could not give without swapping"}};

/// One that a policy sets.
struct ReportTarget {
    std::string name; // one of report_targets
    std::int64_t target = 0;
    std::int64_t acceptable = 0;
    SourcePosition position;
    bool operator==(const ReportTarget&) const = default;
};

} // namespace hostlease

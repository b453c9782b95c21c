// The targets of a report's figures: good below the first value, acceptable up to the second, poor above it.
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

/// The tuning guides' targets for desktop guests, if the host can measure the figure. Figures that only the
/// guest can measure, such as pings and frames, are omitted. In the guides, boot ends when a user can log
/// in; here, it ends when the guest agent answers.
inline constexpr std::array report_targets{
    TargetSpec{"boot_time", true, 25'000, 40'000, "from QEMU's start until the guest agent answers"},
    TargetSpec{"idle_cpu", false, 5, 10,
               "of its vCPUs, used by the whole QEMU process; meaningful only while the guest is idle"},
    TargetSpec{"steal", false, 1, 5, "of the time, the vCPU that waited most for a CPU"},
    TargetSpec{"disk_latency", true, 10, 20, "mean of a read or write, the slowest disk"},
    TargetSpec{"memory_pressure", false, 60, 80, "of its memory that it cannot free without swapping"}};

/// A target that a policy sets.
struct ReportTarget {
    std::string name; // one of report_targets
    std::int64_t target = 0;
    std::int64_t acceptable = 0;
    SourcePosition position;
    bool operator==(const ReportTarget&) const = default;
};

} // namespace hostlease

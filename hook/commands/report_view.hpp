// The report on a running domain, this host, and the matching policy.
#pragma once

#include "advice/report/domain_report.hpp"
#include "command.hpp"
#include "libvirt_statistics.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <tl/expected.hpp>

namespace hostlease {

struct ReportSubject {
    std::string domain; // name or uuid
    std::string connect;
    std::string baseline;                           // an earlier report's file; "" for none
    unsigned seconds = 5;                           // interval between the two samples
    std::optional<std::chrono::seconds> boot_limit; // limit for the guest agent's answer after QEMU's start
};

/// Measures the domain, and compares it with the earlier report. On failure prints an error and returns the
/// exit code: the domain does not run or has ended meanwhile, or the earlier report cannot be read.
tl::expected<DomainReport, ExitCode> look_at_report(Host& host, const ReportSubject& subject);

} // namespace hostlease

// A report as the command makes it: of a domain that runs, this host, and the policy that matches.
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
    unsigned seconds = 5;                           // between the two samples
    std::optional<std::chrono::seconds> boot_limit; // how long after QEMU's start to wait for the guest agent
};

/// Measures the domain, and compares it with the earlier report. On failure complains and gives the exit
/// code: the domain does not run or has ended meanwhile, or the earlier report cannot be read.
tl::expected<DomainReport, ExitCode> look_at_report(Host& host, const ReportSubject& subject);

} // namespace hostlease

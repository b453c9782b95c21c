// Measures the time until a VM's guest agent answers.
#pragma once

#include "advice/report/figures.hpp"
#include "host/host.hpp"
#include "libvirt_statistics.hpp"

#include <chrono>
#include <string>

namespace hostlease {

/// Waits until the guest agent answers, at most until `limit` after QEMU's start, and returns the time since
/// that start, to a quarter of a second. If nothing was measured, the figure has the reason: the VM has no
/// agent, the agent did not answer in time or had answered before, or the VM was restored instead of booted.
/// `uri` is that of `domain`.
Figure wait_for_boot(Host& host, const std::string& uri, const RunningDomain& domain,
                     std::chrono::seconds limit);

} // namespace hostlease

// How long a VM takes until its guest agent answers.
#pragma once

#include "advice/report/figures.hpp"
#include "host/host.hpp"
#include "libvirt_statistics.hpp"

#include <chrono>
#include <string>

namespace hostlease {

/// Waits until the guest agent answers, until `limit` after QEMU's start, and gives the time between the two,
/// to a quarter of a second. The figure has a reason in place of a value where nothing was measured: there is
/// no agent, it did not answer in time or had answered before, or the VM was not booted but restored. `uri`
/// is that of `domain`.
Figure wait_for_boot(Host& host, const std::string& uri, const RunningDomain& domain,
                     std::chrono::seconds limit);

} // namespace hostlease

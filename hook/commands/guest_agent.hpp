// Asks a guest agent through libvirt. Each question has a timeout: an agent that hangs must not block our
// commands.
#pragma once

#include "advice/report/guest_facts.hpp"
#include "host/host.hpp"
#include "libvirt_handles.hpp"
#include "libvirt_statistics.hpp"

#include <string>

namespace hostlease {

/// The agent of a running domain. By default, libvirt waits for an agent without limit: this object sets a
/// limit for its lifetime, then restores the domain's former one.
class GuestAgent {
  public:
    /// ErrorKind::refused if no agent has opened its channel, or if libvirt only allows read-only
    /// connections. `uri` is that of `domain`.
    static Result<GuestAgent> find(Host& host, const std::string& uri, const RunningDomain& domain);

    GuestAgent(GuestAgent&&) noexcept = default;
    GuestAgent& operator=(GuestAgent&&) = delete;
    ~GuestAgent();

    /// Whether the agent answers the smallest question within a few seconds.
    [[nodiscard]] bool answers() const;

    /// All facts that the agent reports. A fact without an answer has the reason; after the first question
    /// without an answer, no more are asked.
    [[nodiscard]] GuestFacts facts() const;

  private:
    GuestAgent(Connection connection, DomainHandle domain, int former_timeout)
        : connection_(std::move(connection)), domain_(std::move(domain)), former_timeout_(former_timeout) {}

    Connection connection_;
    DomainHandle domain_;
    int former_timeout_;
};

} // namespace hostlease

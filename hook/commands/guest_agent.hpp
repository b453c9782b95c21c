// A guest agent, asked through libvirt. Each question is bounded: an agent that hangs ends none of our
// commands.
#pragma once

#include "advice/report/guest_facts.hpp"
#include "host/host.hpp"
#include "libvirt_handles.hpp"
#include "libvirt_statistics.hpp"

#include <string>

namespace hostlease {

/// The agent of a running domain. libvirt waits for an agent without limit by default: this sets a limit for
/// its lifetime, then restores the domain's former one.
class GuestAgent {
  public:
    /// ErrorKind::refused when no agent has opened its channel, or libvirt lets only readers in. `uri` is
    /// that of `domain`.
    static Result<GuestAgent> find(Host& host, const std::string& uri, const RunningDomain& domain);

    GuestAgent(GuestAgent&&) noexcept = default;
    GuestAgent& operator=(GuestAgent&&) = delete;
    ~GuestAgent();

    /// Whether it answers the smallest question, within a few seconds.
    [[nodiscard]] bool answers() const;

    /// Everything the agent reports. A fact without an answer has the reason; after the first question
    /// without any answer no other is asked.
    [[nodiscard]] GuestFacts facts() const;

  private:
    GuestAgent(Connection connection, DomainHandle domain, int former_timeout)
        : connection_(std::move(connection)), domain_(std::move(domain)), former_timeout_(former_timeout) {}

    Connection connection_;
    DomainHandle domain_;
    int former_timeout_;
};

} // namespace hostlease

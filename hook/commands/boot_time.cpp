#include "boot_time.hpp"

#include "core/units.hpp"
#include "guest_agent.hpp"
#include "host/process.hpp"

#include <optional>
#include <unistd.h>

namespace hostlease {

namespace {
constexpr std::chrono::milliseconds between_looks(250);

/// The process's start in time since boot, like Host::now(). Source: proc(5), field 22 of /proc/PID/stat;
/// start_boottime in do_task_stat of fs/proc/array.c (6.1).
std::chrono::microseconds start_of(const ProcessId& process) {
    constexpr std::uint64_t second = 1'000'000;
    const auto ticks = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
    return std::chrono::microseconds(process.start_time / ticks * second +
                                     process.start_time % ticks * second / ticks);
}

/// Checks repeatedly: first whether the guest has opened the agent's channel, then whether the agent
/// answers.
class Waiting {
  public:
    Waiting(Host& host, const std::string& uri, const RunningDomain& domain)
        : host_(host), uri_(uri), domain_(domain) {}

    /// Whether the agent answers; an error if it never will.
    Result<bool> look() {
        if (!agent_) {
            const auto channel = agent_channel(TRY(domain_.xml()));
            if (channel == AgentChannel::none)
                return fail(ErrorKind::refused, "the VM has no channel for a guest agent");
            if (channel == AgentChannel::closed) return false;
            agent_.emplace(TRY(GuestAgent::find(host_, uri_, domain_)));
        }
        return agent_->answers();
    }

  private:
    Host& host_;
    const std::string& uri_;
    const RunningDomain& domain_;
    std::optional<GuestAgent> agent_;
};

Result<double> milliseconds_of_boot(Host& host, const std::string& uri, const RunningDomain& domain,
                                    std::chrono::seconds limit) {
    const auto qemu = TRY(find_qemu(host, domain.guest().name));
    if (!qemu) return fail(ErrorKind::refused, "cannot find the QEMU process");
    if (!domain.was_booted()) return fail(ErrorKind::refused, "the VM was not booted but restored");
    const auto start = start_of(*qemu);
    Waiting waiting(host, uri, domain);
    if (TRY(waiting.look()))
        return fail(ErrorKind::refused, "the guest agent answered before the measurement began");
    while (host.now() - start < limit) {
        host.sleep(between_looks);
        const bool has_answered = TRY(waiting.look());
        const std::chrono::duration<double, std::milli> time = host.now() - start;
        if (has_answered) return time.count();
    }
    return fail(ErrorKind::refused,
                "no guest agent answered within " + format_time(limit) + " of QEMU's start");
}
} // namespace

Figure wait_for_boot(Host& host, const std::string& uri, const RunningDomain& domain,
                     std::chrono::seconds limit) {
    const auto time = milliseconds_of_boot(host, uri, domain, limit);
    if (!time) return boot_figure({{}, time.error().text()});
    return boot_figure({*time, {}});
}

} // namespace hostlease

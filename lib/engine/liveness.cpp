#include "engine/liveness.hpp"

#include "host/process.hpp"

namespace hostlease {

namespace {
using namespace std::chrono_literals;

constexpr auto longest_start = 10min;

Result<bool> has_live_qemu(Host& host, const std::string& domain, const std::string& uuid) {
    return TRY(find_qemu(host, domain)).has_value() && TRY(has_status_file(host, domain, uuid));
}

Result<Liveness> judge(Host& host, const Lease& lease) {
    const auto either = [](bool live) { return live ? Liveness::live : Liveness::dead; };
    if (lease.state == LeaseState::releasing) return Liveness::dead;
    if (lease.qemu.pid != 0) return either(TRY(is_alive(host, lease.qemu)));
    if (TRY(has_live_qemu(host, lease.domain, lease.uuid))) return Liveness::live;
    if (lease.state >= LeaseState::running || lease.daemon.pid == 0) return Liveness::unknown;
    const bool is_recent = host.now() - std::chrono::microseconds(lease.order) < longest_start;
    const bool is_named = lease.daemon.start_time != 0;
    if (!is_named) return is_recent ? Liveness::live : Liveness::unknown;
    return either(is_recent && TRY(is_alive(host, lease.daemon)));
}
} // namespace

Liveness liveness(Host& host, const Lease& lease) {
    // a lease that cannot be checked now is not released
    return judge(host, lease).value_or(Liveness::live);
}

std::optional<ProcessId> missed_start(Host& host, const Lease& lease) {
    if (lease.state >= LeaseState::running) return std::nullopt;
    const auto qemu = find_qemu(host, lease.domain);
    if (!qemu || !*qemu || !is_past_start(host, lease.domain, lease.uuid).value_or(false))
        return std::nullopt;
    return **qemu;
}

bool is_running(Host& host, const std::string& uuid) {
    constexpr std::string_view suffix = ".xml";
    const auto names = host.list("/run/libvirt/qemu");
    if (!names) return !is_missing(names.error());
    for (const auto& name : *names) {
        if (!name.ends_with(suffix)) continue;
        if (has_live_qemu(host, name.substr(0, name.size() - suffix.size()), uuid).value_or(true))
            return true;
    }
    return false;
}

ProcessId qemu_of(Host& host, const std::string& domain) {
    return find_qemu(host, domain).value_or(std::optional<ProcessId>{}).value_or(ProcessId{});
}

} // namespace hostlease

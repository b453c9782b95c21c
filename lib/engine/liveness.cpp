#include "engine/liveness.hpp"

#include "host/process.hpp"

namespace hostlease {

namespace {
constexpr std::int64_t longest_start_seconds = 600;
} // namespace

Liveness liveness(Host& host, const Lease& lease) {
    const auto either = [](bool live) { return live ? Liveness::live : Liveness::dead; };
    if (lease.state == LeaseState::releasing) return Liveness::dead;
    if (lease.qemu.pid != 0) return either(is_alive(host, lease.qemu));
    if (find_qemu(host, lease.domain) && has_status_file(host, lease.domain, lease.uuid)) return Liveness::live;
    if (lease.state >= LeaseState::running || lease.daemon.pid == 0) return Liveness::unknown;
    return either(is_alive(host, lease.daemon) && host.wall_clock() - lease.since < longest_start_seconds);
}

bool is_running(Host& host, const std::string& uuid) {
    constexpr std::string_view suffix = ".xml";
    for (const auto& name : host.list("/run/libvirt/qemu").value_or(std::vector<std::string>{})) {
        if (!name.ends_with(suffix)) continue;
        const std::string domain = name.substr(0, name.size() - suffix.size());
        if (has_status_file(host, domain, uuid) && find_qemu(host, domain)) return true;
    }
    return false;
}

} // namespace hostlease

// The CPUs that irqbalance gives no interrupts, set over its socket. The value read is the ban list of its
// own settings, because there is no safe way to ask: after each change it ignores requests for 10 s (1.9.2),
// it answers from its last scan, and an answer that nobody reads kills it (SIGPIPE). A restarted irqbalance
// is another target. Source: irqbalance 1.9.2 and 1.9.4, irqbalance.c, sock_handle and scan, and cputree.c,
// setup_banned_cpus: "settings cpus LIST" replaces all bans, and NULL restores its settings.
#include "core/parse.hpp"
#include "engine/forms/forms.hpp"

#include <cerrno>

namespace hostlease {

namespace {
const std::string directory = "/run/irqbalance";
constexpr std::string_view prefix = "irqbalance";
constexpr std::string_view suffix = ".sock";
constexpr std::size_t longest_request = 500; // irqbalance's buffer, which cuts longer requests silently

/// The process that a socket's name contains; nullopt for other names.
std::optional<std::string> process_of(std::string_view name) {
    if (!name.starts_with(prefix) || !name.ends_with(suffix)) return std::nullopt;
    const auto number = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
    return parse_integer<std::int64_t>(number) ? std::optional(std::string(number)) : std::nullopt;
}

/// A CPU list of the kernel; text that is not a list, such as "(null)", means no CPU.
Result<CpuSet> read_cpus(Host& host, const std::string& path) {
    return parse_cpu_list(TRY(host.read_line(path))).value_or(CpuSet{});
}

std::string_view variable(std::string_view environment, std::string_view name) {
    std::string_view value;
    split(environment, '\0', [&](std::string_view entry) {
        if (entry.starts_with(name) && entry.substr(name.size()).starts_with('='))
            value = entry.substr(name.size() + 1);
    });
    return value;
}

Result<std::string> read(Host& host, const KnobRecord& record) {
    const auto process = process_of(record.target);
    if (!process) return fail_io("this is not a socket of irqbalance", record.path, 0);
    const std::string environment = TRY(host.read("/proc/" + *process + "/environ"));
    if (const auto mask = variable(environment, "IRQBALANCE_BANNED_CPUS"); !mask.empty())
        return to_list(parse_cpu_mask(mask).value_or(CpuSet{}));
    if (const auto list = variable(environment, "IRQBALANCE_BANNED_CPULIST"); !list.empty())
        return to_list(parse_cpu_list(list).value_or(CpuSet{}));
    CpuSet cpus = TRY(read_cpus(host, "/sys/devices/system/cpu/isolated"));
    cpus |= TRY(read_cpus(host, "/sys/devices/system/cpu/nohz_full"));
    return to_list(cpus);
}

/// Without a CPU, irqbalance places no interrupt. Its own settings may ban the CPUs that the VMs leave.
Status check_rest(Host& host, const KnobRecord& record, const std::string& value) {
    const CpuSet online = TRY(read_cpus(host, "/sys/devices/system/cpu/online"));
    const CpuSet banned = TRY(parse_cpu_list(value));
    if (online.empty() || !online.is_subset_of(banned)) return {};
    return fail(ErrorKind::refused,
                record.target + " would be left without a CPU: it would be told not to use CPU " + value);
}

Status write(Host& host, const KnobRecord& record, const std::string& value) {
    const std::string request = "settings cpus " + (value == TRY(read(host, record)) ? "NULL" : value);
    if (!request.ends_with("NULL")) TRY_VOID(check_rest(host, record, value));
    if (request.size() >= longest_request)
        return fail_io("irqbalance takes no list of CPUs as long as " + value, record.path, E2BIG);
    return host.tell(record.path, request);
}

/// The sockets of running processes: a killed process leaves its socket behind.
Result<std::vector<KnobTarget>> targets(Host& host) {
    std::vector<KnobTarget> list;
    for (const auto& name : TRY(host.list_if_present(directory))) {
        const auto process = process_of(name);
        const std::string command =
            process ? TRY(host.read_line("/proc/" + *process + "/comm")) : std::string{};
        if (command == prefix) list.push_back({name, directory + "/" + name});
    }
    return list;
}
} // namespace

constinit const Form form_interrupt_balancer{
    .read = read, .write = write, .targets = targets, .waits = Form::Waits::before};

} // namespace hostlease

#include "host/process.hpp"

#include "core/parse.hpp"
#include "core/units.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::string_view status_directory = "/run/libvirt/qemu/";

Result<std::optional<std::string>> read_status_file(Host& host, const std::string& domain,
                                                    std::string_view suffix) {
    if (domain.find('/') != std::string::npos) return std::optional<std::string>{};
    return host.read_if_present(std::string(status_directory) + domain + std::string(suffix));
}

/// Whether the text of a status file describes the domain with this uuid.
bool is_of_domain(const std::string& text, const std::string& uuid) {
    // the first one is the domain's own: the owner decides what the metadata below contains
    const auto at = text.find("<uuid>");
    return at != std::string::npos &&
           std::string_view(text).substr(at).starts_with("<uuid>" + uuid + "</uuid>");
}

struct Process {
    ProcessId id;
    std::string name;
    std::int64_t parent = 0;
    std::uint32_t flags = 0;
};

bool is_daemon(std::string_view name) {
    for (const std::string daemon : {"libvirtd", "virtqemud"})
        if (name == daemon || name.starts_with("." + daemon + "-")) return true;
    return false;
}

/// nullopt if the process does not exist or is a zombie.
Result<std::optional<Process>> read_process(Host& host, std::int64_t pid) {
    if (pid <= 0) return std::optional<Process>{};
    const auto stat = TRY(host.read_if_present("/proc/" + std::to_string(pid) + "/stat"));
    // the second field is the name in parentheses, which may contain anything: search for its end from the
    // right
    const auto name_begin = stat ? stat->find('(') : std::string::npos;
    const auto name_end = stat ? stat->rfind(')') : std::string::npos;
    if (name_begin == std::string::npos || name_end == std::string::npos || name_end < name_begin)
        return std::optional<Process>{};
    Process process{{pid, 0}, stat->substr(name_begin + 1, name_end - name_begin - 1), 0, 0};
    int field = 2;
    bool dead = false;
    bool has_start_time = false;
    split(std::string_view(*stat).substr(name_end + 1), ' ', [&](std::string_view word) {
        if (word.empty()) return;
        ++field;
        if (field == 3) dead = word == "Z" || word == "X";
        if (field == 4) process.parent = parse_integer<std::int64_t>(word).value_or(0);
        if (field == 9) process.flags = parse_integer<std::uint32_t>(word).value_or(0);
        if (field != 22) return;
        const auto start_time = parse_integer<std::uint64_t>(trim(word));
        has_start_time = start_time.has_value();
        process.id.start_time = start_time.value_or(0);
    });
    if (!has_start_time || dead) return std::optional<Process>{};
    return std::optional(std::move(process));
}
} // namespace

Result<std::optional<ProcessId>> find_process(Host& host, std::int64_t pid) {
    const auto process = TRY(read_process(host, pid));
    if (!process) return std::optional<ProcessId>{};
    return std::optional(process->id);
}

Result<std::optional<KernelThread>> find_kernel_thread(Host& host, std::int64_t pid) {
    constexpr std::uint32_t is_kernels = 0x00200000; // PF_KTHREAD
    constexpr std::uint32_t is_bound = 0x04000000;   // PF_NO_SETAFFINITY
    const auto process = TRY(read_process(host, pid));
    if (!process || (process->flags & is_kernels) == 0) return std::optional<KernelThread>{};
    return std::optional(KernelThread{process->id, process->name, (process->flags & is_bound) == 0});
}

Result<std::optional<ProcessId>> find_daemon(Host& host, std::int64_t caller) {
    constexpr int most_ancestors = 8;
    for (int generation = 0; generation < most_ancestors; ++generation) {
        const auto process = TRY(read_process(host, caller));
        if (!process) break;
        if (is_daemon(process->name)) return std::optional(process->id);
        caller = process->parent;
    }
    return std::optional<ProcessId>{};
}

Result<ProcessId> find_caller(Host& host, std::int64_t caller) {
    constexpr std::int64_t init = 1;
    if (const auto daemon = TRY(find_daemon(host, caller))) return *daemon;
    const bool is_seen = caller != init && TRY(find_process(host, caller)).has_value();
    return ProcessId{is_seen ? caller : 0, 0};
}

Result<bool> is_alive(Host& host, const ProcessId& process) {
    const auto now = TRY(find_process(host, process.pid));
    return now && *now == process;
}

Result<std::optional<ProcessId>> find_qemu(Host& host, const std::string& domain) {
    const auto text = TRY(read_status_file(host, domain, ".pid"));
    if (!text) return std::optional<ProcessId>{};
    return find_process(host, parse_integer<std::int64_t>(trim(*text)).value_or(0));
}

Result<bool> has_status_file(Host& host, const std::string& domain, const std::string& uuid) {
    const auto text = TRY(read_status_file(host, domain, ".xml"));
    return text && is_of_domain(*text, uuid);
}

Result<bool> is_past_start(Host& host, const std::string& domain, const std::string& uuid) {
    const auto text = TRY(read_status_file(host, domain, ".xml"));
    if (!text || !is_of_domain(*text, uuid)) return false;
    const auto at = std::min(text->find("<domstatus "), text->size());
    const auto head = std::string_view(*text).substr(at, text->find('>', at) - at);
    const auto says = [&](std::string_view words) { return head.find(words) != std::string_view::npos; };
    return says(" state='running'") || (says(" state='paused'") && !says(" reason='starting up'"));
}

namespace {
/// A number of kB in /proc/PID/status as bytes; 0 if there is no such line, or no such process. `label`
/// begins with the end of the line before, because the name in an earlier line may contain anything.
Result<std::uint64_t> bytes_in_status(Host& host, const ProcessId& process, std::string_view label) {
    const auto status = TRY(host.read_if_present("/proc/" + std::to_string(process.pid) + "/status"));
    const auto at = status ? status->find(label) : std::string::npos;
    if (at == std::string::npos) return 0;
    auto rest = std::string_view(*status).substr(at + label.size());
    rest = trim(rest.substr(0, rest.find('\n')));
    return parse_integer<std::uint64_t>(rest.substr(0, rest.find(' '))).value_or(0) * KiB;
}
} // namespace

Result<std::uint64_t> mapped_huge_pages(Host& host, const ProcessId& process) {
    return bytes_in_status(host, process, "\nHugetlbPages:");
}

Result<std::uint64_t> resident_memory(Host& host, const ProcessId& process) {
    return bytes_in_status(host, process, "\nVmRSS:");
}

} // namespace hostlease

#include "host/process.hpp"

#include "core/parse.hpp"
#include "core/units.hpp"

namespace hostlease {

namespace {
const std::string status_directory = "/run/libvirt/qemu/";
} // namespace

std::optional<ProcessId> find_process(Host& host, std::int64_t pid) {
    if (pid <= 0) return std::nullopt;
    const auto stat = host.read("/proc/" + std::to_string(pid) + "/stat");
    if (!stat) return std::nullopt;
    // the second field is the name in parentheses and may hold anything, so count from the last one
    const auto name_end = stat->rfind(')');
    if (name_end == std::string::npos) return std::nullopt;
    int field = 2;
    std::optional<std::uint64_t> start_time;
    bool zombie = false;
    split(std::string_view(*stat).substr(name_end + 1), ' ', [&](std::string_view word) {
        if (word.empty()) return;
        ++field;
        if (field == 3) zombie = word == "Z" || word == "X";
        if (field == 22) start_time = parse_integer<std::uint64_t>(trim(word));
    });
    if (!start_time || zombie) return std::nullopt;
    return ProcessId{pid, *start_time};
}

bool is_alive(Host& host, const ProcessId& process) {
    const auto now = find_process(host, process.pid);
    return now && *now == process;
}

std::optional<ProcessId> find_qemu(Host& host, const std::string& domain) {
    if (domain.find('/') != std::string::npos) return std::nullopt;
    const auto text = host.read(status_directory + domain + ".pid");
    if (!text) return std::nullopt;
    return find_process(host, parse_integer<std::int64_t>(trim(*text)).value_or(0));
}

bool has_status_file(Host& host, const std::string& domain, const std::string& uuid) {
    if (domain.find('/') != std::string::npos) return false;
    const auto text = host.read(status_directory + domain + ".xml");
    return text && text->find("<uuid>" + uuid + "</uuid>") != std::string::npos;
}

std::uint64_t mapped_huge_pages(Host& host, const ProcessId& process) {
    const auto status = host.read("/proc/" + std::to_string(process.pid) + "/status");
    if (!status) return 0;
    const auto at = status->find("HugetlbPages:");
    if (at == std::string::npos) return 0;
    auto rest = std::string_view(*status).substr(at + 13);
    rest = trim(rest.substr(0, rest.find('\n')));
    return parse_integer<std::uint64_t>(rest.substr(0, rest.find(' '))).value_or(0) * KiB;
}

} // namespace hostlease

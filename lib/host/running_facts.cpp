#include "host/running_facts.hpp"

#include "core/parse.hpp"
#include "host/process.hpp"

namespace hostlease {

namespace {
/// Path in the unified hierarchy, the line "0::PATH"; "" when the thread is in none.
std::string cgroup_path(std::string_view text) {
    std::string path;
    split(text, '\n', [&](std::string_view line) {
        if (line.starts_with("0::")) path = line.substr(3);
    });
    return path;
}

Result<std::vector<QemuThread>> read_threads(Host& host, const ProcessId& qemu) {
    const std::string tasks = "/proc/" + std::to_string(qemu.pid) + "/task";
    std::vector<QemuThread> threads;
    const auto names = host.list(tasks);
    if (!names && is_missing(names.error())) return threads;
    TRY_VOID(names);
    for (const auto& name : *names) {
        const auto id = parse_integer<std::int64_t>(name);
        if (!id) continue;
        const auto text = host.read(tasks + "/" + name + "/cgroup");
        const auto process = TRY(find_process(host, *id));
        if (!text || !process) continue; // it ended meanwhile
        const std::string cgroup = cgroup_path(*text);
        threads.push_back({*process, cgroup.substr(cgroup.rfind('/') + 1), cgroup});
    }
    return threads;
}
} // namespace

Result<RunningFacts> read_running_facts(Host& host, const ProcessId& qemu) {
    RunningFacts running;
    running.qemu = qemu;
    if (qemu.pid != 0 && TRY(is_alive(host, qemu))) running.threads = TRY(read_threads(host, qemu));
    return running;
}

} // namespace hostlease

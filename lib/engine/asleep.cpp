#include "engine/asleep.hpp"

#include "core/parse.hpp"

#include <optional>

namespace hostlease {

namespace {
const std::string cpus_directory = "/sys/devices/system/cpu/";

/// The N of "cpu6/..." after `prefix`.
std::optional<unsigned> number_after(std::string_view path, std::string_view prefix) {
    if (!path.starts_with(prefix)) return std::nullopt;
    path.remove_prefix(prefix.size());
    return parse_integer<unsigned>(path.substr(0, path.find('/')));
}
} // namespace

CpuSet sleeping_cpus(Host& host, const std::string& path) {
    const std::string policy = cpus_directory + "cpufreq/policy";
    const auto of_policy = number_after(path, policy);
    const auto number = of_policy ? of_policy : number_after(path, cpus_directory + "cpu");
    if (!number || path == cpus_directory + "cpu" + std::to_string(*number) + "/online") return {};
    CpuSet cpus;
    if (of_policy) {
        // separated by blanks
        const auto related = host.read(policy + std::to_string(*number) + "/related_cpus");
        if (related)
            split(trim(*related), ' ', [&](std::string_view one) {
                if (const auto cpu = parse_integer<unsigned>(trim(one))) cpus.add(*cpu);
            });
    }
    if (cpus.empty()) cpus.add(*number);
    const CpuSet online = host.read_cpu_list(cpus_directory + "online").value_or(CpuSet{});
    const CpuSet present = host.read_cpu_list(cpus_directory + "present").value_or(CpuSet{});
    const bool is_removed = !present.empty() && !cpus.intersects(present);
    return online.empty() || is_removed || cpus.intersects(online) ? CpuSet{} : cpus;
}

std::string asleep_text(const KnobRecord& record, const CpuSet& cpus) {
    return record.path + " sleeps, as CPU " + to_list(cpus) +
           " is offline; it is kept on record, and put right by the first call " + "after the CPU is back";
}

} // namespace hostlease

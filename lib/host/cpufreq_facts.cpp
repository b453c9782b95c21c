#include "host/cpufreq_facts.hpp"

#include "core/parse.hpp"

#include <cerrno>
#include <optional>

namespace hostlease {

namespace {
const std::string cpu_directory = "/sys/devices/system/cpu";

/// Attributes of a policy whose CPUs are all offline answer EBUSY: such a policy is left out, and is nobody's.
Result<std::optional<std::string>> read_attribute(Host& host, const std::string& path) {
    auto text = host.read(path);
    if (text) return std::optional(std::move(*text));
    if (is_missing(text.error()) || text.error().errno_value == EBUSY) return std::optional<std::string>{};
    return tl::unexpected<Error>(std::move(text).error());
}

/// In kHz, 0 when the driver does not tell.
Result<std::uint64_t> read_limit(Host& host, const std::string& path) {
    const auto text = TRY(read_attribute(host, path));
    return text ? parse_integer<std::uint64_t>(trim(*text)).value_or(0) : 0;
}

Result<bool> has_file(Host& host, const std::string& path) {
    const auto status = host.status(path);
    if (!status && is_missing(status.error())) return false;
    TRY_VOID(status);
    return true;
}

Status read_policy(Host& host, const std::string& name, const CpuSet* wanted, HostFacts& facts) {
    const std::string directory = cpu_directory + "/cpufreq/" + name;
    const auto cpus = TRY(read_attribute(host, directory + "/related_cpus"));
    if (!cpus) return {};
    CpufreqPolicy policy;
    policy.name = name;
    // written with blanks, unlike every other CPU list of the kernel
    split(trim(*cpus), ' ', [&](std::string_view piece) { policy.cpus |= parse_cpu_list(piece).value_or(CpuSet{}); });
    if (wanted != nullptr && !policy.cpus.intersects(*wanted)) {
        facts.cpufreq.push_back(std::move(policy));
        return {};
    }
    const auto governors = TRY(read_attribute(host, directory + "/scaling_available_governors"));
    if (!governors) return {};
    policy.has_boost = TRY(has_file(host, directory + "/boost"));
    policy.lowest = TRY(read_limit(host, directory + "/cpuinfo_min_freq"));
    policy.highest = TRY(read_limit(host, directory + "/cpuinfo_max_freq"));
    split(trim(*governors), ' ', [&](std::string_view word) {
        if (!word.empty()) policy.governors.emplace_back(word);
    });
    facts.cpufreq.push_back(std::move(policy));
    return {};
}

Status read_policies(Host& host, const CpuSet* cpus, HostFacts& facts) {
    for (const std::string switch_name : {"/cpufreq/boost", "/intel_pstate/no_turbo"})
        if (facts.boost_path.empty() && TRY(has_file(host, cpu_directory + switch_name)))
            facts.boost_path = cpu_directory + switch_name;
    const auto names = host.list(cpu_directory + "/cpufreq");
    if (!names && is_missing(names.error())) return {};
    TRY_VOID(names);
    for (const auto& name : *names)
        if (name.starts_with("policy")) TRY_VOID(read_policy(host, name, cpus, facts));
    return {};
}
} // namespace

void read_cpufreq_facts(Host& host, const CpuSet* cpus, HostFacts& facts) {
    const auto read = read_policies(host, cpus, facts);
    if (read) return;
    facts.cpufreq.clear();
    facts.boost_path.clear();
    facts.cpufreq_problem = read.error().text();
}

} // namespace hostlease

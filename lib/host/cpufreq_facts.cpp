#include "host/cpufreq_facts.hpp"

#include "core/parse.hpp"

#include <cerrno>
#include <optional>
#include <utility>

namespace hostlease {

namespace {
const std::string cpu_directory = "/sys/devices/system/cpu";

/// Reading an attribute fails with EBUSY if all CPUs of its policy are offline: such a policy is omitted, and
/// its CPUs have none.
Result<std::optional<std::string>> read_attribute(Host& host, const std::string& path) {
    auto text = host.read_if_present(path);
    if (!text && text.error().errno_value == EBUSY) return std::optional<std::string>{};
    return text;
}

/// In kHz; 0 if the driver does not report the limit.
Result<std::uint64_t> read_limit(Host& host, const std::string& path) {
    const auto text = TRY(read_attribute(host, path));
    return text ? parse_integer<std::uint64_t>(trim(*text)).value_or(0) : 0;
}

Status read_policy(Host& host, const std::string& name, const CpuSet* wanted, HostFacts& facts) {
    const std::string directory = cpu_directory + "/cpufreq/" + name;
    const auto cpus = TRY(read_attribute(host, directory + "/related_cpus"));
    if (!cpus) return {};
    CpufreqPolicy policy;
    policy.name = name;
    // separated by blanks, unlike every other CPU list of the kernel
    split(trim(*cpus), ' ',
          [&](std::string_view piece) { policy.cpus |= parse_cpu_list(piece).value_or(CpuSet{}); });
    if (wanted != nullptr && !policy.cpus.intersects(*wanted)) {
        facts.cpufreq.push_back(std::move(policy));
        return {};
    }
    const auto governors = TRY(read_attribute(host, directory + "/scaling_available_governors"));
    if (!governors) return {};
    policy.has_boost = TRY(host.exists(directory + "/boost"));
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
        if (facts.boost_path.empty() && TRY(host.exists(cpu_directory + switch_name)))
            facts.boost_path = cpu_directory + switch_name;
    for (const auto& name : TRY(host.list_if_present(cpu_directory + "/cpufreq")))
        if (name.starts_with("policy")) TRY_VOID(read_policy(host, name, cpus, facts));
    return {};
}

Status complete_policies(Host& host, const CpuSet& cpus, HostFacts& facts) {
    const auto known = std::exchange(facts.cpufreq, {});
    for (const auto& policy : known) {
        if (!policy.cpus.intersects(cpus)) {
            facts.cpufreq.push_back(policy);
            continue;
        }
        TRY_VOID(read_policy(host, policy.name, &cpus, facts));
    }
    return {};
}

/// Clears the cpufreq facts and stores the reason if reading failed.
void settle(const Status& read, HostFacts& facts) {
    if (read) return;
    facts.cpufreq.clear();
    facts.boost_path.clear();
    facts.cpufreq_problem = read.error().text();
}
} // namespace

void read_cpufreq_facts(Host& host, const CpuSet* cpus, HostFacts& facts) {
    settle(read_policies(host, cpus, facts), facts);
}

void complete_cpufreq_facts(Host& host, const CpuSet& cpus, HostFacts& facts) {
    settle(complete_policies(host, cpus, facts), facts);
}

} // namespace hostlease

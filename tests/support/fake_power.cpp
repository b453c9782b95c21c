// The power management files of FakeHost.
#include "core/parse.hpp"
#include "support/fake_host.hpp"

#include <cerrno>

namespace hostlease::test {

namespace {
std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }
} // namespace

void FakeHost::add_cpufreq(unsigned cpu) {
    const std::string base = "/sys/devices/system/cpu/cpufreq/policy" + std::to_string(cpu) + "/";
    files[base + "related_cpus"] = std::to_string(cpu) + "\n";
    files[base + "scaling_available_governors"] = "performance schedutil powersave \n";
    files[base + "scaling_governor"] = "schedutil\n";
    files[base + "energy_performance_preference"] = "balance_performance\n";
    files[base + "boost"] = "0\n";
    files[base + "cpuinfo_min_freq"] = "800000\n";
    files[base + "cpuinfo_max_freq"] = "3500000\n";
    files[base + "scaling_min_freq"] = "800000\n";
    files[base + "scaling_max_freq"] = "3500000\n";
}

/// Whether the file is of a cpufreq policy whose CPU is offline. Source: drivers/cpufreq/cpufreq.c, show and store (6.12).
bool FakeHost::is_asleep(const std::string& path) const {
    constexpr std::string_view policy = "/sys/devices/system/cpu/cpufreq/policy";
    if (!path.starts_with(policy)) return false;
    const auto cpu = parse_integer<unsigned>(path.substr(policy.size(), path.find('/', policy.size()) - policy.size()));
    const auto online = parse_cpu_list(trim(files.at("/sys/devices/system/cpu/online")));
    return cpu && online && !online->contains(*cpu);
}

/// The limits of a frequency are requests among others; what reads is what all of them come to. Source: cpufreq_set_policy and
/// cpufreq_verify_within_limits, drivers/cpufreq/cpufreq.c and include/linux/cpufreq.h (6.12).
std::string FakeHost::effective_text(const std::string& path, const std::string& content) {
    const bool is_minimum = path.ends_with("/scaling_min_freq");
    if (!is_minimum && !path.ends_with("/scaling_max_freq")) return content;
    const auto number = [](const std::string& text) { return parse_integer<std::uint64_t>(trim(text)); };
    const std::string base = directory_of(path);
    const auto request = number(content);
    const auto roof = number(is_minimum ? files[base + "scaling_max_freq"] : content);
    if (!request || !roof) return content;
    auto effective = std::min({*request, *roof, number(files[base + "cpuinfo_max_freq"]).value_or(*roof)});
    if (heat_limit != 0) effective = std::min(effective, heat_limit);
    return std::to_string(std::max(effective, number(files[base + "cpuinfo_min_freq"]).value_or(0))) + "\n";
}

/// Sources: drivers/base/power/sysfs.c, drivers/cpufreq/intel_pstate.c and cpufreq.c (6.12; crossed limits: before 5.4).
int FakeHost::refusal_of_power(const std::string& path, const std::string& text) {
    const auto number = parse_integer<std::int64_t>(text);
    if (path.ends_with("/pm_qos_resume_latency_us"))
        return text == "n/a" || (number && *number >= 0 && *number < 2'147'483'647) ? 0 : EINVAL;
    if (path.ends_with("/energy_performance_preference")) {
        const std::set<std::string> words{"default", "performance", "balance_performance", "balance_power", "power"};
        if (!words.contains(text) && !(number && *number >= 0 && *number <= 255)) return EINVAL;
        return files[directory_of(path) + "scaling_governor"] == "performance\n" && text != "performance" ? EBUSY : 0;
    }
    if (path.ends_with("/boost") || path.ends_with("/no_turbo")) return text == "0" || text == "1" ? 0 : EINVAL;
    const bool is_minimum = path.ends_with("/scaling_min_freq");
    if (!is_minimum && !path.ends_with("/scaling_max_freq")) return 0;
    if (!number || *number < 0) return EINVAL;
    const auto other = files[directory_of(path) + (is_minimum ? "scaling_max_freq" : "scaling_min_freq")];
    const auto limit = parse_integer<std::int64_t>(trim(other)).value_or(*number);
    return refuses_crossed_limits && (is_minimum ? *number > limit : *number < limit) ? EINVAL : 0;
}

} // namespace hostlease::test

// The power management files of FakeHost.
#include "core/parse.hpp"
#include "support/fake_host.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace hostlease::test {

namespace {
std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }

/// The N of cpuN/online.
std::optional<unsigned> cpu_of_online(std::string_view path) {
    constexpr std::string_view prefix = "/sys/devices/system/cpu/cpu";
    constexpr std::string_view suffix = "/online";
    if (!path.starts_with(prefix) || !path.ends_with(suffix)) return std::nullopt;
    return parse_integer<unsigned>(path.substr(prefix.size(), path.size() - prefix.size() - suffix.size()));
}
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
    files[base + "scaling_setspeed"] = "<unsupported>\n";
    files[base + "schedutil/rate_limit_us"] = "2000\n";
}

/// A governor's settings are created and freed with it; "userspace" starts with the current frequency.
/// Source: cpufreq_dbs_governor_exit, drivers/cpufreq/cpufreq_governor.c; sugov_exit,
/// kernel/sched/cpufreq_schedutil.c; cpufreq_userspace_policy_start, cpufreq_userspace.c (6.12). Under
/// performance, the preference is "performance"; intel_pstate restores the earlier one, and amd-pstate does
/// not. Source: intel_pstate_hwp_set, intel_pstate.c; amd_pstate_epp_update_limit, amd-pstate.c (6.12).
void FakeHost::switch_governor(const std::string& policy, const std::string& before,
                               const std::string& after) {
    static const std::map<std::string, std::map<std::string, std::string>> settings{
        {"schedutil", {{"rate_limit_us", "2000\n"}}},
        {"conservative", {{"down_threshold", "20\n"}, {"freq_step", "5\n"}, {"up_threshold", "80\n"}}}};
    if (before == after) return;
    std::erase_if(files, [&](const auto& file) { return file.first.starts_with(policy + before + "/"); });
    if (const auto made = settings.find(after); made != settings.end())
        for (const auto& [name, text] : made->second)
            files[policy + after + "/" + name] = text;
    files[policy + "scaling_setspeed"] = after == "userspace" ? "3000000\n" : "<unsupported>\n";
    const auto preference = files.find(policy + "energy_performance_preference");
    if (preference == files.end()) return;
    if (after == "performance")
        kept_preferences[policy] = std::exchange(preference->second, "performance\n");
    else if (before == "performance" && keeps_preference && kept_preferences.contains(policy))
        preference->second = kept_preferences[policy];
}

/// The amount that the kernel keeps free depends on whether it collapses pages, unless an admin asked for
/// more. Source: set_recommended_min_free_kbytes, mm/khugepaged.c, and calculate_min_free_kbytes,
/// mm/page_alloc.c (6.12).
void FakeHost::switch_thp(bool on) {
    constexpr std::int64_t computed = 11'584, recommended = 67'584;
    std::string& text = files["/proc/sys/vm/min_free_kbytes"];
    auto kept = parse_integer<std::int64_t>(trim(text)).value_or(0);
    if (on)
        kept = std::max(kept, recommended);
    else if (computed > chosen_min_free)
        kept = computed;
    text = std::to_string(kept) + "\n";
}

/// Changes that the kernel makes by itself after a file was written.
void FakeHost::change_beside(const std::string& path, const std::string& before, const std::string& after) {
    const std::string directory = directory_of(path);
    const auto set = [&](const std::string& name, const std::string& text) {
        if (const auto file = files.find(directory + name); file != files.end()) file->second = text + "\n";
    };
    if (path.ends_with("/scaling_governor")) switch_governor(directory, before, after);
    if (const auto cpu = cpu_of_online(path)) { // online_store, drivers/base/core.c (6.12)
        const CpuSet online = parse_cpu_list(trim(files["/sys/devices/system/cpu/online"])).value();
        set_online(after == "0" ? online - CpuSet{*cpu} : online | CpuSet{*cpu});
    }
    // hugetlb_overcommit_handler, mm/hugetlb.c (6.12): for pages of the default size, both files show one
    // number
    if (path.ends_with("/nr_overcommit_hugepages"))
        for (const std::string name : {"/proc/sys/vm/", "/sys/kernel/mm/hugepages/hugepages-2048kB/"})
            if (const auto file = files.find(name + "nr_overcommit_hugepages"); file != files.end())
                file->second = after + "\n";
    if (path == "/sys/kernel/mm/transparent_hugepage/enabled") switch_thp(after != "never");
    if (path == "/proc/sys/vm/min_free_kbytes")
        chosen_min_free = parse_integer<std::int64_t>(after).value_or(-1);
    // mm/page-writeback.c (6.12)
    if (path == "/proc/sys/vm/dirty_bytes" && before != after) set("dirty_ratio", "0");
    if (path == "/proc/sys/vm/dirty_ratio" && before != after) set("dirty_bytes", "0");
    // overcommit_kbytes_handler and overcommit_ratio_handler, mm/util.c (6.12): with each write, and 0 is
    // accepted
    if (path == "/proc/sys/vm/overcommit_kbytes") set("overcommit_ratio", "0");
    if (path == "/proc/sys/vm/overcommit_ratio") set("overcommit_kbytes", "0");
    if (path.ends_with("/queue/nr_requests")) // dd_depth_updated, block/mq-deadline.c (6.1)
        set("iosched/async_depth", std::to_string(parse_integer<std::int64_t>(after).value_or(0) * 3 / 4));
    // cpufreq_boost_set_sw, drivers/cpufreq/cpufreq.c (6.12)
    if (path.ends_with("/boost") && before != after) {
        set("scaling_max_freq", std::to_string(highest_frequency(directory)));
    }
}

void FakeHost::set_governor(const std::string& governor) {
    for (auto& [path, text] : std::map(files))
        if (path.ends_with("/scaling_governor")) {
            files[directory_of(path) + "scaling_available_governors"] =
                "conservative userspace performance schedutil powersave \n";
            switch_governor(directory_of(path), std::string(trim(text)), governor);
            files[path] = governor + "\n";
        }
}

void FakeHost::tune_by_hand() {
    const std::map<std::string, std::string> settings{
        {"/scaling_min_freq", "1000000"}, {"/scaling_max_freq", "3000000"}, {"/rate_limit_us", "500"},
        {"/down_threshold", "85"}, // initially larger than up_threshold
        {"/up_threshold", "95"},          {"/queue/nr_requests", "64"},     {"/queue/wbt_lat_usec", "2000"},
        {"/iosched/read_expire", "100"},  {"/vm/min_free_kbytes", "8192"}};
    for (auto& [path, text] : files)
        for (const auto& [name, value] : settings)
            if (path.ends_with(name)) text = value + "\n";
    for (auto& [path, text] : files) {
        if (path.ends_with("/scaling_setspeed") && text != "<unsupported>\n") text = "1800000\n";
        const bool is_preference = path.ends_with("/energy_performance_preference");
        if (is_preference && files[directory_of(path) + "scaling_governor"] != "performance\n")
            text = "balance_power\n";
    }
    chosen_min_free = 8192;
}

/// Whether the file belongs to a cpufreq policy whose CPU is offline. Source: drivers/cpufreq/cpufreq.c, show
/// and store (6.12).
bool FakeHost::is_asleep(const std::string& path) const {
    constexpr std::string_view policy = "/sys/devices/system/cpu/cpufreq/policy";
    if (!path.starts_with(policy)) return false;
    const auto cpu =
        parse_integer<unsigned>(path.substr(policy.size(), path.find('/', policy.size()) - policy.size()));
    const auto online = parse_cpu_list(trim(files.at("/sys/devices/system/cpu/online")));
    return cpu && online && !online->contains(*cpu);
}

/// The hardware's maximum in kHz: higher with boost. Source: cpufreq_frequency_table_cpuinfo,
/// drivers/cpufreq/freq_table.c (6.12).
std::uint64_t FakeHost::highest_frequency(const std::string& policy) {
    const auto nominal = parse_integer<std::uint64_t>(trim(files[policy + "cpuinfo_max_freq"])).value_or(0);
    const auto boost = files.find(policy + "boost");
    return boost != files.end() && boost->second == "1\n" ? nominal + 700'000 : nominal;
}

/// The limits of a frequency are requests among others; the file shows the result of all requests. Source:
/// cpufreq_set_policy and cpufreq_verify_within_limits, drivers/cpufreq/cpufreq.c and include/linux/cpufreq.h
/// (6.12).
std::string FakeHost::effective_text(const std::string& path, const std::string& content) {
    const bool is_minimum = path.ends_with("/scaling_min_freq");
    // intel_pstate_get_energy_pref_index, drivers/cpufreq/intel_pstate.c (6.12)
    if (path.ends_with("/energy_performance_preference") && keeps_preference)
        for (const auto& [number, word] :
             {std::pair("128\n", "balance_performance\n"), std::pair("192\n", "balance_power\n")})
            if (content == number) return word;
    if (path.ends_with("/cpuinfo_max_freq"))
        return std::to_string(highest_frequency(directory_of(path))) + "\n";
    if (!is_minimum && !path.ends_with("/scaling_max_freq")) return content;
    const auto number = [](const std::string& text) { return parse_integer<std::uint64_t>(trim(text)); };
    const std::string base = directory_of(path);
    const auto request = number(content);
    const auto roof = number(is_minimum ? files[base + "scaling_max_freq"] : content);
    if (!request || !roof) return content;
    auto effective = std::min({*request, *roof, highest_frequency(base)});
    if (heat_limit != 0) effective = std::min(effective, heat_limit);
    return std::to_string(std::max(effective, number(files[base + "cpuinfo_min_freq"]).value_or(0))) + "\n";
}

/// Sources: drivers/base/power/sysfs.c, drivers/cpufreq/intel_pstate.c and cpufreq.c (6.12; crossed limits:
/// before 5.4).
int FakeHost::refusal_of_power(const std::string& path, const std::string& text) {
    const auto number = parse_integer<std::int64_t>(text);
    if (path.ends_with("/pm_qos_resume_latency_us"))
        return text == "n/a" || (number && *number >= 0 && *number < 2'147'483'647) ? 0 : EINVAL;
    if (path.ends_with("/energy_performance_preference")) {
        const std::set<std::string> words{"default", "performance", "balance_performance", "balance_power",
                                          "power"};
        if (!words.contains(text) && !(number && *number >= 0 && *number <= 255)) return EINVAL;
        return files[directory_of(path) + "scaling_governor"] == "performance\n" && text != "performance"
                   ? EBUSY
                   : 0;
    }
    // mm/page-writeback.c, dirty_bytes_min
    if (path == "/proc/sys/vm/dirty_bytes") return number && *number >= 8192 ? 0 : EINVAL;
    if (path.ends_with("/scaling_setspeed")) return files[path] == "<unsupported>\n" ? EINVAL : 0;
    // one must stay below the other; cs_up_threshold_store, drivers/cpufreq/cpufreq_conservative.c (6.12)
    const auto threshold = [&](const std::string& name) {
        return parse_integer<std::int64_t>(trim(files[directory_of(path) + name])).value_or(0);
    };
    // bdi_set_min_ratio, mm/page-writeback.c (6.12)
    const auto ratio = [&](const std::string& name) { return threshold(name); };
    if (path.ends_with("/min_ratio")) return number && *number <= ratio("max_ratio") ? 0 : EINVAL;
    if (path.ends_with("/max_ratio")) return number && *number >= ratio("min_ratio") ? 0 : EINVAL;
    if (path.ends_with("/up_threshold")) return number && *number > threshold("down_threshold") ? 0 : EINVAL;
    if (path.ends_with("/down_threshold")) return number && *number < threshold("up_threshold") ? 0 : EINVAL;
    if (path.ends_with("/boost") || path.ends_with("/no_turbo"))
        return number && (*number == 0 || *number == 1) ? 0 : EINVAL;
    const bool is_minimum = path.ends_with("/scaling_min_freq");
    if (!is_minimum && !path.ends_with("/scaling_max_freq")) return 0;
    if (!number || *number < 0) return EINVAL;
    const auto other = files[directory_of(path) + (is_minimum ? "scaling_max_freq" : "scaling_min_freq")];
    const auto limit = parse_integer<std::int64_t>(trim(other)).value_or(*number);
    return refuses_crossed_limits && (is_minimum ? *number > limit : *number < limit) ? EINVAL : 0;
}

} // namespace hostlease::test

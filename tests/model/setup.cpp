#include "model/setup.hpp"

#include <array>
#include <map>
#include <ostream>

namespace hostlease::test {

const std::vector<ModelKnob>& model_knobs() {
    static const std::string cpu = "/sys/devices/system/cpu/";
    static const std::vector<ModelKnob> knobs{
        {"memory", "swappiness", {"10", "20"}, {"10", "20"}, {"33", "20"}, "/proc/sys/vm/swappiness"},
        {"memory",
         "compaction_proactiveness",
         {"0", "30"},
         {"0", "30"},
         {"33"},
         "/proc/sys/vm/compaction_proactiveness"},
        {"memory", "stat_interval", {"10", "20"}, {"10", "20"}, {"5", "1"}, "/proc/sys/vm/stat_interval"},
        {"memory",
         "ksm",
         {"\"off\"", "\"on\""},
         {"0", "1"},
         {"2", "0"},
         "/sys/kernel/mm/ksm/run",
         Rule::word_wins},
        {"memory",
         "numa_balancing",
         {"\"off\"", "\"on\""},
         {"0", "1"},
         {"2"},
         "/proc/sys/kernel/numa_balancing",
         Rule::word_wins},
        {"memory",
         "transparent_hugepages",
         {"\"never\"", "\"always\""},
         {"never", "always"},
         {"always", "madvise"},
         "/sys/kernel/mm/transparent_hugepage/enabled"},
        {"kernel", "timer_migration", {"0", "1"}, {"0", "1"}, {"0"}, "/proc/sys/kernel/timer_migration"},
        {"kernel",
         "halt_poll_ns",
         {"0", "50000"},
         {"0", "50000"},
         {"7"},
         "/sys/module/kvm/parameters/halt_poll_ns"},
        {"kernel",
         "watchdog",
         {"\"housekeeping\""},
         {""},
         {"0-2"},
         "/proc/sys/kernel/watchdog_cpumask",
         Rule::cpus_left},
        {"power",
         "governor",
         {"\"performance\"", "\"powersave\""},
         {"performance", "powersave"},
         {"powersave", "performance"},
         cpu + "cpufreq/policy#/scaling_governor",
         Rule::rank},
        {"power",
         "wakeup_latency",
         {"\"50us\"", "\"0us\"", "\"20us\""},
         {"50", "n/a", "20"},
         {"77"},
         cpu + "cpu#/power/pm_qos_resume_latency_us",
         Rule::least},
        {"cpus",
         "method",
         {"\"slices\""},
         {""},
         {"0-2", "1-6"},
         "/sys/fs/cgroup/#/cpuset.cpus",
         Rule::cpus_left},
        {"sysfs", "value", {"1000", "5"}, {"1000", "5"}, {"4"}, "/sys/kernel/mm/lru_gen/min_ttl_ms"}};
    return knobs;
}

FakeVm vm_of(const VmChoice& choice, unsigned number) {
    const std::string pins = std::to_string(choice.first_cpu) + "," + std::to_string(choice.first_cpu + 1);
    return make_vm(number + 1, choice.pages, static_cast<int>(choice.node), pins);
}

std::string policy_text(const PolicyChoice& choice, const std::string& name) {
    std::map<std::string, std::string> tables;
    const auto& knobs = model_knobs();
    for (std::size_t index = 0; index < knobs.size() && index < choice.size(); ++index) {
        const auto& knob = knobs[index];
        if (choice[index] == 0) continue;
        const auto& value = knob.in_policy[(choice[index] - 1) % knob.in_policy.size()];
        auto& table = tables[knob.table];
        if (knob.table == "sysfs") table += "path = \"" + knob.path + "\"\n";
        table += knob.key + " = " + value + "\n";
    }
    std::string text = "version = 1\n[match]\ndomain = \"" + name + "\"\n[hugepages]\nreserve = \"auto\"\n";
    for (const auto& [table, lines] : tables)
        text += (table == "sysfs" ? "[[sysfs]]" : "[" + table + "]") + "\n" + lines;
    return text;
}

std::ostream& operator<<(std::ostream& out, const Event& event) {
    constexpr std::array words{"start",       "stop",           "stop_slowly",  "started_missed",
                               "clock_steps", "start_fails",    "qemu_crashes", "daemon_restarts",
                               "reconcile",   "edit_and_apply", "admin_writes", "admin_adds_pages",
                               "cpu_goes",    "cpu_comes",      "hook_dies",    "migrate_in",
                               "restore",     "reboot"};
    return out << words[static_cast<std::size_t>(event.what)] << " vm" << event.vm + 1 << " value "
               << event.value << " at " << event.at;
}

std::ostream& operator<<(std::ostream& out, const VmChoice& choice) {
    return out << "\n"
               << choice.pages << " pages on node " << choice.node << ", CPU " << choice.first_cpu
               << " and next, " << policy_text(choice.policy, "vm") << "edited to "
               << policy_text(choice.edited, "vm");
}

} // namespace hostlease::test

#include "plan/fold_targets.hpp"

#include "plan/cpu_pattern.hpp"

#include <doctest/doctest.h>
#include <initializer_list>

using namespace hostlease;

namespace {
using Cells = std::vector<std::string>;

TargetRow governor(const std::string& number, const std::string& to, const std::string& why) {
    return {{"power.governor", "schedutil", to, why},
            "policy" + number,
            "/sys/devices/system/cpu/cpufreq/policy" + number + "/scaling_governor"};
}

TargetRow interrupt(const std::string& number, const std::string& from, const std::string& why) {
    return {
        {"irqs.affinity", from, "0-3", why}, number + " eth0", "/proc/irq/" + number + "/smp_affinity_list"};
}

TargetRow thread(const std::string& number, const std::string& file, const std::string& to,
                 const std::string& cpus) {
    return {{"cpus.method", "", to, "vCPU " + number + " is pinned to CPU " + cpus},
            file + " vcpu" + number,
            "/sys/fs/cgroup/*/vcpu" + number + "/cpuset.cpus." + file};
}

/// The rows as lines: cells and path, separated by "|".
std::string lines_of(const std::vector<TargetRow>& rows) {
    std::string text;
    for (const auto& row : fold_targets(rows)) {
        for (const auto& cell : row.cells)
            text += cell + "|";
        text += row.path + "\n";
    }
    return text;
}
} // namespace

TEST_CASE("targets that differ only in the CPU are one row, in numerical order") {
    struct Case {
        const char* what;
        std::vector<TargetRow> rows;
        std::string folded;
    };
    const Case cases[] = {
        {"nothing", {}, ""},
        {"one is written as it is",
         {governor("10", "performance", "pinned to CPU 10")},
         "power.governor|schedutil|performance|pinned to CPU "
         "10|/sys/devices/system/cpu/cpufreq/policy10/scaling_governor\n"},
        {"the number in the path and in the reason",
         {governor("18", "performance", "pinned to CPU 18"),
          governor("6", "performance", "pinned to CPU 6-7"), governor("8", "performance", "pinned to CPU 8")},
         "power.governor|schedutil|performance|pinned to CPU 6-8,18|"
         "/sys/devices/system/cpu/cpufreq/policy{6,8,18}/scaling_governor\n"},
        {"another value is another row, and rows are in the order of numbers",
         {governor("10", "performance", "x"), governor("18", "powersave", "x"),
          governor("2", "powersave", "x"), governor("9", "performance", "x")},
         "power.governor|schedutil|powersave|x|/sys/devices/system/cpu/cpufreq/policy{2,18}/"
         "scaling_governor\n"
         "power.governor|schedutil|performance|x|/sys/devices/system/cpu/cpufreq/policy{9-10}/"
         "scaling_governor\n"},
        {"another reason is another row",
         {governor("4", "performance", "pinned to CPU 4"), governor("5", "performance", "as CPU 5 asks")},
         "power.governor|schedutil|performance|pinned to CPU "
         "4|/sys/devices/system/cpu/cpufreq/policy4/scaling_governor\n"
         "power.governor|schedutil|performance|as CPU 5 "
         "asks|/sys/devices/system/cpu/cpufreq/policy5/scaling_governor\n"},
        {"another line of the policy is another row",
         {governor("4", "performance", "(win11.toml:4:7: CPU 4)"),
          governor("5", "performance", "(win11.toml:5:7: CPU 5)")},
         "power.governor|schedutil|performance|(win11.toml:4:7: CPU 4)|"
         "/sys/devices/system/cpu/cpufreq/policy4/scaling_governor\n"
         "power.governor|schedutil|performance|(win11.toml:5:7: CPU 5)|"
         "/sys/devices/system/cpu/cpufreq/policy5/scaling_governor\n"},
        {"a value that looks like its CPU is a value",
         {governor("50", "50", "CPU 50"), governor("60", "60", "CPU 60")},
         "power.governor|schedutil|50|CPU 50|/sys/devices/system/cpu/cpufreq/policy50/scaling_governor\n"
         "power.governor|schedutil|60|CPU 60|/sys/devices/system/cpu/cpufreq/policy60/scaling_governor\n"},
        {"interrupts of equal values",
         {interrupt("24", "0-7", "w"), interrupt("9", "0-7", "w"), interrupt("100", "0", "w")},
         "irqs.affinity|0-7|0-3|w|/proc/irq/{9,24}/smp_affinity_list\n"
         "irqs.affinity|0|0-3|w|/proc/irq/100/smp_affinity_list\n"},
        {"an interrupt is no CPU: other CPUs in its reason are another reason",
         {interrupt("24", "0-7", "CPU 4"), interrupt("9", "0-7", "CPU 5")},
         "irqs.affinity|0-7|0-3|CPU 5|/proc/irq/9/smp_affinity_list\n"
         "irqs.affinity|0-7|0-3|CPU 4|/proc/irq/24/smp_affinity_list\n"},
        {"exclusive CPUs are values that name the CPU, and files of one cgroup stay apart",
         {thread("0", "exclusive", "6", "6"), thread("0", "partition", "isolated", "6"),
          thread("1", "exclusive", "18", "18"), thread("1", "partition", "isolated", "18")},
         "cpus.method||{6,18}|vCPU 0-1 is pinned to CPU "
         "6,18|/sys/fs/cgroup/*/vcpu{0-1}/cpuset.cpus.exclusive\n"
         "cpus.method||isolated|vCPU 0-1 is pinned to CPU "
         "6,18|/sys/fs/cgroup/*/vcpu{0-1}/cpuset.cpus.partition\n"},
        {"the CPUs of vCPUs are values that name the CPU, and the host's are not",
         {{{"cpus.place", "", "8", "node 1"}, "vcpu0", "/c/*/vcpu0/cpuset.cpus"},
          {{"cpus.place", "", "20", "node 1"}, "vcpu1", "/c/*/vcpu1/cpuset.cpus"},
          {{"cpus.place", "", "6,18", "node 1"}, "emulator", "/c/*/emulator/cpuset.cpus"},
          {{"cpus.isolate", "0-7", "0-3", "w"}, "a.slice", "/c/a.slice/cpuset.cpus"},
          {{"cpus.isolate", "0-6", "0-3", "w"}, "b.slice", "/c/b.slice/cpuset.cpus"}},
         "cpus.place||{8,20}|node 1|/c/*/vcpu{0-1}/cpuset.cpus\n"
         "cpus.place||6,18|node 1|/c/*/emulator/cpuset.cpus\n"
         "cpus.isolate|0-7|0-3|w|/c/a.slice/cpuset.cpus\n"
         "cpus.isolate|0-6|0-3|w|/c/b.slice/cpuset.cpus\n"},
        {"names, the first few of them",
         {{{"k"}, "a.slice", "/c/a.slice/f"}, {{"k"}, "b.slice", "/c/b.slice/f"}},
         "k|/c/{a.slice, b.slice}/f\n"},
        {"threads of QEMU, whose numbers are larger than a CPU's",
         {{{"t", "vCPU 3"}, "vcpu3/123460/99", "/proc/4711/task/123460"},
          {{"t", "vCPU 3"}, "vcpu2/9999/99", "/proc/4711/task/9999"},
          {{"t", "vCPU 3"}, "vcpu1/123459/99", "/proc/4711/task/123459"}},
         "t|vCPU 3|/proc/4711/task/{9999,123459-123460}\n"},
        {"nodes of equal pools",
         {{{"p", "0", "8"}, "node0/hugepages-2048kB", "/s/node/node0/hugepages/hugepages-2048kB/nr"},
          {{"p", "0", "8"}, "node1/hugepages-2048kB", "/s/node/node1/hugepages/hugepages-2048kB/nr"},
          {{"p", "0", "9"}, "node2/hugepages-2048kB", "/s/node/node2/hugepages/hugepages-2048kB/nr"}},
         "p|0|8|/s/node/node{0-1}/hugepages/hugepages-2048kB/nr\n"
         "p|0|9|/s/node/node2/hugepages/hugepages-2048kB/nr\n"},
        {"cgroups of a VM that runs, by the number that their names end with",
         {{{"c", "6"},
           "exclusive /m.slice/q-1.scope/vcpu0",
           "/c/m.slice/q-1.scope/vcpu0/cpuset.cpus.exclusive"},
          {{"c", "7"},
           "exclusive /m.slice/q-1.scope/vcpu1",
           "/c/m.slice/q-1.scope/vcpu1/cpuset.cpus.exclusive"},
          {{"c", "6-7"}, "exclusive /m.slice/q-1.scope", "/c/m.slice/q-1.scope/cpuset.cpus.exclusive"},
          {{"c", "6-7"}, "exclusive /m.slice", "/c/m.slice/cpuset.cpus.exclusive"}},
         "c|{6-7}|/c/m.slice/q-1.scope/vcpu{0-1}/cpuset.cpus.exclusive\n"
         "c|6-7|/c/m.slice/q-1.scope/cpuset.cpus.exclusive\n"
         "c|6-7|/c/m.slice/cpuset.cpus.exclusive\n"},
        {"without a target in its path",
         {{{"k"}, "run", "/a/run"}, {{"k"}, "other", "/a/other"}},
         "k|/a/run\nk|/a/other\n"},
    };
    for (const auto& one : cases) {
        CAPTURE(one.what);
        CHECK(lines_of(one.rows) == one.folded);
    }
}

TEST_CASE("a folded row knows how many targets it has, and whether its cells name CPUs") {
    const auto rows =
        fold_targets({governor("4", "x", "CPU 4"), governor("5", "x", "CPU 5"), governor("6", "y", "CPU 6")});
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].targets == 2);
    CHECK(rows[0].names_cpus);
    CHECK(rows[1].targets == 1);
    CHECK_FALSE(rows[1].names_cpus);
}

TEST_CASE("the CPUs of a text") {
    struct Case {
        const char* text;
        std::size_t numbers;
    };
    const Case cases[] = {{"", 0},
                          {"4096 pages of 2 MiB", 0},
                          {"pinned to CPU 4-5,7, and vCPU 0", 2},
                          {"cpu4, policy18 and /proc/irq/24/smp_affinity", 3},
                          {"CPU x, CPU 4x, cpu4_5, mycpu4, policies 4", 0},
                          {"CPU 5-4 is no list", 0},
                          {"/proc/4711/task/123456 and /task/x", 1},
                          {"cpu10-20", 1},
                          {"CPU ", 0}};
    for (const auto& one : cases) {
        CAPTURE(one.text);
        const CpuPattern pattern(one.text);
        CHECK(pattern.numbers() == one.numbers);
        CHECK(pattern.text() == one.text);
    }
    CHECK(CpuPattern("4-5", true).numbers() == 1);
    CHECK(CpuPattern("4-5  (vCPU 0 is pinned to CPU 4-5)", true).numbers() == 3);
    CHECK(CpuPattern("4.5", true).numbers() == 0);
    CHECK(CpuPattern("a \x01 CPU 4").text() == "a ? CPU 4");
}

TEST_CASE("repeated warnings are one, with the list of CPUs or of lines") {
    Diagnostics notes;
    for (const auto* cpu : {"10", "2", "4", "5"})
        notes.warning({"a.toml", 7, 18}, "no /sys/devices/system/cpu/cpu" + std::string(cpu) + "/power",
                      "take it out");
    notes.warning({"a.toml", 7, 18}, "no /sys/devices/system/cpu/cpu6/power", "another hint");
    notes.note({"a.toml", 7, 18}, "no /sys/devices/system/cpu/cpu7/power", "take it out");
    notes.warning({"a.toml", 9, 1}, "policy4 does not have the governor 'x'");
    notes.warning({"a.toml", 10, 1}, "policy5 does not have the governor 'x'");
    notes.warning({"a.toml", 12, 3}, "the same");
    notes.warning({"a.toml", 11, 2}, "the same");
    notes.warning({"b.toml", 11, 2}, "the same");
    notes.warning({}, "no place");
    notes.warning({}, "no place");
    CHECK(folded_text(notes) ==
          "warning: no place\n"
          "a.toml:7:18: warning: no /sys/devices/system/cpu/cpu{2,4-5,10}/power\n  hint: take it out\n"
          "a.toml:7:18: warning: no /sys/devices/system/cpu/cpu6/power\n  hint: another hint\n"
          "a.toml:7:18: note: no /sys/devices/system/cpu/cpu7/power\n  hint: take it out\n"
          "a.toml:9:1: warning: policy4 does not have the governor 'x'\n"
          "a.toml:10:1: warning: policy5 does not have the governor 'x'\n"
          "a.toml:11,12: warning: the same\n"
          "b.toml:11:2: warning: the same\n");
    CHECK(notes.all().size() == 13);
}

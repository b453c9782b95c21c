#include "advice/report/counters.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <iterator>

using namespace hostlease;
using namespace std::chrono_literals;

namespace {
/// Linux 6.12 with CPU 2 offline; blanks as in the kernel's output.
constexpr std::string_view interrupts = R"(            CPU0       CPU1       CPU3       
   0:          7          0          0  IR-IO-APIC    2-edge      timer
  36:          0    1974993          4 IR-PCI-MSIX-0000:00:02.0   1-edge      virtio1-req.0
 124:          0          0         12  GICv3  27 Level     arch_timer, other
 130:          5          6          7  PCI-MSI 524288-edge
 LOC:   10215762   10440951         30   Local timer interrupts
 ERR:          0
 MIS:          0
IPI0:          1          2          3       Rescheduling interrupts
)";

constexpr std::string_view softirqs = R"(                    CPU0       CPU1
          HI:          0          1
       TIMER:         10         20
)";

CounterSample sample(std::chrono::microseconds at, std::uint64_t timer, std::uint64_t disk,
                     std::uint64_t switches, CpuTimes times) {
    CounterSample sample;
    sample.at = at;
    sample.interrupts.value =
        InterruptTable{{1, {{"36", "nvme0q1", disk}, {"LOC", "Local timer interrupts", timer}}}};
    sample.softirqs.value = InterruptTable{{1, {{"TIMER", "", timer}}}};
    sample.switches.value = std::map<unsigned, std::uint64_t>{{1, switches}};
    sample.times.value = std::map<unsigned, CpuTimes>{{1, times}};
    return sample;
}
} // namespace

TEST_CASE("counters: interrupts by CPU, whatever columns there are") {
    const auto table = read_interrupt_table(interrupts);
    REQUIRE(table.size() == 3);
    CHECK_FALSE(table.contains(2));
    CHECK(table.at(1) == std::vector<InterruptCount>{{"0", "timer", 0},
                                                     {"36", "virtio1-req.0", 1974993},
                                                     {"124", "arch_timer, other", 0},
                                                     {"130", "PCI-MSI 524288-edge", 6},
                                                     {"LOC", "Local timer interrupts", 10440951},
                                                     {"IPI0", "Rescheduling interrupts", 2}});
    CHECK(table.at(3)[2].count == 12);
}

TEST_CASE("counters: softirqs have only names") {
    CHECK(read_interrupt_table(softirqs).at(1) ==
          std::vector<InterruptCount>{{"HI", "", 1}, {"TIMER", "", 20}});
}

TEST_CASE("counters: invalid tables") {
    CHECK(read_interrupt_table("").empty());
    CHECK(read_interrupt_table("CPU0 CPU1\n 0: 1\n 1: x 2\n: 1 2").at(0) ==
          std::vector<InterruptCount>{{"", "", 1}});
}

TEST_CASE("counters: switches by the versions of schedstat") {
    for (const std::string version : {"15", "16", "17"}) {
        CAPTURE(version);
        const auto switches = read_switches("version " + version +
                                            "\ntimestamp 4295105392\ncpu0 0 0 0 0 0 0 9121 17 4711\n"
                                            "domain0 ff 1 2 3 4 5 6 7 8 9 10\ncpu10 0 0 0 0 0 0 1 2 3\n");
        REQUIRE(switches.value);
        CHECK(*switches.value == std::map<unsigned, std::uint64_t>{{0, 4711}, {10, 3}});
    }
    CHECK(read_switches("version 14\ncpu0 0 0 0 0 0 0 0 0 1\n").absent ==
          "/proc/schedstat has version '14', which hostlease does not support");
    CHECK_FALSE(read_switches("").value);
    CHECK(read_switches("version 15\ncpu0 1 2 3\n").value->empty());
}

TEST_CASE("counters: times; guest time is already part of user time") {
    const auto times = read_cpu_times(
        "cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 1 2 3 40 5 6 7 8 90 90\ncpu12 1 1 1 1\nintr 12\nctxt 13\n");
    REQUIRE(times.size() == 2);
    CHECK(times.at(0) == CpuTimes{72, 45, 8});
    CHECK(times.at(12) == CpuTimes{4, 1, 0});
}

TEST_CASE("counters: in the format of Linux 6.12") {
    const auto text = [](const std::string& name) {
        std::ifstream file(std::string(TEST_DATA_DIR) + "/measure/" + name);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    const auto table = read_interrupt_table(text("interrupts-6.12.txt"));
    REQUIRE(table.size() == 8);
    CHECK(table.at(7)[12] == InterruptCount{"30", "virtio0-req.3", 385});
    CHECK(table.at(6).back() == InterruptCount{"PIW", "Posted-interrupt wakeup event", 0});
    const auto switches = read_switches(text("schedstat-6.12.txt"));
    REQUIRE(switches.value);
    CHECK(switches.value->size() == 8);
    CHECK(switches.value->at(0) == 4327);
}

TEST_CASE("counters: a CPU's activity between two samples") {
    const auto first = sample(10s, 1000, 4, 50, {100, 50, 0});
    const auto second = sample(12s, 1500, 10, 150, {300, 200, 20});
    const CpuActivity activity = activity_of(1, first, second);
    CHECK(activity.interrupts.value == 253);
    CHECK(activity.softirqs.value == 250);
    CHECK(activity.switches.value == 50);
    CHECK(activity.busy.value == 25);
    CHECK(activity.steal.value == 10);
    REQUIRE(activity.sources.size() == 2);
    CHECK(activity.sources[0].name == "LOC");
    CHECK(activity.sources[0].rate == 250);
    CHECK(activity.sources[1].what == "nvme0q1");
}

TEST_CASE("counters: interrupt counters wrap at 32 bits") {
    const auto activity = activity_of(1, sample(0s, 4294967290, 0, 0, {}), sample(1s, 4, 0, 0, {}));
    CHECK(activity.interrupts.value == 10);
}

TEST_CASE("counters: no value is invented") {
    const auto whole = sample(0s, 1, 1, 1, {1, 1, 0});
    auto later = sample(1s, 2, 2, 2, {1, 1, 0});
    CHECK(activity_of(7, whole, later).interrupts == Known<double>{{}, "the CPU was offline"});
    CHECK(activity_of(1, whole, later).busy == Known<double>{{}, "the kernel did not account its time"});
    CHECK(activity_of(1, later, whole).interrupts == Known<double>{{}, "no time elapsed"});
    later.switches = {{}, "why"};
    CHECK(activity_of(1, whole, later).switches == Known<double>{{}, "why"});
    CHECK(activity_of(1, later, sample(2s, 3, 3, 3, {})).switches == Known<double>{{}, "why"});
    CHECK(activity_of(1, whole, sample(1s, 2, 2, 0, {})).switches ==
          Known<double>{{}, "its counter restarted"});
}

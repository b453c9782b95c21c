#include "audit/cases.hpp"

namespace hostlease::test {

namespace {
const std::string two_threads = "<cpu><topology sockets='1' cores='1' threads='2'/></cpu>";

std::string emulator(const std::string& cpus) { return "<emulatorpin cpuset='" + cpus + "'/>"; }
std::string io_thread(const std::string& cpus) { return "<iothreadpin iothread='1' cpuset='" + cpus + "'/>"; }
std::string node(const std::string& nodes) { return "<numatune><memory mode='strict' nodeset='" + nodes + "'/></numatune>"; }

void isolate(AuditScene& scene) { scene.host.files["/sys/devices/system/cpu/isolated"] = "4-5"; }

auto other_pinned_to(unsigned cpu, bool running) {
    return [=](AuditScene& scene) { scene.host.others.push_back({"game", {cpu}, running}); };
}
} // namespace

std::vector<AuditCase> pinning_cases() {
    return {{"PIN-ALL", true, ""},
            {"PIN-ALL", true, "<vcpu>2</vcpu><cputune><vcpupin vcpu='0' cpuset='4'/></cputune>"},
            {"PIN-ALL", false, pins({"4", "5"})},
            {"PIN-1TO1", true, pins({"4-5", "6"})},
            {"PIN-1TO1", true, pins({"4", "4"})},
            {"PIN-1TO1", false, pins({"4", "5"})},
            {"PIN-EMULATOR", true, pins({"4", "5"})},
            {"PIN-EMULATOR", true, pins({"4", "5"}, emulator("0,5"))},
            {"PIN-EMULATOR", false, pins({"4", "5"}, emulator("0-1"))},
            {"PIN-IOTHREAD", true, "<iothreads>1</iothreads>" + pins({"4", "5"})},
            {"PIN-IOTHREAD", true, "<iothreads>1</iothreads>" + pins({"4", "5"}, io_thread("5"))},
            {"PIN-IOTHREAD", false, "<iothreads>1</iothreads>" + pins({"4", "5"}, io_thread("0"))},
            {"PIN-SMT-ORDER", true, pins({"4", "6"}) + two_threads},
            {"PIN-SMT-ORDER", false, pins({"4", "5"}) + two_threads},
            {"PIN-ONLINE", true, pins({"4", "8"})},
            {"PIN-ONLINE", false, pins({"4", "7"})},
            {"PIN-HOUSEKEEPING", true, pins({"2", "3", "4", "5", "6"})},
            {"PIN-HOUSEKEEPING", true, pins({"0", "2", "4", "6"})},
            {"PIN-HOUSEKEEPING", true, pins({"0"})},
            {"PIN-HOUSEKEEPING", false, pins({"4", "5", "6", "7"})},
            {"PIN-NODE", true, pins({"3", "4"})},
            {"PIN-NODE", true, pins({"4", "5"}) + node("0")},
            {"PIN-NODE", false, pins({"4", "5"}) + node("1")},
            {"PIN-L3", true, pins({"3", "4"})},
            {"PIN-L3", false, pins({"4", "5"})},
            {"PIN-L3", false, pins({"2", "3", "4", "5", "6"})},
            {"PIN-L3", false, pins({"2", "6"}), other_pinned_to(4, true)},
            {"PIN-L3", true, pins({"4", "6"}),
             [](AuditScene& scene) {
                 scene.host.performance_cpus = {4, 5};
                 scene.host.efficient_cpus = {6, 7};
             }},
            {"PIN-SHARED", true, pins({"4", "5"}), other_pinned_to(5, true)},
            {"PIN-SHARED", true, pins({"4", "5"}), other_pinned_to(5, false)},
            {"PIN-SHARED", false, pins({"4", "5"}), other_pinned_to(6, true)},
            {"PIN-ISOLCPUS", true, pins({"4", "6"}), isolate},
            {"PIN-ISOLCPUS", true, pins({"4"}), isolate},
            {"PIN-ISOLCPUS", false, pins({"4", "5"}), isolate}};
}

} // namespace hostlease::test

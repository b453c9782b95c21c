#include "audit/cases.hpp"

namespace hostlease::test {

namespace {
std::string clock(const std::string& timers) { return "<clock offset='localtime'>" + timers + "</clock>"; }
const std::string native = "<timer name='tsc' present='yes' mode='native'/>";
const std::string invtsc = "<cpu mode='host-passthrough'><feature policy='require' name='invtsc'/></cpu>";
} // namespace

std::vector<AuditCase> clock_cases() {
    return {{"CLK-LOCALTIME", true, ""},
            {"CLK-LOCALTIME", true, "<clock offset='utc'/>"},
            {"CLK-LOCALTIME", false, clock("")},
            {"CLK-LOCALTIME", true, "<clock offset='variable' basis='utc' adjustment='0'/>"},
            {"CLK-LOCALTIME", false, "<clock offset='variable' basis='utc' adjustment='7200'/>"},
            {"CLK-LOCALTIME", false, "<clock offset='variable' basis='localtime' adjustment='0'/>"},
            {"CLK-HPET-OFF", true, clock("<timer name='hpet' present='yes'/>")},
            {"CLK-HPET-OFF", false, clock("<timer name='hpet' present='no'/>")},
            {"CLK-PIT-DELAY", true, clock("<timer name='pit' tickpolicy='catchup'/>")},
            {"CLK-PIT-DELAY", true,
             clock("<timer name='pit' tickpolicy='catchup'><catchup threshold='123'/></timer>")},
            {"CLK-PIT-DELAY", false, clock("<timer name='pit' tickpolicy='delay'/>")},
            {"CLK-RTC-CATCHUP", true, clock("")},
            {"CLK-RTC-CATCHUP", false, clock("<timer name='rtc' tickpolicy='catchup'/>")},
            {"CLK-HYPERVCLOCK", true, clock("<timer name='hypervclock' present='no'/>")},
            {"CLK-HYPERVCLOCK", false, clock("<timer name='hypervclock' present='yes'/>")},
            {"CLK-TSC-NATIVE", true, clock("")},
            {"CLK-TSC-NATIVE", true, clock(native)},
            {"CLK-TSC-NATIVE", false, clock(native) + invtsc},
            {"CLK-TSC-NATIVE", true, clock(native) + invtsc,
             [](AuditScene& scene) { scene.host.cpu_flags.erase("nonstop_tsc"); }},
            {"CLK-TIMER-PLACE", true, "<cpu mode='host-passthrough'>" + native + "</cpu>"},
            {"CLK-TIMER-PLACE", false, clock(native)}};
}

} // namespace hostlease::test

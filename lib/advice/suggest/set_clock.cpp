// The clock and its timers. The findings contain the XML of missing timers.
#include "advice/suggest/scene.hpp"

namespace hostlease {

namespace {
XmlNode* timer_of(SuggestScene& scene, std::string_view name) {
    XmlNode* clock = scene.root.find("clock");
    if (clock == nullptr) return nullptr;
    for (XmlNode* timer : clock->children("timer"))
        if (timer->attribute("name") == name) return timer;
    return nullptr;
}

/// 'variable' is an offset to UTC or to the local time; 'absolute' is a point in time. Source:
/// virDomainClockDefParse (libvirt 9.0).
void set_offset(SuggestScene& scene, const AuditFinding&) {
    XmlNode& clock = scene.root.ensure("clock");
    const auto offset = clock.attribute("offset").value_or("");
    if (offset == "variable") return clock.set_attribute("basis", "localtime");
    if (offset == "absolute")
        return scene.tell("<clock offset='absolute'> stays: each start begins at the given time, which "
                          "Windows reads as local time");
    clock.set_attribute("offset", "localtime");
}

void set_tsc(SuggestScene& scene, const AuditFinding& finding) {
    if (finding.xml.empty()) {
        if (XmlNode* timer = timer_of(scene, "tsc"); timer != nullptr) timer->parent()->remove(*timer);
    } else if (!finding.xml.starts_with("<cpu")) {
        merge_xml(scene.root, finding.xml);
    } else if (scene.sets(RuleGroup::cpu)) {
        require_invtsc(scene, finding); // a change of <cpu> belongs to the group 'cpu'
    }
}

/// libvirt accepts <catchup> only with tickpolicy='catchup'. Source: virDomainDefPostParseTimer (libvirt
/// 9.0).
void set_tick_policy(SuggestScene& scene, const AuditFinding& finding) {
    merge_xml(scene.root, finding.xml);
    if (XmlNode* timer = timer_of(scene, "pit"); timer != nullptr) timer->remove("catchup");
}

void move_timers(SuggestScene& scene, const AuditFinding&) {
    XmlNode* cpu = scene.root.find("cpu");
    for (XmlNode* timer : cpu->children("timer")) {
        if (timer_of(scene, timer->attribute("name").value_or("")) == nullptr) {
            XmlNode& moved = scene.root.ensure("clock").add("timer");
            for (const auto& name : timer->attribute_names())
                moved.set_attribute(name, *timer->attribute(name));
        }
        cpu->remove(*timer);
    }
}

constexpr Remedy remedies[] = {{"CLK-LOCALTIME", set_offset},
                               {"CLK-PIT-DELAY", set_tick_policy},
                               {"CLK-TSC-NATIVE", set_tsc},
                               {"CLK-TIMER-PLACE", move_timers}};
constexpr GroupSetter setter{
    .group = RuleGroup::clock, .by_default = true, .needs_guest = true, .remedies = remedies};
} // namespace

const GroupSetter& clock_setter() { return setter; }

} // namespace hostlease

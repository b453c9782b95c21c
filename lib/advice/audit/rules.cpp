// The list of all rules, and the symptoms that their violations can cause.
#include "advice/audit/rule.hpp"

#include "core/parse.hpp"

#include <algorithm>

namespace hostlease {

namespace {
struct Symptom {
    std::string_view name;
    std::string_view rules; // as is_named() takes them
};

// The rules whose violation can cause each symptom.
constexpr Symptom symptoms[] = {
    {"slow-boot", "HV-* CLK-*"},
    {"sluggish-ui", "VID-* HV-STIMER HV-STIMER-DIRECT"},
    {"idle-cpu", "HV-* CLK-HPET-OFF"},
    {"slow-disk", "DISK-* HOST-DISK-SCHEDULER HOST-FSTRIM PIN-IOTHREAD"},
    {"slow-share", "FS-VIRTIOFS MEM-MEMFD-SHARED"},
    {"slow-network", "NET-*"},
    {"stutter", "HV-STIMER HV-STIMER-DIRECT HV-FREQUENCIES PIN-* HOST-GOVERNOR"},
    {"multi-monitor", "VID-HEADS GFX-*"},
    {"memory-pressure", "MEM-BALLOON-OFF MEM-LIMIT MEM-PAGES-FIT MEM-CURRENT HOST-SWAPPINESS"},
    {"steal", "PIN-* CPU-SIZING"},
    {"slow-start", "MEM-PREALLOC-THREADS MEM-PAGES-FIT DEV-MACHINE"},
    {"vm-detection", "KVM-HIDDEN HV-VENDOR-ID SMBIOS-HOST CPU-HYPERVISOR-BIT"}};

std::vector<const Rule*> collect() {
    std::vector<const Rule*> list;
    for (const auto rules :
         {hyperv_rules(), feature_rules(), clock_rules(), cpu_rules(), pinning_rules(), placement_rules(),
          nearness_rules(), memory_rules(), storage_rules(), iothread_rules(), network_rules(),
          graphics_rules(), device_rules(), host_rules(), host_service_rules(), host_path_rules()})
        for (const auto& rule : rules)
            list.push_back(&rule);
    return list;
}

bool matches(std::string_view pattern, std::string_view id) {
    return pattern.ends_with('*') ? id.starts_with(pattern.substr(0, pattern.size() - 1)) : id == pattern;
}
} // namespace

std::span<const Rule* const> all_rules() {
    static const std::vector<const Rule*> list = collect();
    return list;
}

const Rule* find_rule(std::string_view id) {
    const auto list = all_rules();
    const auto found =
        std::find_if(list.begin(), list.end(), [&](const Rule* rule) { return rule->id == id; });
    return found == list.end() ? nullptr : *found;
}

std::vector<std::string_view> all_symptoms() {
    std::vector<std::string_view> names;
    for (const auto& symptom : symptoms)
        names.push_back(symptom.name);
    return names;
}

bool is_about(const Rule& rule, std::string_view symptom) {
    bool found = false;
    for (const auto& one : symptoms)
        found = found || (one.name == symptom && is_named(rule, one.rules));
    return found;
}

bool is_named(const Rule& rule, std::string_view ids) {
    bool found = false;
    split(ids, ' ', [&](std::string_view pattern) { found = found || matches(pattern, rule.id); });
    return found;
}

} // namespace hostlease

#include "model/policy.hpp"

namespace hostlease {

std::string_view to_text(Enforce enforce) {
    return enforce == Enforce::required ? "required" : "best-effort";
}

std::string_view to_text(Phase phase) {
    switch (phase) {
    case Phase::plan: return "plan";
    case Phase::prepare: return "prepare";
    case Phase::start: return "start";
    case Phase::started: return "started";
    }
    return "plan";
}

std::string Setting::plain() const {
    if (const auto* word = std::get_if<std::string>(&value)) return *word;
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    return {};
}

const Setting* Policy::find(std::string_view key) const {
    const auto found = settings.find(key);
    if (found == settings.end() || leaves(key)) return nullptr;
    return &found->second;
}

bool Policy::leaves(std::string_view key) const {
    const auto found = settings.find(key);
    if (found == settings.end()) return false;
    const auto* word = std::get_if<std::string>(&found->second.value);
    return word != nullptr && *word == "leave";
}

Enforce Policy::enforcement(std::string_view key) const {
    const auto table = key.substr(0, key.find('.'));
    if (const auto found = enforce.find(table); found != enforce.end()) return found->second;
    return table == "hugepages" ? Enforce::required : Enforce::best_effort;
}

bool Policy::leases_nothing() const {
    return (audit_ignore || !report.empty()) && extends.empty() && settings.empty() && enforce.empty() &&
           sysfs.empty() && commands.empty();
}

} // namespace hostlease

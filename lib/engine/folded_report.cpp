#include "engine/folded_report.hpp"

#include "plan/fold_targets.hpp"

namespace hostlease {

std::vector<FoldedEntry> fold_entries(const std::vector<ReportEntry>& entries) {
    std::vector<KeyedText> texts;
    texts.reserve(entries.size());
    for (const auto& entry : entries)
        texts.push_back({std::to_string(static_cast<int>(entry.severity)) + entry.knob, entry.message});
    std::vector<FoldedEntry> folded;
    for (auto& [message, members] : fold_texts(texts)) {
        const ReportEntry& first = entries[members.front()];
        auto& one = folded.emplace_back(FoldedEntry{first.severity, std::move(message), first.knob, {}});
        for (const auto member : members)
            if (!entries[member].target.empty()) one.targets.push_back(entries[member].target);
    }
    return folded;
}

} // namespace hostlease

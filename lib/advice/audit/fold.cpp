#include "advice/audit/rule.hpp"

#include <algorithm>

namespace hostlease {

namespace {
/// Findings that differ only in the name of their object.
struct Fold {
    AuditFinding finding; // the first of them
    std::vector<std::string> names;
    unsigned places = 0;

    [[nodiscard]] bool takes(const AuditFinding& other) const {
        return !finding.kind.empty() && other.kind == finding.kind && other.found == finding.found &&
               other.wanted == finding.wanted && other.severity == finding.severity;
    }
    void add(const AuditFinding& other) {
        if (std::find(names.begin(), names.end(), other.name) == names.end() || other.name.empty())
            names.push_back(other.name);
        places += other.places;
    }
    /// "disk vda" or "disks vda, vdb"; "2 network cards" if one of them has no name.
    [[nodiscard]] std::string subject() const {
        const std::string kind = names.size() == 1 ? finding.kind : finding.kind + "s";
        const bool are_named =
            std::none_of(names.begin(), names.end(), [](const auto& name) { return name.empty(); });
        if (!are_named) return names.size() == 1 ? kind : std::to_string(names.size()) + " " + kind;
        std::string text = kind;
        for (const auto& name : names)
            text += (&name == &names.front() ? " " : ", ") + name;
        return text;
    }
};
} // namespace

std::vector<AuditFinding> fold(std::vector<AuditFinding> findings) {
    std::vector<Fold> folds;
    for (auto& finding : findings) {
        auto found =
            std::find_if(folds.begin(), folds.end(), [&](const Fold& one) { return one.takes(finding); });
        if (found == folds.end()) found = folds.insert(folds.end(), {finding, {}, 0});
        found->add(finding);
    }
    std::vector<AuditFinding> list;
    for (auto& one : folds) {
        if (!one.finding.kind.empty()) one.finding.found = one.subject() + ": " + one.finding.found;
        one.finding.places = one.places;
        list.push_back(std::move(one.finding));
    }
    return list;
}

} // namespace hostlease

#include "engine/report.hpp"

#include "core/foreign_text.hpp"
#include "plan/fold_targets.hpp"

namespace hostlease {

namespace {
// A domain's XML may have a hundred thousand errors: the journal and libvirt's message cannot take all of
// them.
constexpr std::size_t most_notes = 100;
constexpr std::size_t most_reasons = 10;
constexpr std::size_t longest_note = 1000; // bytes
} // namespace

std::string to_text(const Deeds& deeds) {
    std::string text;
    const auto add = [&](std::uint64_t count, const std::string& what, const char* deed) {
        if (count == 0) return;
        text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + what + (count == 1 ? " " : "s ") +
                deed;
    };
    add(deeds.pages_added, "page", "added");
    add(deeds.pages_given_back, "page", "returned");
    add(deeds.values_set, "value", "set");
    add(deeds.values_put_back, "value", "restored");
    return text;
}

void report_failures(const std::vector<KnobFailure>& failures, Report& report) {
    for (const auto& failure : failures)
        report.add(Severity::error, failure.error.text(), failure.knob, failure.target);
}

Status first_failure(const std::vector<KnobFailure>& failures) {
    if (failures.empty()) return {};
    return tl::unexpected<Error>(failures.front().error);
}

void report_notes(const Diagnostics& notes, Report& report) {
    std::size_t count = 0;
    for (const auto& one : notes.all())
        if (one.severity != Severity::error && ++count <= most_notes)
            report.add(one.severity, shortened(one.text(), longest_note));
    if (count > most_notes)
        report.add(Severity::warning,
                   "and " + std::to_string(count - most_notes) + " more, which `hostlease plan` shows");
}

std::string refusal_text(const Diagnostics& notes) {
    Diagnostics folded;
    for (auto& one : fold_notes(notes.all()))
        folded.add(one.severity, one.position, one.message, one.hint);
    return folded.error_line(most_reasons, "hostlease plan");
}

bool is_required(const Lease& lease, const KnobFailure& failure) {
    return std::any_of(lease.claims.begin(), lease.claims.end(), [&](const Claim& claim) {
        const bool is_on =
            failure.knob.empty() ||
            (claim.knob == failure.knob && (claim.name() == failure.target || claim.is_for_every_target()));
        return claim.enforce == Enforce::required && is_on && lease.holds(claim);
    });
}

} // namespace hostlease

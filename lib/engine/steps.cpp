#include "engine/steps.hpp"

#include "core/foreign_text.hpp"
#include "engine/converge.hpp"
#include "engine/liveness.hpp"
#include "host/process.hpp"
#include "plan/fold_targets.hpp"

#include <algorithm>
#include <optional>

namespace hostlease {

namespace {
// A domain's XML may have a hundred thousand errors: the journal and libvirt's message cannot take all of
// them.
constexpr std::size_t most_notes = 100;
constexpr std::size_t most_reasons = 10;
constexpr std::size_t longest_note = 1000; // bytes

/// Calls that are let in read the ledger on disk: if it could not be written, do not let them in.
std::chrono::microseconds patience_after(const Status& written) {
    return written ? page_patience : std::chrono::microseconds{};
}

/// Removes the lease file last. A call that was let in may have made the VM a new lease, which then stays.
void drop_released(Ledger& ledger, const std::string& uuid, std::vector<KnobFailure>& failures) {
    if (const Lease* lease = ledger.content.find(uuid);
        lease != nullptr && lease->state != LeaseState::releasing)
        return;
    if (const auto dropped = ledger.drop_lease(uuid); !dropped) failures.push_back({{}, {}, dropped.error()});
}
} // namespace

Result<Ledger> open_ledger(Host& host, Report& report, Pools pools) {
    host.set_deadline((report.timing.operation.empty() ? host.now() : report.timing.began) + longest_call);
    Ledger ledger = TRY(Ledger::open(host, host.time_left(), pools));
    report.timing.lock = ledger.waited;
    for (const auto& problem : ledger.content.problems)
        report.add(Severity::error,
                   problem.text() + "; moved aside; the values recorded there are not restored");
    for (const auto& bad : ledger.content.unreadable)
        report.add(Severity::error, bad.error.text() + "; no value is restored while its VM may run");
    return ledger;
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

// by value: the caller may pass the uuid of the very lease that is removed here
// NOLINT(performance-unnecessary-value-param)
std::vector<KnobFailure> give_back(Host& host, Ledger& ledger, std::string uuid, Report& report) {
    Status written;
    if (Lease* lease = ledger.content.find(uuid); lease != nullptr) {
        lease->state = LeaseState::releasing;
        written = ledger.save_lease(*lease);
    } else {
        written = ledger.drop_lease(uuid);
    }
    if (!written) report.add(Severity::error, written.error().text());
    report.lease.clear();
    auto failures = converge(host, ledger, report, patience_after(written));
    drop_released(ledger, uuid, failures);
    return failures;
}

EndedLeases end_dead_leases(Host& host, Ledger& ledger, Judgement judgement, Report& report) {
    EndedLeases ended;
    for (auto& lease : ledger.content.leases) {
        const auto found = liveness(host, lease);
        if (found == Liveness::live || (found == Liveness::unknown && judgement == Judgement::certain))
            continue;
        report.add(Severity::note,
                   "VM '" + lease.domain + "' is gone without a release: releasing its lease");
        ended.uuids.push_back(lease.uuid);
        lease.state = LeaseState::releasing;
        if (auto saved = ledger.save_lease(lease); !saved) {
            report.add(Severity::error, saved.error().text());
            ended.written = std::move(saved);
        }
    }
    for (const auto& bad : std::vector(ledger.content.unreadable))
        if (!is_running(host, bad.uuid))
            if (const auto dropped = ledger.drop_lease(bad.uuid); !dropped)
                report.add(Severity::error, dropped.error().text());
    return ended;
}

std::vector<KnobFailure> release_dead(Host& host, Ledger& ledger, Judgement judgement, Report& report) {
    const auto ended = end_dead_leases(host, ledger, judgement, report);
    auto failures = converge(host, ledger, report, patience_after(ended.written));
    for (const auto& uuid : ended.uuids)
        drop_released(ledger, uuid, failures);
    return failures;
}

ProcessId qemu_of(Host& host, const std::string& domain) {
    return find_qemu(host, domain).value_or(std::optional<ProcessId>{}).value_or(ProcessId{});
}

} // namespace hostlease

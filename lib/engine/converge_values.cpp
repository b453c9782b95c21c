#include "engine/converge.hpp"
#include "host/facts.hpp"
#include "plan/wishes.hpp"

#include <algorithm>
#include <optional>

namespace hostlease {

namespace {
struct PendingWrite {
    std::string knob;
    std::string target;
    std::string before;
    std::string wanted;
    bool claimed = false; // false: the knob goes back to its baseline
};

class ValueConvergence {
  public:
    ValueConvergence(Host& host, Ledger& ledger, Report& report) : host_(host), ledger_(ledger), report_(report) {}

    std::vector<KnobFailure> run() {
        wishes_ = collect_wishes(ledger_.content.leases);
        std::erase_if(wishes_, [](const Wish& wish) { return wish.knob->form != KnobForm::value; });
        for (const auto& wish : wishes_)
            adopt(wish);
        for (auto& record : ledger_.content.records)
            decide(record);
        write_all();
        forget_settled();
        return std::move(failures_);
    }

  private:
    [[nodiscard]] const Wish* wish_for(const KnobRecord& record) const {
        const auto found = std::find_if(wishes_.begin(), wishes_.end(), [&](const Wish& wish) {
            return wish.knob->key == record.knob && wish.target == record.target;
        });
        return found == wishes_.end() ? nullptr : &*found;
    }

    void fail_knob(const std::string& knob, const std::string& target, Error error) {
        failures_.push_back({knob, target, std::move(error)});
    }

    /// The first claim on a target: what it reads now is the baseline.
    void adopt(const Wish& wish) {
        const std::string knob(wish.knob->key);
        if (ledger_.content.record(knob, wish.target) != nullptr) return;
        const auto text = host_.read(wish.path);
        if (!text) return fail_knob(knob, wish.target, text.error());
        const std::string value = knob_value(*text);
        ledger_.content.records.push_back({knob, wish.target, wish.path, value, value, std::nullopt});
    }

    void decide(KnobRecord& record) {
        const Knob* knob = find_knob(record.knob);
        const Wish* wish = wish_for(record);
        if (knob == nullptr || knob->form != KnobForm::value) return;
        if (wish == nullptr && !ledger_.content.unreadable.empty()) return; // its claims may be in the file we could not read
        const auto text = host_.read(record.path);
        if (!text && is_missing(text.error()) && wish == nullptr) return settle_gone(record);
        if (!text) return fail_knob(record.knob, record.target, text.error());
        const std::string current = knob_value(*text);
        const std::string wanted = wish == nullptr ? record.baseline : wish->wanted(record.baseline).value;
        if (same_value(current, wanted)) {
            record.wrote = current;
            record.intended.reset();
        } else if (record.knows(current)) {
            record.intended = wanted;
            pending_.push_back({record.knob, record.target, current, wanted, wish != nullptr});
        } else {
            report_drift(record, current, wish == nullptr);
        }
    }

    void settle_gone(KnobRecord& record) {
        report_.add(Severity::note, record.path + " is gone; nothing to put back", record.knob, record.target);
        record.wrote = record.baseline;
        record.intended.reset();
    }

    void report_drift(KnobRecord& record, const std::string& current, bool last_claim_gone) {
        report_.add(Severity::warning,
                    record.path + " is '" + current + "', neither what hostlease wrote ('" + record.wrote +
                        "') nor what it found ('" + record.baseline + "'): somebody else changed it; left alone",
                    record.knob, record.target);
        if (last_claim_gone) drifted_.push_back(record.knob + " " + record.target);
    }

    /// Claims in the order of the registry; what goes back to its baseline first, in the reverse order: one knob may limit what another
    /// takes (a governor its energy preference).
    void write_all() {
        const auto saved = ledger_.save_records();
        for (auto pending = pending_.rbegin(); pending != pending_.rend(); ++pending)
            if (!pending->claimed) write_one(record_of(*pending), *pending); // worth more than a record of it
        for (const auto& pending : pending_) {
            if (!pending.claimed) continue;
            if (saved) {
                write_one(record_of(pending), pending);
            } else {
                record_of(pending).intended.reset();
                fail_knob(pending.knob, pending.target, saved.error());
            }
        }
    }

    KnobRecord& record_of(const PendingWrite& pending) { return *ledger_.content.record(pending.knob, pending.target); }

    void write_one(KnobRecord& record, const PendingWrite& pending) {
        const auto written = host_.write(record.path, pending.wanted);
        const auto text = host_.read(record.path);
        if (!text) return fail_knob(record.knob, record.target, text.error()); // the intention stays: nobody knows
        const std::string current = knob_value(*text);
        record.wrote = current;
        record.intended.reset();
        if (!written) return fail_knob(record.knob, record.target, written.error());
        if (same_value(current, pending.wanted)) return;
        fail_knob(record.knob, record.target,
                  Error{ErrorKind::refused,
                        record.path + ": wrote '" + pending.wanted + "', and the kernel " +
                            (current == pending.before ? "kept '" : "made it '") + current + "'",
                        record.path, 0});
    }

    void forget_settled() {
        std::erase_if(ledger_.content.records, [&](const KnobRecord& record) {
            const Knob* knob = find_knob(record.knob);
            if (knob == nullptr || knob->form != KnobForm::value || wish_for(record) != nullptr) return false;
            if (!ledger_.content.unreadable.empty()) return false;
            const bool drifted = std::find(drifted_.begin(), drifted_.end(), record.knob + " " + record.target) != drifted_.end();
            return drifted || (!record.intended && same_value(record.wrote, record.baseline));
        });
        if (const auto saved = ledger_.save_records(); !saved) report_.add(Severity::error, saved.error().text());
    }

    Host& host_;
    Ledger& ledger_;
    Report& report_;
    std::vector<Wish> wishes_;
    std::vector<PendingWrite> pending_;
    std::vector<std::string> drifted_;
    std::vector<KnobFailure> failures_;
};
} // namespace

std::vector<KnobFailure> converge_values(Host& host, Ledger& ledger, Report& report) {
    return ValueConvergence(host, ledger, report).run();
}

std::vector<KnobFailure> converge(Host& host, Ledger& ledger, Report& report, std::chrono::microseconds patience) {
    auto failures = converge_values(host, ledger, report);
    auto pools = converge_pools(host, ledger, report, patience);
    failures.insert(failures.end(), std::make_move_iterator(pools.begin()), std::make_move_iterator(pools.end()));
    return failures;
}

} // namespace hostlease

// Writes what a convergence has decided, reads it back, and settles the records.
#pragma once

#include "engine/wish_list.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace hostlease {

struct PendingWrite {
    std::size_t record = 0; // its place among the ledger's records
    std::string before;
    std::string wanted;
    bool claimed = false;    // false: the knob goes back to its baseline
    std::ptrdiff_t rank = 0; // of the knob in the registry
    std::optional<std::string> intended_before = {};
};

/// What came of a write.
struct Attempt {
    bool is_given_up = false; // there was no time left
    Status written = {};      // what the host said
    Result<std::string> value = std::string{};
};

/// Writes and reads back; needs nothing of the ledger's but the record.
Attempt attempt(Host& host, const KnobRecord& record, const std::string& wanted);

/// With a copy of the record, to be tried while others have the ledger.
struct Errand {
    PendingWrite pending;
    KnobRecord record;
    Attempt attempt = {};
};

/// What goes back because a write has changed it beside its target is no change to show: it is as before.
bool is_by_itself(const KnobRecord& record, const WishList& wishes);

class ValueWriter {
  public:
    /// What goes away under its hands is added to `wishes.gone`, what fails to `failures`. All of them must
    /// outlive it.
    ValueWriter(Host& host, Ledger& ledger, Report& report, WishList& wishes,
                std::vector<KnobFailure>& failures)
        : host_(host), ledger_(ledger), report_(report), list_(wishes), failures_(failures) {}

    /// Saves the records, then writes claims in the order given, the order of the registry, and of one knob
    /// by target. What goes back to its baseline is written first, in the reverse order: one knob may limit
    /// what another takes (a cgroup the ones below it, a highest frequency the lowest). What was refused or
    /// came out otherwise for that is written once more when all the others are there, as long as that helps
    /// any of them. Without saved records no claim is written.
    void write(const std::vector<PendingWrite>& pending);

    /// The same in two halves, for what waits for other programs: saves the records and says what is to be
    /// tried, in this order; then settles what has come of one, `pending.record` being its place by now.
    std::vector<Errand> begin(const std::vector<PendingWrite>& pending);
    void conclude(const Errand& errand);

    [[nodiscard]] Change change_of(const PendingWrite& pending) const;

    /// Adds a note for each knob with targets that the kernel does not move, or not yet.
    void report_unmoved();

  private:
    enum class Outcome {
        settled,
        otherwise // refused, or made another value
    };

    std::vector<const PendingWrite*> in_order(const std::vector<PendingWrite>& list);
    void write_in(const std::vector<const PendingWrite*>& order);
    Outcome conclude_one(const PendingWrite& pending, const Attempt& result);
    void end_otherwise(const PendingWrite& pending, const Status& written);
    Outcome settle(const PendingWrite& pending, const Status& written, const std::string& value);
    void settle_unreadable(KnobRecord& record, const PendingWrite& pending, const Status& written);
    Outcome give_up(KnobRecord& record);
    void fail_or_sleep(const KnobRecord& record, const PendingWrite& pending, const Error& error);
    void fail_write(const KnobRecord& record, const PendingWrite& pending, const Status& written);
    void fail_knob(const KnobRecord& record, Error error);
    void note_change(const PendingWrite& pending, const std::string& now);
    void report_targets(const std::vector<std::size_t>& records, const std::string& what);
    KnobRecord& record_of(const PendingWrite& pending) { return ledger_.content.records[pending.record]; }

    Host& host_;
    Ledger& ledger_;
    Report& report_;
    WishList& list_;
    std::vector<KnobFailure>& failures_;
    std::vector<std::size_t> refused_;
    std::vector<std::size_t> late_; // written, and not in effect yet
};

} // namespace hostlease

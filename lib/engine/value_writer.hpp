// Writes the values that a convergence has decided, reads them back, and settles the records.
#pragma once

#include "engine/call.hpp"
#include "engine/wish_list.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace hostlease {

struct PendingWrite {
    std::size_t record = 0; // index in the ledger's records
    std::string before;
    std::string wanted;
    bool claimed = false;    // false: the knob goes back to its baseline
    std::ptrdiff_t rank = 0; // of the knob in the registry
    std::optional<std::string> intended_before = {};
};

/// The result of a write.
struct Attempt {
    bool is_given_up = false; // because no time was left
    Status written = {};      // the host's answer
    Result<std::string> value = std::string{};
};

/// Writes and reads back; uses nothing of the ledger except the record.
Attempt attempt(Host& host, const KnobRecord& record, const std::string& wanted);

/// A pending write with a copy of its record, for a try while other calls have the ledger.
struct Errand {
    PendingWrite pending;
    KnobRecord record;
    Attempt attempt = {};
};

/// False for a restore of a value beside a written target: the value is as before, not a change to show.
bool is_by_itself(const KnobRecord& record, const WishList& wishes);

class ValueWriter {
  public:
    /// Adds targets that disappear meanwhile to `wishes.gone`, and failures to `failures`. All arguments must
    /// outlive it.
    ValueWriter(Host& host, Ledger& ledger, Call& call, WishList& wishes, std::vector<KnobFailure>& failures)
        : host_(host), ledger_(ledger), call_(call), list_(wishes), failures_(failures) {}

    /// Saves the records, then writes claims in the order given: that of the registry, and for one knob by
    /// target. Restores are written first, in reverse order, because one knob may limit another (a cgroup
    /// those below it, a maximum frequency the minimum). Writes that were refused or changed for such a
    /// reason are repeated after all others, as long as any of them succeeds. If the records cannot be saved,
    /// no claim is written.
    void write(const std::vector<PendingWrite>& pending);

    /// The same in two halves for writes that wait for other programs: begin() saves the records and returns
    /// the ordered tries; conclude() settles the result of one, with its current index in `pending.record`.
    std::vector<Errand> begin(const std::vector<PendingWrite>& pending);
    void conclude(const Errand& errand);

    [[nodiscard]] Change change_of(const PendingWrite& pending) const;

    /// Adds a note for each knob with targets that the kernel does not move, or moves only later.
    void report_unmoved();

  private:
    enum class Outcome {
        settled,
        otherwise // refused, or changed by the kernel
    };

    std::vector<const PendingWrite*> in_order(const std::vector<PendingWrite>& list);
    void write_in(const std::vector<const PendingWrite*>& order);
    Outcome conclude_one(const PendingWrite& pending, const Attempt& result);
    Status try_restore(const PendingWrite& pending);
    void give_up_unreturnable(const PendingWrite& pending, const Error& error);
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
    Call& call_;
    WishList& list_;
    std::vector<KnobFailure>& failures_;
    std::vector<std::size_t> refused_;
    std::vector<std::size_t> late_; // written, but not in effect yet
};

} // namespace hostlease

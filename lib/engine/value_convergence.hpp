// One stage of converging values: writes that wait for other programs have their own stages.
#pragma once

#include "engine/form.hpp"
#include "engine/look.hpp"
#include "engine/value_writer.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hostlease {

inline TargetName name_of(const KnobRecord& record) { return {record.knob, record.target}; }

/// Whether the knob's writes wait for other programs.
bool is_waiting(const Knob& knob);

enum class Stage {
    first,     // writes that wait: claims that come before the values, and restores that come after them
    immediate, // writes that do not wait
    last       // writes that wait: the rest
};

/// What one call has done while it had the turn: failures are not tried again.
struct Turn {
    std::set<std::pair<TargetName, std::string>> tried; // with the wanted value
    std::set<TargetName> forgotten;
    std::optional<WishList> list; // of the writes that wait, if no other call was let in since
};

class ValueConvergence {
  public:
    ValueConvergence(Host& host, Ledger& ledger, Call& call, Stage stage, Turn& turn)
        : host_(host), ledger_(ledger), call_(call), stage_(stage), turn_(turn), began_(host.now()) {}

    std::vector<KnobFailure> run();

    /// Whether run() has let other calls in to wait for a program.
    [[nodiscard]] bool has_let_others_in() const { return has_let_others_in_; }

    /// What run() would write.
    std::vector<Change> rehearse();

  private:
    enum class End {
        none,
        settled,
        once_forgotten // if removing what the write left beside the target restores the value
    };

    void run_immediate();
    void run_waiting();

    [[nodiscard]] bool is_of_stage(const Knob& knob, bool is_claimed) const;
    [[nodiscard]] const Knob* knob_of(const KnobRecord& record) const;
    [[nodiscard]] bool has_work() const;
    std::vector<const Wish*> list_all();
    std::vector<const Wish*> take_list(WishList list);
    std::vector<PendingWrite> decide_all(const std::function<bool(const KnobRecord&)>& among);
    void put_on_record(KnobRecord heir);
    void fail_knob(const std::string& knob, const std::string& target, Error error);
    void warn_of_gone(const KnobRecord& record);
    void adopt(const Wish& wish, std::vector<const Wish*>* absent);
    void adopt_absent(const std::vector<const Wish*>& absent);
    /// Whether any record is kept beside this target.
    [[nodiscard]] bool has_neighbours(const TargetName& name) const;
    void adopt_neighbour(const Wish& wish, std::size_t index);
    void add(KnobRecord record);
    void add_beside(KnobRecord record);
    void look_beside();
    void leave_with_target(KnobRecord& record);
    void wake();
    void report_asleep();
    void note_value(KnobRecord& record);
    bool forgive(const TargetName& name);
    std::optional<PendingWrite> decide(std::size_t index);
    PendingWrite intend(std::size_t index, Look look);
    void take_as_written(KnobRecord& record, bool is_claimed);
    void settle_gone(KnobRecord& record, const Knob& knob);
    void report_drift(const KnobRecord& record, const std::string& current, bool last_claim_gone);
    [[nodiscard]] End end_of(const KnobRecord& record) const;
    void drop_settled();
    void note_time();

    bool has_turn();
    [[nodiscard]] std::vector<const Wish*> own_unmet(const WishList& wishes) const;
    [[nodiscard]] bool must_wait() const;
    void fail_claims(const Error& error);
    bool run_errands(std::vector<PendingWrite> list);
    bool forget_settled();

    Host& host_;
    Ledger& ledger_;
    Call& call_;
    Stage stage_;
    Turn& turn_;
    bool has_let_others_in_ = false;
    std::chrono::microseconds began_;
    WishList list_;
    std::map<TargetName, std::size_t> recorded_; // indexes of the records
    std::set<TargetName> drifted_;               // changed by other programs: their records are dropped
    std::map<TargetName, std::string> asleep_;   // messages for targets whose CPUs are offline
    std::vector<KnobFailure> failures_;
    ValueWriter writer_{host_, ledger_, call_, list_, failures_};
};

} // namespace hostlease

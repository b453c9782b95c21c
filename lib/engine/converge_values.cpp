#include "engine/converge.hpp"

#include "engine/value_convergence.hpp"

#include <iterator>

namespace hostlease {

namespace {
template <typename One>
void move_to(std::vector<One>& all, std::vector<One> part) {
    all.insert(all.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
}
} // namespace

std::vector<Change> pending_value_changes(Host& host, Ledger& ledger, Call& call) {
    std::vector<Change> changes;
    Turn turn;
    for (const auto stage : {Stage::first, Stage::immediate, Stage::last})
        move_to(changes, ValueConvergence(host, ledger, call, stage, turn).rehearse());
    return changes;
}

std::vector<KnobFailure> converge_values(Host& host, Ledger& ledger, Call& call) {
    std::vector<KnobFailure> failures;
    Turn turn;
    const auto run = [&](Stage stage) {
        ValueConvergence convergence(host, ledger, call, stage, turn);
        move_to(failures, convergence.run());
        return convergence.has_let_others_in();
    };
    run(Stage::first);
    run(Stage::immediate);
    // calls that came in while we waited have left their restores to us, in either stage
    while (run(Stage::last) && run(Stage::first)) {
    }
    ledger.end_turn();
    return failures;
}

} // namespace hostlease

#include "engine/converge.hpp"

#include "engine/value_convergence.hpp"

#include <iterator>

namespace hostlease {

namespace {
constexpr Stage stages[] = {Stage::first, Stage::immediate, Stage::last};

template <typename Of>
auto of_all_stages(Host& host, Ledger& ledger, Report& report, Of of) {
    decltype(of(std::declval<ValueConvergence&>())) all;
    for (const auto stage : stages) {
        ValueConvergence convergence(host, ledger, report, stage);
        auto part = of(convergence);
        all.insert(all.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
    }
    return all;
}
} // namespace

std::vector<Change> pending_value_changes(Host& host, Ledger& ledger, Report& report) {
    return of_all_stages(host, ledger, report, [](ValueConvergence& stage) { return stage.rehearse(); });
}

std::vector<KnobFailure> converge_values(Host& host, Ledger& ledger, Report& report) {
    auto failures = of_all_stages(host, ledger, report, [](ValueConvergence& stage) { return stage.run(); });
    ledger.end_turn();
    return failures;
}

} // namespace hostlease

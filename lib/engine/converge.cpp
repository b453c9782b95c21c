#include "engine/converge.hpp"

#include <iterator>

namespace hostlease {

std::vector<Change> pending_changes(Host& host, Ledger& ledger, Call& call) {
    auto changes = pending_value_changes(host, ledger, call);
    auto pools = pending_pool_changes(host, ledger, call);
    changes.insert(changes.end(), std::make_move_iterator(pools.begin()),
                   std::make_move_iterator(pools.end()));
    return changes;
}

std::vector<KnobFailure> converge(Host& host, Ledger& ledger, Call& call,
                                  std::chrono::microseconds patience) {
    auto failures = converge_values(host, ledger, call);
    if (ledger.content.pools.empty()) return failures;
    const bool must_shrink = patience.count() > 0 && are_pools_too_large(host, ledger);
    auto locked = ledger.lock_pools(must_shrink ? host.time_left() : std::chrono::microseconds{});
    if (locked) locked = wait_for_pages(host, ledger, patience);
    call.timing.lock = ledger.waited;
    if (!locked && must_shrink) failures.push_back({{}, {}, std::move(locked).error()});
    if (!locked) return failures; // another call is changing the pools, and will check all of them
    auto pools = converge_pools(host, ledger, call);
    failures.insert(failures.end(), std::make_move_iterator(pools.begin()),
                    std::make_move_iterator(pools.end()));
    return failures;
}

} // namespace hostlease

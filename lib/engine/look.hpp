// A look at one target on record: its wanted value, its current value, and its standing.
#pragma once

#include "core/cpu_set.hpp"
#include "engine/wish_list.hpp"
#include "plan/standing.hpp"

#include <optional>
#include <string>

namespace hostlease {

struct Look {
    const Wish* wish = nullptr; // from the list that was used
    std::string wanted;         // the baseline if no lease claims the target
    Standing standing = Standing::as_wanted;
    std::optional<std::string> value; // none if it was not read, or could not be read
    Error error;                      // of the read, if it failed
    CpuSet sleeping;                  // the offline CPUs, for Standing::asleep
};

/// The target's current value, or the value that the list has just read: nothing was written since.
Result<std::string> read_now(Host& host, const KnobRecord& record, const WishList& list);

/// Looks at a target of a knob of this version, but not at a pool. `list` must be from the same ledger.
Look look_at(Host& host, const LedgerContent& ledger, const KnobRecord& record, const WishList& list);

} // namespace hostlease

// One look at a target on record: what is wanted of it, what it reads, and where it stands.
#pragma once

#include "core/cpu_set.hpp"
#include "engine/wish_list.hpp"
#include "plan/standing.hpp"

#include <optional>
#include <string>

namespace hostlease {

struct Look {
    const Wish* wish = nullptr; // of the list that was looked by
    std::string wanted;         // the baseline where no lease asks for it
    Standing standing = Standing::as_wanted;
    std::optional<std::string> value; // none where it was not, or could not be, read
    Error error;                      // of the reading, where there was one
    CpuSet sleeping;                  // Standing::asleep: the CPUs that are offline
};

/// What the target reads now, or what the list has just read: nothing was written since.
Result<std::string> read_now(Host& host, const KnobRecord& record, const WishList& list);

/// Looks at a target of a knob of this version that is not a pool. `list` is of the same ledger.
Look look_at(Host& host, const LedgerContent& ledger, const KnobRecord& record, const WishList& list);

} // namespace hostlease

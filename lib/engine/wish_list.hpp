// The wishes of all leases as they stand for the targets there are on the host.
#pragma once

#include "engine/report.hpp"
#include "host/host.hpp"
#include "ledger/ledger.hpp"
#include "plan/wishes.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hostlease {

struct WishList {
    // in the order of the registry, within a knob by target
    std::vector<Wish> wishes;
    std::set<TargetName> gone;               // on record, and not on the host any more
    std::map<TargetName, std::string> found; // what targets that are not on record read
    /// Records to be made, in place of others of the same path: targets that began with a leased value.
    std::vector<KnobRecord> heirs;
    // knobs whose targets could not be listed: nothing of theirs is touched now
    std::set<std::string> unknowable;
    std::vector<KnobFailure> failures;
    std::vector<ReportEntry> warnings; // of claims that are not required and have nothing to act on

    [[nodiscard]] const Wish* find(const KnobRecord& record) const;
    /// What the target should have now; its baseline, as far as the host can have that, where nobody asks.
    [[nodiscard]] std::string wanted(Host& host, const KnobRecord& record) const;

    /// Whether anything is wanted of a target that the record is kept beside.
    [[nodiscard]] bool holds_beside(const KnobRecord& record) const;

    std::map<TargetName, std::size_t> index;
    CpuRoom room;
};

/// A wish for every target becomes one for each target that is on record or would change by it. Records of
/// other knobs than `among` are as if they were not there. Points into `ledger`.
WishList list_wishes(Host& host, const LedgerContent& ledger, KnobFilter among = any_knob);

} // namespace hostlease

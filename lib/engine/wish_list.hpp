// The wanted values of all leases, resolved to the targets that exist on the host.
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
    // in the registry's order, and for each knob by target
    std::vector<Wish> wishes;
    std::set<TargetName> gone;               // on record, but no longer on the host
    std::map<TargetName, std::string> found; // values read from targets that are not on record
    /// Records to create, in place of others of the same path: targets that started with a leased value.
    std::vector<KnobRecord> heirs;
    // knobs whose targets could not be listed: their targets are not changed now
    std::set<std::string> unknowable;
    std::vector<KnobFailure> failures;
    std::vector<ReportEntry> warnings; // of optional claims that have no target

    [[nodiscard]] const Wish* find(const KnobRecord& record) const;
    /// The wanted value of the target; without a claim, its baseline as far as the host allows it.
    [[nodiscard]] std::string wanted(Host& host, const KnobRecord& record) const;

    /// Whether any target that the record is kept beside has a wish.
    [[nodiscard]] bool holds_beside(const KnobRecord& record) const;

    std::map<TargetName, std::size_t> index;
    CpuRoom room;
};

/// Expands a wish for every target to each target that is on record or would be changed. Ignores records of
/// knobs other than `among`. Points into `ledger`.
WishList list_wishes(Host& host, const LedgerContent& ledger, KnobFilter among = any_knob);

} // namespace hostlease

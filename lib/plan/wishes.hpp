// What all leases together want of each knob target.
#pragma once

#include "knobs/knob.hpp"
#include "model/lease.hpp"

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace hostlease {

/// The claims in force on one target, oldest lease first.
struct Wish {
    const Knob* knob = nullptr;
    std::string target;
    std::string path;
    std::span<const Claim* const> claims;
    std::span<const Lease* const> holders; // of the claims, in the same order

    /// What copies of a wish share, as thousands of targets may be wanted by the same hundreds of claims:
    /// these, and what was combined before, so that each baseline is combined once.
    struct Shared {
        std::vector<const Claim*> claims;
        std::vector<const Lease*> holders;
        std::map<std::pair<CombineFunction, std::string>, Combined, std::less<>> known;
    };
    std::shared_ptr<Shared> shared;

    [[nodiscard]] bool is_for_every_target() const { return target == every_target; }

    /// combine(baseline, claims): the value the target should have.
    [[nodiscard]] Combined wanted(std::string_view baseline) const;

    /// Whether others have chosen a value that is as good as the wanted one.
    [[nodiscard]] bool is_served(const KnobRecord& record, std::string_view found) const;
};

/// The CPUs that a set of CPUs may name now.
struct CpuRoom {
    CpuSet online; // empty: not known
    // in partitions of the first level, which a cgroup beside them breaks when it names their CPUs
    CpuSet taken;
};

/// What a target should have on the host as it is: combine(baseline, claims), the baseline where nobody asks.
/// Of a knob that leaves CPUs to the host, at least one of them is online: else what the claims leave,
/// whatever the baseline was, and the baseline where that is nothing.
Combined wanted_now(const Knob& knob, const Wish* wish, std::string_view baseline, const CpuRoom& room);

using KnobFilter = bool (*)(const Knob& knob);
inline bool any_knob(const Knob&) { return true; }

/// The wishes of `leases` for knobs `among` all (oldest first), their claims by age, in the order of the knob
/// registry. Claims of leases that are releasing, of later phases than the lease has reached, without a path,
/// still open, on pools, of leases that are not prepared yet, or on knobs this version does not know are left
/// out. A wish for every target comes as one. `last`, if given, is one more lease, after these. Points into
/// them.
std::vector<Wish> collect_wishes(std::span<const Lease> leases, KnobFilter among = any_knob,
                                 const Lease* last = nullptr);

/// Why a claim on every target does nothing where there is none: `paths` is the glob of their files.
std::string nothing_to_act_on(const std::string& knob, const std::string& paths);

/// The pages that the claims of `leases` add to each pool, from the moment a lease is written down until it
/// is releasing.
std::map<PoolId, std::uint64_t> claimed_pages(std::span<const Lease> leases);

} // namespace hostlease

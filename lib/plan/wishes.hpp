// Collects the claims of all leases on each target.
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
    std::span<const Lease* const> holders; // leases of the claims, in the same order

    /// Shared by all copies of a wish, because thousands of targets may have the same hundreds of claims: the
    /// claims, and earlier results, so that each baseline is combined once.
    struct Shared {
        std::vector<const Claim*> claims;
        std::vector<const Lease*> holders;
        std::map<std::pair<CombineFunction, std::string>, Combined, std::less<>> known;
    };
    std::shared_ptr<Shared> shared;

    [[nodiscard]] bool is_for_every_target() const { return target == every_target; }

    /// combine(baseline, claims): the wanted value of the target.
    [[nodiscard]] Combined wanted(std::string_view baseline) const;

    /// Whether others have chosen a value that is as good as the wanted one.
    [[nodiscard]] bool is_served(const KnobRecord& record, std::string_view found) const;
};

/// The CPUs that a CPU list may name now.
struct CpuRoom {
    CpuSet online; // empty if not known
    // in partitions of the first level, which a neighbouring cgroup breaks if it names their CPUs
    CpuSet taken;
};

/// The wanted value of a target on the current host: combine(baseline, claims), or the baseline without
/// claims. A knob that leaves CPUs to the host always gets an online CPU: if the result has none, the CPUs
/// that the claims leave, whatever the baseline was; if that has none either, the baseline.
Combined wanted_now(const Knob& knob, const Wish* wish, std::string_view baseline, const CpuRoom& room);

using KnobFilter = bool (*)(const Knob& knob);
inline bool any_knob(const Knob&) { return true; }

/// The wishes of `leases` (oldest first) for the knobs `among`, their claims by age, in registry order. Omits
/// claims of leases that are releasing or not prepared yet, claims of phases that the lease has not reached,
/// claims without a path, open claims, claims on pools, and claims on knobs that this version does not know.
/// A wish for every target is one element. `last`, if given, is one more lease after these. Points into the
/// leases.
std::vector<Wish> collect_wishes(std::span<const Lease> leases, KnobFilter among = any_knob,
                                 const Lease* last = nullptr);

/// The message that a claim on every target has no target: `paths` is the glob of their files.
std::string nothing_to_act_on(const std::string& knob, const std::string& paths);

/// The pages that the claims of `leases` add to each pool, from the time a lease is saved until it is
/// releasing.
std::map<PoolId, std::uint64_t> claimed_pages(std::span<const Lease> leases);

} // namespace hostlease

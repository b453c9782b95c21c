// How claims of several leases on one target become one value.
#pragma once

#include "knobs/knob.hpp"

namespace hostlease {

/// The sum of the baseline and all claims.
Combined combine_sum(std::string_view baseline, std::span<const std::string> claims);

/// The oldest claim wins; a different later claim has no effect.
Combined combine_must_agree(std::string_view baseline, std::span<const std::string> claims);

/// Uses combine_must_agree().
inline constexpr Combine oldest_stays{
    combine_must_agree, "the oldest VM's value stays; a different one of a younger VM is a conflict"};
/// For targets that two VMs never share.
inline constexpr Combine each_its_own{combine_must_agree, "each VM has its own"};

/// `word` wins if any claim asks for it; otherwise the oldest claim wins.
Combined combine_word_wins(std::string_view word, std::span<const std::string> claims);

/// "0" wins if any claim asks for it; otherwise the oldest claim wins.
Combined combine_off_wins(std::string_view baseline, std::span<const std::string> claims);
inline constexpr Combine off_wins{combine_off_wins, "off as long as any VM asks for that"};

/// The claim that comes first in `ranking` wins; words that are not in it come last, the oldest first.
Combined combine_by_rank(std::span<const std::string_view> ranking, std::span<const std::string> claims);

/// The claim with the smallest `measure` wins; of equal ones, the oldest.
Combined combine_least(std::int64_t (*measure)(const std::string& claim),
                       std::span<const std::string> claims);

/// For lists of CPUs outside the VMs': the intersection of the baseline and all claims; if that is empty, the
/// intersection of the claims. An empty baseline means no limit. A claim is outranked if it and the older
/// claims together would leave the host no CPU.
Combined combine_cpus_left(std::string_view baseline, std::span<const std::string> claims);

/// Uses combine_cpus_left().
inline constexpr Combine cpus_left{combine_cpus_left, "the earlier value without the CPUs of each VM"};

/// Marks the CPUs of a cgroup without a list of its own on a host with isolcpus=: its tasks inherited these
/// CPUs, and no cgroup enforces them. Example: "0-5 (isolcpus)"
inline constexpr std::string_view inherited_mark = " (isolcpus)";
/// Marks a cgroup's own list of CPUs that equals the CPUs it would have without one. Example: "0-7 (set)"
inline constexpr std::string_view set_mark = " (set)";
/// The list without either mark.
std::string_view without_mark(std::string_view cpus);

/// For CPU lists: the union of the baseline and all claims.
Combined combine_cpu_union(std::string_view baseline, std::span<const std::string> claims);

/// For CPU lists: whether `found` is not empty and all its CPUs are in `wanted`.
bool serves_within(std::string_view found, std::string_view wanted);
/// The same check for a written value.
bool becomes_within(std::string_view wrote, std::string_view found);

} // namespace hostlease

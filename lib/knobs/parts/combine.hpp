// How claims of several leases on one target become one value.
#pragma once

#include "knobs/knob.hpp"

namespace hostlease {

/// baseline + all claims.
Combined combine_sum(std::string_view baseline, std::span<const std::string> claims);

/// The oldest claim stays; a different later one does not get its way.
Combined combine_must_agree(std::string_view baseline, std::span<const std::string> claims);

/// By combine_must_agree().
inline constexpr Combine oldest_stays{
    combine_must_agree, "the oldest VM's value stays; a different one of a younger VM is a conflict"};
/// Of targets that no two VMs have in common.
inline constexpr Combine each_its_own{combine_must_agree, "each VM has its own"};

/// `word` wins when anybody asks for it; else the oldest claim.
Combined combine_word_wins(std::string_view word, std::span<const std::string> claims);

/// "0" wins when anybody asks for it; else the oldest claim.
Combined combine_off_wins(std::string_view baseline, std::span<const std::string> claims);
inline constexpr Combine off_wins{combine_off_wins, "off as long as any VM asks for that"};

/// The claim that stands first in `ranking` wins; words that are not in it come last, the oldest first.
Combined combine_by_rank(std::span<const std::string_view> ranking, std::span<const std::string> claims);

/// The claim with the smallest `measure` wins; of equal ones the oldest.
Combined combine_least(std::int64_t (*measure)(const std::string& claim),
                       std::span<const std::string> claims);

/// For CPU lists that leave room for VMs: what is in the baseline and in every claim; when that is nothing,
/// what is in every claim. An empty baseline is no limit. A claim that would leave the host nothing beside
/// the older ones is outranked by them.
Combined combine_cpus_left(std::string_view baseline, std::span<const std::string> claims);

/// By combine_cpus_left().
inline constexpr Combine cpus_left{combine_cpus_left, "the earlier value without the CPUs of each VM"};

/// Marks the CPUs of a cgroup that has none set on a host with isolcpus=: its tasks keep to them by what they
/// have inherited, and no cgroup sees to it. "0-5 (isolcpus)"
inline constexpr std::string_view inherited_mark = " (isolcpus)";
/// Marks the CPUs of a cgroup whose list of CPUs names all that it would have without one. "0-7 (set)"
inline constexpr std::string_view set_mark = " (set)";
/// The list without either mark.
std::string_view without_mark(std::string_view cpus);

/// For CPU lists: the baseline and all claims together.
Combined combine_cpu_union(std::string_view baseline, std::span<const std::string> claims);

/// For CPU lists: whether `found` has CPUs, and none that is not in `wanted`.
bool serves_within(std::string_view found, std::string_view wanted);
/// The same, of what was written.
bool becomes_within(std::string_view wrote, std::string_view found);

} // namespace hostlease

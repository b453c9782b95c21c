// Reports that are kept in a folder: their names, and which of them expire.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

inline constexpr std::size_t kept_of_one_vm = 30;
inline constexpr std::int64_t kept_seconds = std::int64_t{90} * 24 * 3600;

/// "win11-20261121T093000Z.json", the time in UTC. A slash in the name becomes "_".
std::string kept_name(std::string_view vm, std::int64_t taken);

/// The names of expired reports, by VM and time. A report expires if kept_of_one_vm newer reports of its VM
/// exist, or if it was taken more than kept_seconds before `now`. Other files are never listed.
std::vector<std::string> outdated_reports(std::span<const std::string> names, std::int64_t now);

} // namespace hostlease

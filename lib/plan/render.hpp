// Plans as people and programs read them.
#pragma once

#include "model/plan.hpp"
#include "text/value.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

namespace hostlease {

/// The pools and changes as aligned text, notes left out, without control characters but line ends. Changes
/// of which all is the same but their targets are one row (see fold_targets), and no line has more than 120
/// columns unless a value or a name is long.
std::string render_text(const Plan& plan);

/// "huge pages: 3.2 GiB of 16 GiB, 1.1 GiB/s, 12 s left", of bytes. The rate is
/// that of the bytes gained in the time elapsed; it and what is left are told only once there is one.
std::string render_progress(std::uint64_t done, std::uint64_t total, std::uint64_t gained,
                            std::chrono::microseconds elapsed);

/// Changes of no one plan: "nothing to change" or aligned text, as above.
std::string render_text(std::span<const Change> changes);

/// The same as rows for JSON.
ValueArray change_rows(std::span<const Change> changes);

/// {"domain","uuid","policy","changes":[...],"pools":[...],"warnings":[...],"errors":[...]}; notes are
/// strings.
std::string render_json(const Plan& plan);

} // namespace hostlease

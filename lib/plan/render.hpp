// Plans as text for people and as JSON for programs.
#pragma once

#include "model/plan.hpp"
#include "text/value.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

namespace hostlease {

/// The pools and changes as aligned text, without notes, and without control characters except line ends.
/// Changes that differ only in their targets are one row (see fold_targets), and no line has more than 120
/// columns unless a value or a name is long.
std::string render_text(const Plan& plan);

/// "huge pages: 3.2 GiB of 16 GiB, 1.1 GiB/s, 12 s left", from numbers of bytes. The rate is the bytes gained
/// per elapsed time; the rate and the remaining time appear once the rate is known.
std::string render_progress(std::uint64_t done, std::uint64_t total, std::uint64_t gained,
                            std::chrono::microseconds elapsed);

/// Changes that belong to no single plan: "nothing to change", or aligned text as above.
std::string render_text(std::span<const Change> changes);

/// The same changes as rows for JSON.
ValueArray change_rows(std::span<const Change> changes);

/// {"domain","uuid","policy","changes":[...],"pools":[...],"warnings":[...],"errors":[...]}; notes are
/// strings.
std::string render_json(const Plan& plan);

} // namespace hostlease

// The figures of a report held against targets.
#pragma once

#include "core/known.hpp"
#include "model/policy.hpp"
#include "report/figures.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace hostlease {

enum class Grade { pass, acceptable, fail };

struct TargetResult {
    const TargetSpec* spec = nullptr;
    std::int64_t target = 0;
    std::int64_t acceptable = 0;
    bool is_set = false; // by the policy
    Known<double> value; // in the target's unit

    /// nullopt where nothing was measured.
    [[nodiscard]] std::optional<Grade> grade() const;
};

/// "PASS", "acceptable", "FAIL"
std::string_view to_text(Grade grade);

/// What the guest is, as far as targets need it.
struct GuestSize {
    std::optional<std::uint64_t> vcpus;
    std::optional<std::uint64_t> memory; // bytes
};

/// One for each target, in their order. `policy` may be nullptr: the guides' own values.
std::vector<TargetResult> judge_targets(std::span<const Figure> figures, const GuestSize& guest, const Policy* policy);

/// Targets of the policy's own that were missed: only these make a report fail, since a guest need not be idle.
std::size_t count_missed(std::span<const TargetResult> targets);

} // namespace hostlease

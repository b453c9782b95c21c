// Compares the figures of a report with targets.
#pragma once

#include "advice/report/figures.hpp"
#include "core/known.hpp"
#include "model/policy.hpp"

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

    /// nullopt if nothing was measured.
    [[nodiscard]] std::optional<Grade> grade() const;
};

/// "PASS", "acceptable", "FAIL"
std::string_view to_text(Grade grade);

struct GuestSize {
    std::optional<std::uint64_t> vcpus;
    std::optional<std::uint64_t> memory; // bytes
};

/// One result for each of report_targets, in their order. The policy's values replace those of
/// report_targets.
std::vector<TargetResult> judge_targets(std::span<const Figure> figures, const GuestSize& guest,
                                        const Policy* policy);

/// The number of missed targets that the policy sets. Only these make a report fail, because a guest need not
/// be idle.
std::size_t count_missed(std::span<const TargetResult> targets);

} // namespace hostlease

// Knobs that are one file with one value: their own file holds data alone.
#pragma once

#include "knobs/knob.hpp"

#include <span>
#include <string_view>
#include <utility>

namespace hostlease {

/// A word of the policy and what the kernel calls it.
using KernelWord = std::pair<std::string_view, std::string_view>;

struct SingleFile {
    KeySpec key;
    std::string_view baseline_text; // as the knob's
    std::string_view path;
    Combine combine;
    std::string_view source;
    std::span<const KernelWord> words = {}; // a word that is not here goes to the kernel as it is
    std::vector<Neighbour> (*neighbours)(const KnobRecord& record) = nullptr;
    std::string_view (*state_of)(std::string_view found) = nullptr; // as the knob's
};

/// Claims the file with the setting of its key; nothing when the policy has none.
void plan_single_file(const PlanInput& input, KnobPlan& plan, const SingleFile& file);

template <const SingleFile& file>
struct SingleFileKnob {
    static constexpr KeySpec keys[] = {file.key};
    static constexpr std::string_view paths[] = {file.path};
    static void plan(const PlanInput& input, KnobPlan& plan) { plan_single_file(input, plan, file); }

    static constexpr Knob knob{.key = file.key.key,
                               .keys = keys,
                               .phase = Phase::start,
                               .form = KnobForm::value,
                               .combine = file.combine,
                               .paths = paths,
                               .source = file.source,
                               .plan = plan,
                               .baseline_text = file.baseline_text,
                               .state_of = file.state_of,
                               .neighbours = file.neighbours};
};

} // namespace hostlease

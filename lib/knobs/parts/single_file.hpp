// Knobs that are one file with one value: their own source file contains only data.
#pragma once

#include "knobs/knob.hpp"

#include <span>
#include <string_view>
#include <utility>

namespace hostlease {

/// A word of the policy and the kernel's word for it.
using KernelWord = std::pair<std::string_view, std::string_view>;

struct SingleFile {
    KeySpec key;
    std::string_view baseline_text; // see Knob
    std::string_view path;
    Combine combine;
    std::string_view source;
    std::span<const KernelWord> words = {}; // other words go to the kernel unchanged
    std::vector<Neighbour> (*neighbours)(const KnobRecord& record) = nullptr;
    std::string_view (*state_of)(std::string_view found) = nullptr; // see Knob
};

/// Claims the file with the value of its key; nothing if the policy has no such setting.
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

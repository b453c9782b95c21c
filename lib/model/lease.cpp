#include "model/lease.hpp"

#include "core/parse.hpp"

#include <array>
#include <utility>

namespace hostlease {

namespace {
constexpr std::array<std::pair<LeaseState, std::string_view>, 6> state_words{{{LeaseState::preparing, "preparing"},
                                                                              {LeaseState::prepared, "prepared"},
                                                                              {LeaseState::starting, "starting"},
                                                                              {LeaseState::running, "running"},
                                                                              {LeaseState::ending, "ending"},
                                                                              {LeaseState::releasing, "releasing"}}};

std::optional<std::int64_t> number_of(std::string_view text) {
    if (text == "Y" || text == "y") return 1;
    if (text == "N" || text == "n") return 0;
    if (text.starts_with("0x")) return parse_integer<std::int64_t>(text.substr(2), 16);
    return parse_integer<std::int64_t>(text);
}
} // namespace

std::string_view to_text(LeaseState state) {
    for (const auto& [value, word] : state_words)
        if (value == state) return word;
    return "preparing";
}

std::optional<LeaseState> lease_state(std::string_view text) {
    for (const auto& [value, word] : state_words)
        if (word == text) return value;
    return std::nullopt;
}

bool Lease::holds(Phase phase) const {
    if (state == LeaseState::releasing) return false;
    if (phase <= Phase::prepare) return true;
    if (phase == Phase::start) return state >= LeaseState::starting;
    return state >= LeaseState::running;
}

bool same_value(std::string_view left, std::string_view right) {
    if (left == right) return true;
    const auto left_number = number_of(left);
    const auto right_number = number_of(right);
    return left_number && left_number == right_number;
}

bool KnobRecord::knows(std::string_view current) const {
    return intended.has_value() || same_value(current, wrote) || same_value(current, baseline);
}

} // namespace hostlease

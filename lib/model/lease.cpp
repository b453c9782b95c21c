#include "model/lease.hpp"

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

} // namespace hostlease

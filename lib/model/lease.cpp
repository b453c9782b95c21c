#include "model/lease.hpp"

#include <algorithm>
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

constexpr std::array<std::pair<Condition, std::string_view>, 4> condition_words{
    {{Condition::always, "always"},
     {Condition::unless_partitioned, "unless-partitioned"},
     {Condition::partition, "partition"},
     {Condition::fallback, "fallback"}}};

constexpr std::array<std::pair<Isolation, std::string_view>, 4> isolation_words{{{Isolation::undecided, "undecided"},
                                                                                 {Isolation::partitioned, "partitioned"},
                                                                                 {Isolation::fallen_back, "fallen-back"},
                                                                                 {Isolation::retrying, "retrying"}}};

template <typename Rows, typename Value>
std::string_view word_of(const Rows& rows, Value wanted) {
    for (const auto& [value, word] : rows)
        if (value == wanted) return word;
    return rows.front().second;
}

template <typename Rows>
auto value_of(const Rows& rows, std::string_view text) -> std::optional<decltype(rows.front().first)> {
    for (const auto& [value, word] : rows)
        if (word == text) return value;
    return std::nullopt;
}
} // namespace

std::string_view to_text(LeaseState state) { return word_of(state_words, state); }
std::optional<LeaseState> lease_state(std::string_view text) { return value_of(state_words, text); }
std::string_view to_text(Condition condition) { return word_of(condition_words, condition); }
std::optional<Condition> parse_condition(std::string_view text) { return value_of(condition_words, text); }
std::string_view to_text(Isolation isolation) { return word_of(isolation_words, isolation); }
std::optional<Isolation> parse_isolation(std::string_view text) { return value_of(isolation_words, text); }

bool Lease::note(const Timing& timing) {
    const auto known =
        std::find_if(timings.begin(), timings.end(), [&](const Timing& one) { return one.operation == timing.operation; });
    if (known == timings.end()) {
        timings.push_back(timing);
        return true;
    }
    if (std::pair(known->began, known->total) >= std::pair(timing.began, timing.total)) return false;
    *known = timing;
    return true;
}

const Timing* Lease::timing(std::string_view operation) const {
    const auto known =
        std::find_if(timings.begin(), timings.end(), [&](const Timing& one) { return one.operation == operation; });
    return known == timings.end() ? nullptr : &*known;
}

bool Lease::holds(const Claim& claim) const {
    if (state == LeaseState::releasing) return false;
    if (claim.phase == Phase::start && state < LeaseState::starting) return false;
    if (claim.phase == Phase::started && state < LeaseState::running) return false;
    switch (claim.condition) {
    case Condition::always: return true;
    case Condition::unless_partitioned: return isolation != Isolation::partitioned;
    case Condition::partition: return isolation != Isolation::fallen_back && state != LeaseState::ending; // they went with QEMU
    case Condition::fallback: return isolation == Isolation::fallen_back || isolation == Isolation::retrying;
    }
    return true;
}

bool KnobRecord::knows(std::string_view current) const {
    // a partition that the kernel has broken ("isolated invalid (...)") is still the one that was made
    const bool broken = !wrote.empty() && current.starts_with(wrote + " invalid");
    return intended.has_value() || broken || same_value(current, wrote) || same_value(current, baseline);
}

} // namespace hostlease

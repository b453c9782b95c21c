#include "model/lease.hpp"

#include "core/parse.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hostlease {

namespace {
constexpr std::array<std::pair<LeaseState, std::string_view>, 6> state_words{
    {{LeaseState::preparing, "preparing"},
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

constexpr std::array<std::pair<Isolation, std::string_view>, 4> isolation_words{
    {{Isolation::undecided, "undecided"},
     {Isolation::partitioned, "partitioned"},
     {Isolation::fallen_back, "fallen-back"},
     {Isolation::retrying, "retrying"}}};

constexpr std::array<std::pair<LimitKind, std::string_view>, 8> limit_words{
    {{LimitKind::pinned, "pinned"},
     {LimitKind::helpers, "helpers"},
     {LimitKind::isolated, "isolated"},
     {LimitKind::housekeeping_cores, "housekeeping cores"},
     {LimitKind::host_free_min, "host"},
     {LimitKind::idle, "idle"},
     {LimitKind::nodes, "nodes"},
     {LimitKind::memory, "memory"}}};

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

std::string_view to_text(LimitKind kind) { return word_of(limit_words, kind); }
std::optional<LimitKind> parse_limit(std::string_view text) { return value_of(limit_words, text); }

std::string Claim::name() const {
    if (const auto* file = std::get_if<FileTarget>(&target)) return file->name;
    if (const auto* open = std::get_if<AwaitsQemu>(&target)) return open->name;
    if (const auto* limit = std::get_if<Limit>(&target)) return std::string(to_text(limit->kind));
    return std::string(every_target);
}

std::string Claim::path() const {
    if (const auto* file = std::get_if<FileTarget>(&target)) return file->path;
    if (const auto* open = std::get_if<AwaitsQemu>(&target)) return open->paths;
    if (const auto* every = std::get_if<EveryTarget>(&target)) return every->paths;
    return {};
}

std::optional<PoolId> Claim::pool() const {
    const auto* file = knob == pool_knob ? std::get_if<FileTarget>(&target) : nullptr;
    return file == nullptr ? std::nullopt : parse_pool_id(file->name);
}

std::uint64_t Claim::pages() const { return parse_integer<std::uint64_t>(value).value_or(0); }

bool Lease::note(const Timing& timing) {
    const auto known = std::find_if(timings.begin(), timings.end(),
                                    [&](const Timing& one) { return one.operation == timing.operation; });
    if (known == timings.end()) {
        timings.push_back(timing);
        return true;
    }
    if (std::pair(known->began, known->total) >= std::pair(timing.began, timing.total)) return false;
    *known = timing;
    return true;
}

const Timing* Lease::timing(std::string_view operation) const {
    const auto known = std::find_if(timings.begin(), timings.end(),
                                    [&](const Timing& one) { return one.operation == operation; });
    return known == timings.end() ? nullptr : &*known;
}

const Claim* Lease::limit(LimitKind kind) const {
    const auto found = std::find_if(claims.begin(), claims.end(), [&](const Claim& claim) {
        return claim.target == ClaimTarget(Limit{kind});
    });
    return found == claims.end() ? nullptr : &*found;
}

CpuSet Lease::limit_cpus(LimitKind kind) const {
    const Claim* claim = limit(kind);
    return claim == nullptr ? CpuSet{} : parse_cpu_list(claim->value).value_or(CpuSet{});
}

bool Lease::holds(const Claim& claim) const {
    if (state == LeaseState::releasing) return false;
    if (claim.phase == Phase::start && state < LeaseState::starting) return false;
    if (claim.phase == Phase::started && state < LeaseState::running) return false;
    switch (claim.condition) {
    case Condition::always: return true;
    case Condition::unless_partitioned: return isolation != Isolation::partitioned;
    // the partitions ended with QEMU
    case Condition::partition: return isolation != Isolation::fallen_back && state != LeaseState::ending;
    case Condition::fallback: return isolation == Isolation::fallen_back || isolation == Isolation::retrying;
    }
    return true;
}

bool KnobRecord::knows(std::string_view current) const {
    // a partition that the kernel has invalidated ("isolated invalid (...)") is still the written one
    const bool broken = !wrote.empty() && current.starts_with(wrote + " invalid");
    return intended.has_value() || broken || same_value(current, wrote) || same_value(current, baseline);
}

} // namespace hostlease

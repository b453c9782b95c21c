#include "engine/operations.hpp"

#include "engine/converge.hpp"
#include "engine/ending.hpp"
#include "engine/grow.hpp"
#include "engine/isolation.hpp"
#include "engine/liveness.hpp"
#include "engine/running.hpp"
#include "engine/survey.hpp"
#include "host/process.hpp"
#include "knobs/knob.hpp"
#include "knobs/parts/placed.hpp"
#include "ledger/ledger.hpp"

#include <algorithm>
#include <optional>

namespace hostlease {

namespace {
using namespace std::chrono_literals;

/// Rounds of planning before prepare gives up; only a host with more nodes would need more.
constexpr int most_rounds = 16;

Lease make_lease(Host& host, const Plan& plan, const ProcessId& daemon) {
    Lease lease;
    lease.uuid = plan.uuid;
    lease.domain = plan.domain;
    lease.policy = plan.policy;
    lease.policy_file = plan.policy_file;
    lease.since = host.wall_clock();
    lease.order = host.now().count();
    lease.daemon = daemon;
    lease.claims = plan.claims;
    lease.promises = plan.promises;
    return lease;
}

GrowOptions grow_options(const Policy& policy) {
    return {.deadline = policy.get<std::chrono::microseconds>("hugepages.deadline", 20s),
            .compact = policy.get("hugepages.compact", true),
            .drop_caches = policy.get("hugepages.drop_caches", false)};
}

/// A VM that requests no pages does not wait for another whose pools the kernel is still growing.
Pools pools_for(const Domain& domain, const Policy& policy) {
    const bool may_need_pages = domain.backing.hugepages || !domain.memory_devices.empty();
    return may_need_pages && !policy.leaves("hugepages.reserve") ? Pools::locked : Pools::if_free;
}

Status refusal(const Diagnostics& notes, const ShortPools& tried) {
    std::string text = refusal_text(notes);
    for (const auto& [id, shortfall] : tried)
        if (shortfall.error) text += "; " + shortfall.error->text();
    return fail(ErrorKind::refused, std::move(text));
}

/// Tries a plan: saves the lease and grows its pools. Returns the pools that stayed short; if there are any,
/// everything is given back.
Result<ShortPools> try_plan(Host& host, Ledger& ledger, const Lease& lease, const GrowOptions& options,
                            Call& call) {
    TRY_VOID(ledger.save_lease(lease));
    if (std::any_of(lease.claims.begin(), lease.claims.end(),
                    [](const Claim& claim) { return claim.pool().has_value(); }))
        TRY_VOID(ledger.lock_pools(host.time_left()));
    auto short_pools = [&] {
        const PartTimer timer(host, call.timing.pages);
        return grow_pools(host, ledger, lease, options, call);
    }();
    if (short_pools && short_pools->empty()) return short_pools;
    report_failures(give_back(host, ledger, lease.uuid, call), call.report);
    return short_pools;
}

std::map<PoolId, std::uint64_t> growth_limits(const ShortPools& tried) {
    std::map<PoolId, std::uint64_t> limits;
    for (const auto& [id, shortfall] : tried)
        limits[id] = shortfall.pages;
    return limits;
}

/// Converges; if a required claim of the lease fails, gives everything back and returns that error.
Status apply(Host& host, Ledger& ledger, const std::string& uuid, Call& call) {
    const auto failures = converge_values(host, ledger, call);
    report_failures(failures, call.report);
    const Lease* lease = ledger.content.find(uuid);
    if (lease == nullptr || lease->state > LeaseState::running)
        return fail(ErrorKind::refused, "the lease was released while it was being applied");
    const auto broken = std::find_if(failures.begin(), failures.end(), [&](const KnobFailure& failure) {
        return is_required(*lease, failure);
    });
    if (broken == failures.end()) return {};
    const Error error = broken->error;
    report_failures(give_back(host, ledger, uuid, call), call.report);
    return tl::unexpected<Error>(error);
}

/// The last step of prepare: applies the values that must be set before QEMU starts. If the lease cannot be
/// saved, gives everything back.
Status commit(Host& host, Ledger& ledger, Lease& lease, const Domain& domain, Call& call) {
    call.lease = lease.uuid;
    if (auto saved = save_timed(host, ledger, lease, call); !saved) {
        report_failures(give_back(host, ledger, lease.uuid, call), call.report);
        return saved;
    }
    const bool made_way = make_way(ledger, placed(domain, lease), call.report);
    const bool has_more =
        made_way || std::any_of(lease.claims.begin(), lease.claims.end(), [](const Claim& claim) {
            return claim.phase == Phase::prepare && find_knob(claim.knob) != nullptr && !claim.pool();
        });
    return has_more ? apply(host, ledger, lease.uuid, call) : Status{};
}
} // namespace

Status prepare_lease(Host& host, const Domain& domain, const Policy& policy, const ProcessId& daemon,
                     Call& call) {
    Ledger ledger = TRY(open_ledger(host, call, pools_for(domain, policy)));
    if (Lease* old = ledger.content.find(domain.uuid); old != nullptr) {
        old->state = LeaseState::releasing; // its release was never called
        TRY_VOID(ledger.save_lease(*old));
    }
    report_failures(release_dead(host, ledger, Judgement::certain, call), call.report);
    report_failures(make_up_for_starts(host, ledger, call), call.report);
    // again, because the lock may have been released while waiting
    if (pools_for(domain, policy) == Pools::locked) TRY_VOID(ledger.lock_pools(host.time_left()));
    // what the kernel did not provide; each round plans without it and so limits at least one more pool
    ShortPools tried;
    auto options = grow_options(policy);
    const auto give_up = host.now() + options.deadline;
    for (int round = 0; round < most_rounds; ++round) {
        const Plan plan =
            TRY(plan_domain(host, domain, policy, ledger.content, growth_limits(tried), PlanDetail::claims));
        if (plan.notes.has_errors()) return refusal(plan.notes, tried);
        Lease lease = make_lease(host, plan, daemon);
        options.deadline = std::max<std::chrono::microseconds>(give_up - host.now(), 0us);
        const auto short_pools = TRY(try_plan(host, ledger, lease, options, call));
        if (short_pools.empty()) {
            report_notes(plan.notes, call.report);
            lease.state = LeaseState::prepared;
            return commit(host, ledger, lease, domain, call);
        }
        for (const auto& [id, shortfall] : short_pools)
            tried[id] = shortfall;
    }
    return fail(ErrorKind::refused,
                "the huge page pools keep changing under hostlease; another program is taking pages");
}

Status start_lease(Host& host, const Domain& domain, Call& call) {
    Ledger ledger = TRY(open_ledger(host, call));
    Lease* lease = ledger.content.find(domain.uuid);
    if (lease == nullptr) return {};
    if (lease->state > LeaseState::starting) {
        report_failures(give_back(host, ledger, domain.uuid, call), call.report);
        return {};
    }
    lease->state = LeaseState::starting;
    call.lease = lease->uuid;
    TRY_VOID(save_timed(host, ledger, *lease, call));
    return apply(host, ledger, domain.uuid, call);
}

void mark_running(Host& host, const Domain& domain, Call& call) {
    auto ledger = open_ledger(host, call);
    if (!ledger) return call.report.add(Severity::error, ledger.error().text());
    Lease* lease = ledger->content.find(domain.uuid);
    if (lease == nullptr) return;
    lease->state = LeaseState::running;
    lease->qemu = qemu_of(host, domain.name);
    call.lease = lease->uuid;
    report_failures(converge_running(host, *ledger, {domain.uuid}, call), call.report);
    if (lease = ledger->content.find(domain.uuid); lease != nullptr)
        report_far_memory(host, *lease, call.report);
    report_failures(make_up_for_starts(host, *ledger, call), call.report);
}

void mark_ending(Host& host, const std::string& uuid, Call& call) {
    auto ledger = open_ledger(host, call);
    if (!ledger) return call.report.add(Severity::error, ledger.error().text());
    Lease* lease = ledger->content.find(uuid);
    if (lease == nullptr || lease->state == LeaseState::releasing) return;
    lease->state = LeaseState::ending;
    if (const auto saved = ledger->save_lease(*lease); !saved)
        call.report.add(Severity::error, saved.error().text());
}

namespace {
Status release(Host& host, Ledger& ledger, const std::string& uuid, Call& call) {
    const auto failures = give_back(host, ledger, uuid, call);
    report_failures(failures, call.report);
    report_failures(make_up_for_starts(host, ledger, call), call.report);
    report_failures(converge_running(host, ledger, gave_way_to(ledger.content, uuid), call), call.report);
    return first_failure(failures);
}
} // namespace

Status release_lease(Host& host, const std::string& uuid, Call& call) {
    Ledger ledger = TRY(open_ledger(host, call, Pools::if_free));
    return release(host, ledger, uuid, call);
}

Status release_stopped_lease(Host& host, const std::string& uuid, Call& call) {
    call.waits_its_turn = true;
    Ledger ledger = TRY(open_ledger(host, call, Pools::if_free));
    const Lease* lease = ledger.content.find(uuid);
    if (lease != nullptr && liveness(host, *lease) == Liveness::live)
        return fail(ErrorKind::refused,
                    "VM '" + lease->domain + "' is running (stop the VM first, or use --force)");
    return release(host, ledger, uuid, call);
}

void reconnect_lease(Host& host, const Domain& domain, Call& call) {
    auto ledger = open_ledger(host, call, Pools::if_free);
    if (!ledger) return call.report.add(Severity::error, ledger.error().text());
    if (Lease* lease = ledger->content.find(domain.uuid); lease != nullptr) {
        lease->state = LeaseState::running;
        call.lease = lease->uuid;
        if (const auto qemu = qemu_of(host, domain.name); qemu.pid != 0) lease->qemu = qemu;
        report_failures(converge_running(host, *ledger, {domain.uuid}, call), call.report);
    }
    report_failures(make_up_for_starts(host, *ledger, call), call.report);
    report_failures(converge(host, *ledger, call, 0s), call.report);
}

namespace {
std::vector<std::string> running_leases(const LedgerContent& ledger) {
    std::vector<std::string> uuids;
    for (const auto& lease : ledger.leases)
        if (lease.state == LeaseState::running) uuids.push_back(lease.uuid);
    return uuids;
}
} // namespace

Status reconcile(Host& host, Call& call) {
    call.waits_its_turn = true;
    Ledger ledger = TRY(open_ledger(host, call, Pools::if_free));
    auto failures = release_dead(host, ledger, Judgement::strict, call);
    find_missed_starts(host, ledger, call);
    const auto running = running_leases(ledger.content);
    if (!running.empty()) // converge all values once more, because a failed one may succeed now
        std::erase_if(failures, [](const KnobFailure& failure) {
            return find_knob(failure.knob) != nullptr && failure.knob != pool_knob;
        });
    for (auto& failure : converge_running(host, ledger, running, call))
        failures.push_back(std::move(failure));
    report_failures(failures, call.report);
    return first_failure(failures);
}

} // namespace hostlease

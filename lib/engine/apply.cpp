#include "engine/apply.hpp"

#include "engine/converge.hpp"
#include "engine/ending.hpp"
#include "engine/isolation.hpp"
#include "engine/liveness.hpp"
#include "engine/running.hpp"
#include "engine/survey.hpp"
#include "host/process.hpp"
#include "knobs/knob.hpp"
#include "knobs/parts/placed.hpp"
#include "plan/planner.hpp"

#include <algorithm>
#include <optional>

namespace hostlease {

namespace {
constexpr std::string_view memory_table = "hugepages.";
constexpr const char* reserve_key = "hugepages.reserve";
constexpr const char* limit_key = "hugepages.host_free_min";

bool is_of_memory(const Claim& claim) { return claim.knob.starts_with(memory_table); }

tl::unexpected<Error> refuse(const Domain& domain, const std::string& what) {
    return fail(ErrorKind::refused, "VM '" + domain.name + "' " + what);
}

/// An empty lease for a VM that was started without a lease.
Result<Lease> new_lease(Host& host, const Domain& domain) {
    const auto qemu = TRY(find_qemu(host, domain.name));
    if (!qemu || !TRY(has_status_file(host, domain.name, domain.uuid)))
        return refuse(domain, "does not run; its policy applies when it starts");
    Lease lease;
    lease.uuid = domain.uuid;
    lease.domain = domain.name;
    lease.state = LeaseState::running;
    lease.since = host.wall_clock();
    lease.order = host.now().count();
    lease.qemu = *qemu;
    return lease;
}

/// The lease that the domain holds while its VM runs.
Result<Lease> held_lease(Host& host, LedgerContent& ledger, const Domain& domain) {
    for (const auto& bad : ledger.unreadable)
        if (bad.uuid == domain.uuid) return tl::unexpected<Error>(bad.error);
    const Lease* lease = ledger.find(domain.uuid);
    if (lease == nullptr) return new_lease(host, domain);
    if (lease->state < LeaseState::running)
        return refuse(domain, "is being started; try it again when it runs");
    if (lease->state > LeaseState::running || liveness(host, *lease) == Liveness::dead)
        return refuse(domain, "does not run any more; its policy applies when it starts");
    return *lease;
}

/// The policy without its huge pages: QEMU has already mapped its memory.
Policy without_memory(Policy policy) {
    policy.settings[reserve_key] = {std::string("leave"), "leave", {policy.file, 0, 0}};
    return policy;
}

void note_memory(const Lease& held, const Domain& domain, const Policy& policy, Call& call) {
    const bool leaves = policy.leaves(reserve_key);
    const bool holds = !held.promises.empty();
    if (leaves && holds)
        call.report.add(Severity::note, "the VM's huge pages stay its own until it stops", reserve_key);
    else if (!leaves && !holds && domain.backing.hugepages)
        call.report.add(Severity::note,
                        "the VM has its huge pages already: hugepages.reserve counts from its next start",
                        reserve_key);
}

/// The held claims on memory; the amount to leave to the host may change.
std::vector<Claim> memory_claims(const Lease& held, const Policy& policy) {
    std::vector<Claim> claims;
    const Setting* limit = policy.find(limit_key);
    for (const auto& claim : held.claims) {
        if (!is_of_memory(claim)) continue;
        claims.push_back(claim);
        if (claim.knob != limit_key || limit == nullptr) continue;
        claims.back().value = std::to_string(policy.get(limit_key, Bytes{}).count);
        claims.back().position = limit->position;
    }
    return claims;
}

/// Refuses a program that would have to run before QEMU does.
Status check_commands(const std::vector<Claim>& claims, const Lease& held) {
    for (const auto& claim : claims) {
        const Knob* knob = find_knob(claim.knob);
        if (claim.phase != Phase::prepare || knob == nullptr || knob->form != KnobForm::command) continue;
        const bool has_run = std::any_of(held.claims.begin(), held.claims.end(), [&](const Claim& old) {
            return old.knob == claim.knob && old.name() == claim.name() && knob->same(old.value, claim.value);
        });
        if (!has_run)
            return fail(ErrorKind::refused,
                        claim.position.text() +
                            ": a [[command]] at \"prepare\" runs before QEMU does, and this " +
                            "VM runs already (stop the VM first, or run it at \"start\")");
    }
    return {};
}

bool asks_for_same_partitions(const Lease& left, const Lease& right) {
    const auto partitions = [](const Lease& lease) {
        std::vector<std::pair<std::string, std::string>> list;
        for (const auto& claim : lease.claims)
            if (claim.condition == Condition::partition && claim.is_open())
                list.emplace_back(claim.name(), claim.value);
        return list;
    };
    return partitions(left) == partitions(right);
}

/// Later than every existing claim, because two calls may fall into the same tick of the clock.
std::int64_t next_order(Host& host, const LedgerContent& ledger) {
    std::int64_t order = host.now().count();
    for (const auto& lease : ledger.leases) {
        order = std::max(order, lease.order + 1);
        for (const auto& claim : lease.claims)
            order = std::max(order, claim.order + 1);
    }
    return order;
}

Status check_move(const Policy& policy, Place place) {
    if (place == Place::kept || policy.find(place_key) != nullptr) return {};
    return fail(ErrorKind::refused, "policy '" + policy.name +
                                        "' does not choose the VM's CPUs: it has no cpus.place, so the VM "
                                        "cannot be moved");
}

/// The memory that QEMU has taken stays on its nodes.
void note_far_memory(const Lease& held, const Lease& next, Call& call) {
    const auto before = placement_of(held);
    const auto after = placement_of(next);
    if (!before || !after || after->nodes.is_subset_of(before->nodes)) return;
    call.report.add(
        Severity::note,
        "the VM's CPUs move from node " + to_list(before->nodes) + " to node " + to_list(after->nodes) +
            ", and its memory stays where it is; with memory.numa_balancing the kernel moves ordinary "
            "pages later",
        std::string(place_key));
}

/// The lease as the policy defines it. Changes nothing.
Result<Lease> next_lease(Host& host, LedgerContent& ledger, const Domain& domain, const Policy& policy,
                         Call& call, Place place) {
    TRY_VOID(check_move(policy, place));
    const Lease held = TRY(held_lease(host, ledger, domain));
    const Plan plan = TRY(plan_domain(host, domain, without_memory(policy), ledger, {}, PlanDetail::claims,
                                      {&held, place == Place::anew}));
    if (plan.notes.has_errors()) return fail(ErrorKind::refused, refusal_text(plan.notes));
    TRY_VOID(check_commands(plan.claims, held));
    report_notes(plan.notes, call.report);
    note_memory(held, domain, policy, call);
    Lease next = held;
    next.policy = policy.name;
    next.policy_file = policy.file;
    next.claims = memory_claims(held, policy);
    for (auto claim : plan.claims) {
        if (claim.order == youngest) claim.order = next_order(host, ledger);
        next.claims.push_back(std::move(claim));
    }
    note_far_memory(held, next, call);
    if (const auto qemu = qemu_of(host, domain.name); qemu.pid != 0) next.qemu = qemu;
    if (!asks_for_same_partitions(held, next)) {
        next.isolation = Isolation::undecided;
        next.fallback = {};
    }
    TRY_VOID(resolve_claims(host, next));
    return next;
}

/// Ends partitions of another shape before making the new ones: the kernel makes none around them.
Status end_partitions(Host& host, Ledger& ledger, const std::optional<Lease>& before, const Lease& next,
                      Call& call) {
    if (!before || before->isolation != Isolation::partitioned || next.isolation != Isolation::undecided)
        return {};
    Lease without = *before;
    without.isolation = Isolation::fallen_back;
    TRY_VOID(ledger.save_lease(without));
    report_failures(converge_values(host, ledger, call), call.report);
    return {};
}

/// The first failure of a claim that the lease requires.
std::optional<Error> broken_claim(const Lease& lease, const std::vector<KnobFailure>& failures) {
    const auto broken = std::find_if(failures.begin(), failures.end(),
                                     [&](const auto& failure) { return is_required(lease, failure); });
    if (broken != failures.end()) return broken->error;
    if (lease.isolation != Isolation::fallen_back || !requires_partitions(lease)) return std::nullopt;
    return Error{ErrorKind::refused,
                 "the policy requires isolated partitions, which are not in force: " + lease.fallback.why,
                 {},
                 0};
}

/// Restores the host to the values of the earlier claims.
void go_back(Host& host, Ledger& ledger, const std::string& uuid, const std::optional<Lease>& before,
             Call& call) {
    if (!before) return report_failures(give_back(host, ledger, uuid, call), call.report);
    if (const auto saved = ledger.save_lease(*before); !saved)
        return call.report.add(Severity::error, saved.error().text());
    report_failures(converge_running(host, ledger, {uuid}, call), call.report);
}
} // namespace

Status apply_policy(Host& host, const Domain& domain, const Policy& policy, Call& call, Place place) {
    call.waits_its_turn = true;
    Ledger ledger = TRY(open_ledger(host, call, Pools::if_free));
    report_failures(release_dead(host, ledger, Judgement::certain, call), call.report);
    report_failures(make_up_for_starts(host, ledger, call), call.report);
    const Lease* known = ledger.content.find(domain.uuid);
    const auto before = known == nullptr ? std::nullopt : std::optional(*known);
    const Lease next = TRY(next_lease(host, ledger.content, domain, policy, call, place));
    TRY_VOID(end_partitions(host, ledger, before, next, call));
    if (before && ledger.content.find(domain.uuid) == nullptr) return refuse(domain, "was stopped meanwhile");
    TRY_VOID(ledger.save_lease(next));
    const auto failures = converge_running(host, ledger, {domain.uuid}, call);
    report_failures(failures, call.report);
    const Lease* lease = ledger.content.find(domain.uuid);
    if (lease == nullptr) return refuse(domain, "was stopped meanwhile");
    const auto broken = broken_claim(*lease, failures);
    if (!broken) return {};
    go_back(host, ledger, domain.uuid, before, call);
    return tl::unexpected<Error>(*broken);
}

Result<std::vector<Change>> rehearse_apply(Host& host, const Domain& domain, const Policy& policy, Call& call,
                                           Place place) {
    Ledger ledger = TRY(Ledger::rehearse(host));
    end_dead_leases(host, ledger, Judgement::certain, call);
    find_missed_starts(host, ledger, call);
    const Lease next = TRY(next_lease(host, ledger.content, domain, policy, call, place));
    TRY_VOID(ledger.save_lease(next));
    return pending_changes(host, ledger, call);
}

} // namespace hostlease

#include "engine/running.hpp"

#include "core/parse.hpp"
#include "core/units.hpp"
#include "engine/converge.hpp"
#include "engine/isolation.hpp"
#include "engine/liveness.hpp"
#include "host/memory_nodes.hpp"
#include "host/running_facts.hpp"
#include "knobs/knob.hpp"
#include "knobs/parts/placed.hpp"
#include "plan/checks.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace hostlease {

namespace {
/// Whether the claim results from an open one.
bool was_resolved(const Claim& claim) {
    const Knob* knob = find_knob(claim.knob);
    const bool can_be = knob != nullptr && knob->resolve != nullptr && claim.phase == Phase::started;
    return can_be && !claim.is_open() && !claim.is_limit();
}

struct Resolution {
    std::vector<Claim> claims; // the lease's claims, with newly resolved ones in place of old ones
    bool is_apart = true;      // for leases with partitions: QEMU's threads are in cgroups of their own
};

/// A vCPU without a thread is not plugged in, which is fine; a vCPU that shares its cgroup is a problem.
bool are_apart(const RunningFacts& running) {
    const auto is_vcpu = [](const QemuThread& thread) { return thread.role.starts_with("vcpu"); };
    return std::any_of(running.threads.begin(), running.threads.end(), is_vcpu) &&
           std::none_of(running.threads.begin(), running.threads.end(),
                        [&](const QemuThread& thread) { return is_vcpu(thread) && thread.cgroup.empty(); });
}

Resolution resolved_claims(const Lease& lease, const RunningFacts& running) {
    Resolution resolution;
    for (const auto& claim : lease.claims)
        if (!was_resolved(claim)) resolution.claims.push_back(claim);
    for (const auto& open : lease.claims) {
        const Knob* knob = find_knob(open.knob);
        if (knob == nullptr || knob->resolve == nullptr || !open.is_open()) continue;
        auto found = knob->resolve(open, running);
        if (open.condition == Condition::partition) resolution.is_apart = are_apart(running);
        std::move(found.begin(), found.end(), std::back_inserter(resolution.claims));
    }
    return resolution;
}

/// The devices whose interrupts the lease claims.
std::vector<std::string> wanted_devices(const Lease& lease) {
    std::vector<std::string> devices;
    for (const auto& claim : lease.claims) {
        const Knob* knob = find_knob(claim.knob);
        if (knob != nullptr && knob->form == KnobForm::interrupt && claim.is_open())
            devices.push_back(claim.name());
    }
    return devices;
}

/// The first failure of a partition's claim.
std::optional<Error> partition_failure(const Lease& lease, const std::vector<KnobFailure>& failures) {
    for (const auto& claim : lease.claims) {
        if (claim.condition != Condition::partition || claim.is_open()) continue;
        for (const auto& failure : failures)
            if (failure.knob == claim.knob && (failure.target == claim.name() || failure.target.empty()))
                return failure.error;
    }
    return std::nullopt;
}

void save(Host& host, Ledger& ledger, Lease& lease, Call& call) {
    if (const auto saved = save_timed(host, ledger, lease, call); !saved)
        call.report.add(Severity::error, saved.error().text());
}

void report_not_kept_off(Host& host, const Lease& lease, Report& report) {
    const auto names = not_kept_off(host, lease);
    if (!names) return report.add(Severity::warning, names.error().text());
    if (const auto text = not_kept_off_text(own_cpus(lease), *names); !text.empty())
        report.add(Severity::warning, text);
}

Lease* find_running(Ledger& ledger, const std::string& uuid) {
    Lease* lease = ledger.content.find(uuid);
    return lease != nullptr && lease->state == LeaseState::running ? lease : nullptr;
}

/// From now on, slices keep the host off the CPUs. The same reason is not reported again at each try.
std::vector<KnobFailure> fall_back(Host& host, Ledger& ledger, const std::string& uuid, const Error& error,
                                   Call& call) {
    Lease& lease = *ledger.content.find(uuid);
    const std::string reason = error.text();
    const bool is_news = lease.fallback.why != reason;
    lease.isolation = Isolation::fallen_back;
    lease.fallback = {reason, {}};
    if (is_news)
        call.report.add(requires_partitions(lease) ? Severity::error : Severity::warning,
                        "no isolated partitions, so slices keep the host off the VM's CPUs: " + reason);
    save(host, ledger, lease, call);
    auto failures = converge_values(host, ledger, call);
    if (const Lease* now = find_running(ledger, uuid); is_news && now != nullptr)
        report_not_kept_off(host, *now, call.report);
    return failures;
}

/// Lets a lease that has fallen back try partitions again if no obstacle is known.
void try_again(Host& host, const LedgerContent& ledger, Lease& lease, Call& call) {
    if (!asks_for_partitions(lease) || lease.isolation != Isolation::fallen_back) return;
    const auto obstacle = retry_obstacle(host, ledger, lease);
    if (!obstacle) return call.report.add(Severity::warning, obstacle.error().text());
    if (!*obstacle) lease.isolation = Isolation::retrying;
}

/// The partitions were made: gives back the lease's other means of isolation, which can break a partition.
std::vector<KnobFailure> hand_over(Host& host, Ledger& ledger, const std::string& uuid, Call& call) {
    Lease& lease = *ledger.content.find(uuid);
    lease.isolation = Isolation::partitioned;
    lease.fallback = {};
    save(host, ledger, lease, call);
    converge_values(host, ledger, call);
    return converge_values(host, ledger, call);
}

/// Chosen CPUs take effect only through cgroups, which libvirt may be configured not to create.
void report_unplaced(const Lease& lease, Report& report) {
    bool is_asked = false;
    for (const auto& claim : lease.claims) {
        if (claim.knob != place_key) continue;
        if (std::holds_alternative<FileTarget>(claim.target)) return;
        is_asked = is_asked || claim.is_open();
    }
    if (is_asked && lease.qemu.pid != 0)
        report.add(
            Severity::error,
            "QEMU's threads have no cgroups of their own: they are not on the CPUs that were chosen for "
            "VM '" +
                lease.domain + "'",
            std::string(place_key));
}

/// The nodes that the lease's huge pages should be on: those of its CPUs and those that promised pages.
NodeSet nodes_of(const Lease& lease) {
    NodeSet nodes = lease.limit_cpus(LimitKind::nodes);
    for (const auto& promise : lease.promises)
        if (promise.pages > 0) nodes.add(promise.pool.node);
    return nodes;
}

/// A lease whose claims are resolved, and the state of its isolation.
struct Opened {
    std::string uuid;
    Result<bool> is_apart;       // the result of resolve_claims()
    std::optional<Error> broken; // why its partitions could not be made
};

bool wants_partitions(const Lease* lease) {
    return lease != nullptr && asks_for_partitions(*lease) && lease->isolation != Isolation::fallen_back;
}

std::optional<Error> broken_isolation(Ledger& ledger, const Opened& opened,
                                      const std::vector<KnobFailure>& failures) {
    const Lease* lease = find_running(ledger, opened.uuid);
    if (!wants_partitions(lease)) return std::nullopt;
    if (auto failure = partition_failure(*lease, failures)) return failure;
    const bool is_apart = opened.is_apart ? *opened.is_apart : lease->isolation == Isolation::partitioned;
    if (is_apart) return std::nullopt;
    return Error{ErrorKind::unsupported, "not every vCPU of QEMU is in a cgroup of its own", {}, 0};
}

/// Called after a convergence with its failures; replaces them with those of the last convergence.
void settle_isolation(Host& host, Ledger& ledger, const Opened& opened, std::vector<KnobFailure>& failures,
                      Call& call) {
    const Lease* lease = find_running(ledger, opened.uuid);
    if (!wants_partitions(lease)) return;
    auto broken = opened.broken;
    if (!broken && lease->isolation != Isolation::partitioned) {
        failures = hand_over(host, ledger, opened.uuid, call);
        lease = find_running(ledger, opened.uuid);
        if (lease != nullptr) broken = partition_failure(*lease, failures);
    }
    if (broken && lease != nullptr) failures = fall_back(host, ledger, opened.uuid, *broken, call);
}
} // namespace

Result<bool> resolve_claims(Host& host, Lease& lease) {
    // inspecting QEMU's threads is expensive, and most leases have no open claims
    if (std::none_of(lease.claims.begin(), lease.claims.end(),
                     [](const Claim& claim) { return claim.is_open(); }))
        return true;
    auto resolution =
        resolved_claims(lease, TRY(read_running_facts(host, lease.qemu, wanted_devices(lease))));
    lease.claims = std::move(resolution.claims);
    return resolution.is_apart;
}

std::vector<KnobFailure> converge_running(Host& host, Ledger& ledger, const std::vector<std::string>& uuids,
                                          Call& call) {
    std::vector<Opened> opened;
    for (const auto& uuid : uuids) {
        Lease* lease = find_running(ledger, uuid);
        if (lease == nullptr) continue;
        try_again(host, ledger.content, *lease, call);
        auto resolved = resolve_claims(host, *lease);
        if (!resolved) call.report.add(Severity::error, resolved.error().text());
        if (resolved) report_unplaced(*lease, call.report);
        save(host, ledger, *lease, call);
        opened.push_back({uuid, std::move(resolved), {}});
    }
    if (opened.empty()) return {};
    auto failures = converge_values(host, ledger, call);
    for (auto& one : opened)
        one.broken = broken_isolation(ledger, one, failures);
    for (const auto& one : opened)
        settle_isolation(host, ledger, one, failures, call);
    return failures;
}

void report_far_memory(Host& host, const Lease& lease, Report& report) {
    const bool is_placed = lease.limit(LimitKind::nodes) != nullptr;
    if (!is_placed || lease.promises.empty() || lease.qemu.pid == 0) return;
    const auto bytes = huge_pages_by_node(host, lease.qemu);
    if (!bytes) return report.add(Severity::warning, bytes.error().text());
    const NodeSet nodes = nodes_of(lease);
    for (const auto& [node, size] : *bytes)
        if (size > 0 && !nodes.contains(node))
            report.add(Severity::warning,
                       format_size(size) + " of the VM's huge pages are on node " + std::to_string(node) +
                           ", and its CPUs and pages were chosen on node " + to_list(nodes),
                       std::string(place_key));
}

std::vector<std::string> find_missed_starts(Host& host, Ledger& ledger, Call& call) {
    std::vector<std::string> uuids;
    for (auto& lease : ledger.content.leases) {
        const auto qemu = missed_start(host, lease);
        if (!qemu) continue;
        call.report.add(Severity::note,
                        "VM '" + lease.domain + "' runs; the steps that its start missed are done now");
        lease.state = LeaseState::running;
        lease.qemu = *qemu;
        uuids.push_back(lease.uuid);
    }
    return uuids;
}

std::vector<KnobFailure> make_up_for_starts(Host& host, Ledger& ledger, Call& call) {
    return converge_running(host, ledger, find_missed_starts(host, ledger, call), call);
}

} // namespace hostlease

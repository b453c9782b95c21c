#include "status_view.hpp"

#include "advice/report/lease_rows.hpp"

namespace hostlease {

namespace {
ValueArray claims_node(const Lease& lease) {
    ValueArray claims;
    for (const auto& claim : lease.claims) {
        ValueTable one;
        put(one, "knob", claim.knob);
        put(one, "target", claim.name());
        put(one, "path", claim.path());
        put(one, "value", claim.value);
        put(one, "phase", to_text(claim.phase));
        put(one, "policy_line", claim.position.text());
        put(one, "why", claim.why);
        claims.push_back({std::move(one), {}});
    }
    return claims;
}

Value lease_node(const Lease& lease) {
    ValueTable row;
    put(row, "domain", lease.domain);
    put(row, "uuid", lease.uuid);
    put(row, "policy", lease.policy);
    put(row, "policy_file", lease.policy_file);
    put(row, "state", to_text(lease.state));
    put(row, "since", lease.since);
    put(row, "qemu_pid", lease.qemu.pid);
    put(row, "cpus", to_list(own_cpus(lease)));
    put(row, "claims", claims_node(lease));
    put(row, "huge_pages", promise_rows(lease));
    put(row, "timings", timing_rows(lease));
    return {std::move(row), {}};
}

Value knob_node(const KnobView& knob) {
    ValueTable row;
    put(row, "knob", knob.record->knob);
    put(row, "target", knob.record->target);
    put(row, "path", knob.record->path);
    put(row, "baseline", knob.record->baseline);
    put(row, "wrote", knob.record->wrote);
    put(row, "current", knob.now);
    return {std::move(row), {}};
}
} // namespace

std::string status_json(const StatusView& view) {
    ValueTable table;
    ValueArray leases;
    for (const Lease* lease : view.leases)
        leases.push_back(lease_node(*lease));
    put(table, "leases", std::move(leases));
    ValueArray knobs;
    for (const auto& knob : view.knobs)
        knobs.push_back(knob_node(knob));
    put(table, "knobs", std::move(knobs));
    ValueArray texts;
    for (const auto& finding : view.findings)
        texts.push_back({(finding.path.empty() ? "" : finding.path + ": ") + finding.what, {}});
    put(table, "findings", std::move(texts));
    ValueArray notes;
    for (const auto& note : view.notes)
        notes.push_back({note, {}});
    put(table, "notes", std::move(notes));
    return to_json({std::move(table), {}});
}

} // namespace hostlease

#include "audit/render.hpp"
#include "read/toml.hpp"
#include "report/domain_report.hpp"
#include "report/lease_rows.hpp"

namespace hostlease {

namespace {
/// No key for what is not known.
void put_text(TomlTable& table, const std::string& key, const std::string& text) {
    if (!text.empty()) put(table, key, text);
}

TomlTable unknown(const std::string& why) {
    TomlTable table;
    put(table, "not_available", why);
    return table;
}

TomlTable host_node(const HostSummary& host) {
    TomlTable table;
    put_text(table, "cpu", host.cpu);
    put_text(table, "cpus_online", to_list(host.online));
    if (host.cores != 0) put(table, "cores", host.cores);
    if (host.memory != 0) put(table, "memory_bytes", host.memory);
    put_text(table, "kernel", host.kernel);
    put_text(table, "libvirt", host.libvirt);
    put_text(table, "qemu", host.qemu);
    return table;
}

TomlTable guest_node(const GuestSummary& guest) {
    TomlTable table;
    put(table, "name", guest.name);
    put(table, "uuid", guest.uuid);
    put_text(table, "state", guest.state);
    if (guest.vcpus) put(table, "vcpus", *guest.vcpus);
    if (guest.memory) put(table, "memory_bytes", *guest.memory);
    return table;
}

TomlTable lease_node(const DomainReport& report) {
    if (!report.lease.value) return unknown(report.lease.absent);
    const Lease& lease = *report.lease.value;
    TomlTable table;
    put(table, "state", to_text(lease.state));
    put(table, "policy", lease.policy);
    put(table, "policy_file", lease.policy_file);
    put(table, "since", lease.since);
    put(table, "huge_pages", promise_rows(lease));
    put(table, "timings", timing_rows(lease));
    return table;
}

TomlNode thread_node(const ThreadSummary& thread) {
    TomlTable row;
    put(row, "role", thread.role);
    put(row, "name", thread.name);
    put(row, "thread", thread.id);
    if (thread.cpus.value) put(row, "cpus", to_list(*thread.cpus.value));
    if (thread.scheduling.value) put(row, "scheduling", *thread.scheduling.value);
    if (!thread.cpus.value || !thread.scheduling.value)
        put(row, "not_available", thread.cpus.value ? thread.scheduling.absent : thread.cpus.absent);
    return {std::move(row), {}};
}

TomlNode threads_node(const DomainReport& report) {
    if (!report.threads.value) return {unknown(report.threads.absent), {}};
    TomlArray threads;
    for (const auto& thread : *report.threads.value)
        threads.push_back(thread_node(thread));
    return {std::move(threads), {}};
}

TomlNode findings_node(const DomainReport& report) {
    if (!report.findings.value) return {unknown(report.findings.absent), {}};
    TomlArray findings;
    for (const auto& what : *report.findings.value)
        findings.push_back({what, {}});
    return {std::move(findings), {}};
}

TomlArray score_rows(const DomainReport& report, const AuditReport& audit) {
    const auto changes = report.baseline ? compare(audit.scores, *report.baseline) : std::vector<ScoreChange>{};
    TomlArray rows;
    for (std::size_t index = 0; index < audit.scores.size(); ++index) {
        TomlTable row = score_row(audit.scores[index]);
        if (report.baseline) {
            if (const auto& before = changes[index].before) {
                put(row, "passed_before", before->passed);
                put(row, "of_before", before->of);
            }
            put(row, "regression", changes[index].is_regression);
        }
        rows.push_back({std::move(row), {}});
    }
    return rows;
}

TomlTable audit_node(const DomainReport& report) {
    if (!report.audit.value) return unknown(report.audit.absent);
    return audit_table(*report.audit.value, score_rows(report, *report.audit.value));
}

TomlTable huge_pages_node(const DomainReport& report) {
    TomlTable table;
    TomlArray pools;
    for (const auto& pool : report.pools) {
        TomlTable row;
        put(row, "node", std::uint64_t{pool.id.node});
        put(row, "page_size", pool.id.page_size);
        put(row, "total", pool.total);
        put(row, "free", pool.free);
        pools.push_back({std::move(row), {}});
    }
    put(table, "pools", std::move(pools));
    if (report.huge_memory.value)
        put(table, "qemu_bytes", *report.huge_memory.value);
    else
        put(table, "not_available", report.huge_memory.absent);
    return table;
}

TomlArray target_rows(const DomainReport& report) {
    TomlArray rows;
    for (const auto& result : report.targets) {
        TomlTable row;
        put(row, "name", result.spec->name);
        put(row, "unit", to_text(result.spec->is_time ? Unit::milliseconds : Unit::percent));
        if (result.value.value)
            put(row, "value", *result.value.value);
        else
            put(row, "not_available", result.value.absent);
        put(row, "target", result.target);
        put(row, "acceptable", result.acceptable);
        put(row, "of_the_policy", result.is_set);
        if (const auto grade = result.grade()) put(row, "grade", to_text(*grade));
        rows.push_back({std::move(row), {}});
    }
    return rows;
}
} // namespace

std::string report_json(const DomainReport& report) {
    TomlTable table;
    put(table, "format", report_format);
    put(table, "taken", report.taken);
    put(table, "seconds", report.seconds);
    put(table, "host", host_node(report.host));
    put(table, "domain", guest_node(report.guest));
    put(table, "lease", lease_node(report));
    put(table, "findings", std::move(findings_node(report).value));
    put(table, "audit", audit_node(report));
    put(table, "huge_pages", huge_pages_node(report));
    put(table, "threads", std::move(threads_node(report).value));
    put(table, "targets", target_rows(report));
    put(table, "figures", figure_rows(report.figures, report.baseline ? &*report.baseline : nullptr, Regressions::told));
    if (report.baseline) {
        TomlTable baseline;
        put(baseline, "taken", report.baseline->taken);
        put(baseline, "seconds", report.baseline->seconds);
        put(table, "baseline", std::move(baseline));
        put(table, "regressions", std::uint64_t{count_regressions(report)});
    }
    return to_json({std::move(table), {}});
}

} // namespace hostlease

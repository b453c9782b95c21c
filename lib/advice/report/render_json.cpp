#include "advice/audit/render.hpp"
#include "advice/report/domain_report.hpp"
#include "advice/report/lease_rows.hpp"
#include "text/value.hpp"

namespace hostlease {

namespace {
/// Adds the text unless it is not known ("").
void put_text(ValueTable& table, const std::string& key, const std::string& text) {
    if (!text.empty()) put(table, key, text);
}

ValueTable unknown(const std::string& why) {
    ValueTable table;
    put(table, "not_available", why);
    return table;
}

ValueTable host_node(const HostSummary& host) {
    ValueTable table;
    put_text(table, "cpu", host.cpu);
    put_text(table, "cpus_online", to_list(host.online));
    if (host.cores != 0) put(table, "cores", host.cores);
    if (host.memory != 0) put(table, "memory_bytes", host.memory);
    put_text(table, "kernel", host.kernel);
    put_text(table, "libvirt", host.libvirt);
    put_text(table, "qemu", host.qemu);
    return table;
}

ValueTable guest_node(const GuestSummary& guest) {
    ValueTable table;
    put(table, "name", guest.name);
    put(table, "uuid", guest.uuid);
    put_text(table, "state", guest.state);
    if (guest.vcpus) put(table, "vcpus", *guest.vcpus);
    if (guest.memory) put(table, "memory_bytes", *guest.memory);
    put_text(table, "machine", guest.machine);
    return table;
}

/// The value as `make` converts it, or why there is none.
template <typename T, typename Make>
Value known_node(const Known<T>& known, Make make) {
    if (!known.value) return {unknown(known.absent), {}};
    return {make(*known.value), {}};
}

template <typename T, typename Make>
Value rows_node(const Known<std::vector<T>>& known, Make make_row) {
    return known_node(known, [&](const std::vector<T>& list) {
        ValueArray rows;
        for (const auto& one : list) {
            ValueTable row;
            make_row(row, one);
            rows.push_back({std::move(row), {}});
        }
        return rows;
    });
}

void put_node(ValueTable& table, const std::string& key, Value node) {
    put(table, key, std::move(node.value));
}

void put_filesystem(ValueTable& row, const GuestFilesystem& one) {
    put(row, "mountpoint", one.mountpoint);
    put_text(row, "type", one.type);
    if (one.total) put(row, "total_bytes", *one.total);
    if (one.used) put(row, "used_bytes", *one.used);
    ValueArray targets;
    for (const auto& target : one.targets)
        targets.push_back({target, {}});
    put(row, "targets", std::move(targets));
}

ValueTable inside_table(const GuestFacts& inside) {
    ValueTable table;
    put_node(table, "system", known_node(inside.system, [](const GuestSystem& system) {
                 ValueTable row;
                 put_text(row, "name", system.name);
                 put_text(row, "kernel", system.kernel);
                 return row;
             }));
    put_node(table, "processors", known_node(inside.processors, [](const GuestProcessors& processors) {
                 ValueTable row;
                 put(row, "all", to_list(processors.all));
                 put(row, "online", to_list(processors.online));
                 return row;
             }));
    put_node(table, "filesystems", rows_node(inside.filesystems, put_filesystem));
    put_node(table, "disks", rows_node(inside.disks, [](ValueTable& row, const GuestDisk& disk) {
                 put(row, "name", disk.name);
                 put_text(row, "target", disk.target);
             }));
    put_node(table, "drivers", rows_node(inside.drivers, [](ValueTable& row, const GuestDriver& driver) {
                 put(row, "name", driver.name);
                 put(row, "version", driver.version);
             }));
    return table;
}

ValueTable lease_node(const DomainReport& report) {
    if (!report.lease.value) return unknown(report.lease.absent);
    const Lease& lease = *report.lease.value;
    ValueTable table;
    put(table, "state", to_text(lease.state));
    put(table, "policy", lease.policy);
    put(table, "policy_file", lease.policy_file);
    put(table, "since", lease.since);
    put(table, "huge_pages", promise_rows(lease));
    put(table, "timings", timing_rows(lease));
    return table;
}

Value thread_node(const ThreadSummary& thread) {
    ValueTable row;
    put(row, "role", thread.role);
    put(row, "name", thread.name);
    put(row, "thread", thread.id);
    if (thread.cpus.value) put(row, "cpus", to_list(*thread.cpus.value));
    if (thread.scheduling.value) put(row, "scheduling", *thread.scheduling.value);
    if (!thread.cpus.value || !thread.scheduling.value)
        put(row, "not_available", thread.cpus.value ? thread.scheduling.absent : thread.cpus.absent);
    return {std::move(row), {}};
}

Value threads_node(const DomainReport& report) {
    if (!report.threads.value) return {unknown(report.threads.absent), {}};
    ValueArray threads;
    for (const auto& thread : *report.threads.value)
        threads.push_back(thread_node(thread));
    return {std::move(threads), {}};
}

Value findings_node(const DomainReport& report) {
    if (!report.findings.value) return {unknown(report.findings.absent), {}};
    ValueArray findings;
    for (const auto& what : *report.findings.value)
        findings.push_back({what, {}});
    return {std::move(findings), {}};
}

ValueArray score_rows(const DomainReport& report, const AuditReport& audit) {
    const auto changes =
        report.baseline ? compare(audit.scores, *report.baseline) : std::vector<ScoreChange>{};
    ValueArray rows;
    for (std::size_t index = 0; index < audit.scores.size(); ++index) {
        ValueTable row = score_row(audit.scores[index]);
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

ValueTable audit_node(const DomainReport& report) {
    if (!report.audit.value) return unknown(report.audit.absent);
    return audit_table(*report.audit.value, score_rows(report, *report.audit.value));
}

ValueTable huge_pages_node(const DomainReport& report) {
    ValueTable table;
    ValueArray pools;
    for (const auto& pool : report.pools) {
        ValueTable row;
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

ValueArray target_rows(const DomainReport& report) {
    ValueArray rows;
    for (const auto& result : report.targets) {
        ValueTable row;
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
    ValueTable table;
    put(table, "format", report_format);
    put(table, "taken", report.taken);
    put(table, "seconds", report.seconds);
    put(table, "host", host_node(report.host));
    put(table, "domain", guest_node(report.guest));
    put_node(table, "guest", known_node(report.inside, inside_table));
    put(table, "versions",
        version_rows(versions_of(report), report.baseline ? report.baseline->versions : VersionMap{}));
    put(table, "lease", lease_node(report));
    put(table, "findings", std::move(findings_node(report).value));
    put(table, "audit", audit_node(report));
    put(table, "huge_pages", huge_pages_node(report));
    put(table, "threads", std::move(threads_node(report).value));
    put(table, "targets", target_rows(report));
    put(table, "figures",
        figure_rows(report.figures, report.baseline ? &*report.baseline : nullptr, Regressions::told));
    if (report.baseline) {
        ValueTable baseline;
        put(baseline, "taken", report.baseline->taken);
        put(baseline, "seconds", report.baseline->seconds);
        put(table, "baseline", std::move(baseline));
        put(table, "regressions", std::uint64_t{count_regressions(report)});
    }
    return to_json({std::move(table), {}});
}

} // namespace hostlease

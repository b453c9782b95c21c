#include "command.hpp"

#include "call_log.hpp"
#include "engine/promises.hpp"
#include "engine/verify.hpp"
#include "host/facts.hpp"
#include "map_view.hpp"
#include "openmetrics.hpp"
#include "status_view.hpp"

#include <algorithm>
#include <array>

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    std::string output = "-"; // standard output
    bool openmetrics = false;
};

constexpr std::array states{LeaseState::preparing, LeaseState::prepared, LeaseState::starting,
                            LeaseState::running,   LeaseState::ending,   LeaseState::releasing};

std::int64_t microseconds(std::chrono::microseconds time) { return time.count(); }

void add_leases(const LedgerContent& ledger, Metrics& metrics) {
    auto& counts = metrics.gauge("hostlease_leases", "Leases by state.");
    for (const auto state : states)
        counts.add({{"state", std::string(to_text(state))}},
                   std::count_if(ledger.leases.begin(), ledger.leases.end(),
                                 [&](const Lease& one) { return one.state == state; }));
    auto& since = metrics.gauge("hostlease_lease_start_time_seconds",
                                "Time when the lease was made, in seconds since 1970.");
    auto& cpus = metrics.gauge("hostlease_lease_cpus", "CPUs that are isolated for the VM.");
    auto& durations = metrics.gauge("hostlease_call_duration_seconds",
                                    "Duration of the last call of each kind for the lease.");
    auto& parts = metrics.gauge("hostlease_call_part_duration_seconds",
                                "Parts of that duration: waiting for other calls (lock), growing pools "
                                "(pages), setting values (writes).");
    for (const auto& lease : ledger.leases) {
        const Labels vm{{"domain", lease.domain}, {"uuid", lease.uuid}};
        since.add(with(vm, {"policy", lease.policy}), lease.since);
        cpus.add(vm, own_cpus(lease).count());
        for (const auto& timing : lease.timings) {
            const Labels call = with(vm, {"operation", timing.operation});
            durations.add_microseconds(call, microseconds(timing.total));
            parts.add_microseconds(with(call, {"part", "lock"}), microseconds(timing.lock));
            parts.add_microseconds(with(call, {"part", "pages"}), microseconds(timing.pages));
            parts.add_microseconds(with(call, {"part", "writes"}), microseconds(timing.writes));
        }
    }
}

Status add_host(Host& host, const LedgerContent& ledger, Metrics& metrics) {
    const MapView map = make_map(TRY(read_facts(host)), ledger.leases);
    const auto promised = TRY(open_promises(host, ledger.leases, {})).pages;
    auto& size = metrics.gauge("hostlease_hugepages", "Pages of the huge page pool.");
    auto& free = metrics.gauge("hostlease_hugepages_free", "Free pages of the pool.");
    auto& leased =
        metrics.gauge("hostlease_hugepages_leased", "Pages that are leased to VMs, mapped or not.");
    auto& open = metrics.gauge("hostlease_hugepages_promised", "Pages that are leased and not mapped yet.");
    for (const auto& pool : map.facts.pools) {
        const Labels labels{{"node", std::to_string(pool.id.node)},
                            {"page_size_bytes", std::to_string(pool.id.page_size)}};
        const auto use = map.pools.find(pool.id);
        const auto promise = promised.find(pool.id);
        size.add(labels, static_cast<std::int64_t>(pool.total));
        free.add(labels, static_cast<std::int64_t>(pool.free));
        leased.add(labels, use == map.pools.end() ? 0 : static_cast<std::int64_t>(use->second.leased));
        open.add(labels, promise == promised.end() ? 0 : static_cast<std::int64_t>(promise->second));
    }
    CpuSet own;
    for (const auto& lease : ledger.leases)
        if (lease.state != LeaseState::releasing) own |= own_cpus(lease);
    metrics.gauge("hostlease_isolated_cpus", "CPUs that are isolated for VMs.").add({}, own.count());
    return {};
}

/// Adds the calls in the journal since boot; none without a journal.
void add_calls(Host& host, const std::string& root, Metrics& metrics) {
    auto boot_id = read_boot_id(host).value_or("");
    std::erase(boot_id, '-');
    const auto calls = read_calls({.root = root, .domain = {}, .boot_id = boot_id, .since_usec = 0});
    if (!calls) return;
    auto& counts = metrics.counter("hostlease_calls", "Calls of the hook for a lease since boot, by result.");
    auto& failures = metrics.counter("hostlease_failures", "Errors that the hook has logged since boot.");
    for (const auto* operation : {"prepare", "start", "started", "stopped", "release", "reconnect"}) {
        std::int64_t errors = 0;
        std::map<LoggedCall::Result, std::int64_t> results;
        for (const auto& call : *calls) {
            if (call.operation != operation) continue;
            ++results[call.result];
            errors += std::count_if(call.notes.begin(), call.notes.end(),
                                    [](const LoggedNote& note) { return note.severity == Severity::error; });
        }
        for (const auto result : {LoggedCall::Result::done, LoggedCall::Result::refused,
                                  LoggedCall::Result::failed, LoggedCall::Result::cut_off})
            counts.add({{"operation", operation}, {"result", std::string(to_text(result))}}, results[result]);
        failures.add({{"operation", operation}}, errors);
    }
}

ExitCode run(Host& host, const Options& options) {
    const auto ledger = Ledger::peek(host);
    if (!ledger) return complain(ledger.error());
    Metrics metrics;
    add_leases(*ledger, metrics);
    if (const auto added = add_host(host, *ledger, metrics); !added) return complain(added.error());
    metrics
        .gauge("hostlease_findings",
               "Findings of `hostlease verify`: drift, interrupted changes, leases of VMs that are gone.")
        .add({}, static_cast<std::int64_t>(verify(host, *ledger).size()));
    add_calls(host, options.root, metrics);
    const auto text =
        metrics.text(options.openmetrics ? Metrics::Format::openmetrics : Metrics::Format::prometheus);
    const auto written = write_user_file(options.output, text);
    return written ? ExitCode::done : complain(written.error());
}

void add_options(OptionList& list, Options& options) {
    list.text("--output", "FILE", options.output,
              "file to replace atomically, for node_exporter's textfile collector",
              {.sources = {Candidates::Source::files}});
    list.flag("--openmetrics", options.openmetrics,
              "print OpenMetrics instead of the older Prometheus text that the collector reads");
}
} // namespace

extern constinit const Verb verb_metrics{
    .name = "metrics",
    .category = Category::look,
    .summary = "Print leases, pages, drift, durations and failures for Prometheus",
    .details = "",
    .words = "",
    .example = "hostlease metrics --output /var/lib/prometheus/node-exporter/hostlease.prom",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease

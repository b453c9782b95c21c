#include "command.hpp"

#include "engine/liveness.hpp"
#include "engine/operations.hpp"
#include "engine/rehearse.hpp"
#include "ledger/ledger.hpp"
#include "pool_progress.hpp"
#include "read/toml.hpp"

#include <algorithm>

namespace hostlease {

namespace {
/// The leases that are meant: those named, or all.
Result<std::vector<Lease>> choose_leases(Host& host, const CommandOptions& options) {
    auto ledger = TRY(Ledger::peek(host));
    if (options.words.empty()) return ledger.leases;
    std::vector<Lease> chosen;
    for (const auto& word : options.words) {
        const auto found = std::find_if(ledger.leases.begin(), ledger.leases.end(),
                                        [&](const Lease& lease) { return lease.domain == word || lease.uuid == word; });
        if (found == ledger.leases.end()) return fail(ErrorKind::usage, "no lease is held by '" + word + "'");
        chosen.push_back(*found);
    }
    return chosen;
}

/// False, with a complaint, while the lease's VM runs.
bool may_release(Host& host, const CommandOptions& options, const Lease& lease) {
    if (options.force || liveness(host, lease) != Liveness::live) return true;
    complain("hostlease: VM '" + lease.domain + "' is running; stop it first, or use --force");
    return false;
}

ExitCode rehearse(Host& host, const CommandOptions& options, const std::vector<Lease>& leases) {
    std::vector<std::string> uuids;
    for (const auto& lease : leases)
        if (may_release(host, options, lease)) uuids.push_back(lease.uuid);
    Report report;
    const auto changes = rehearse_release(host, uuids, report);
    if (!changes) return complain(changes.error());
    print_rehearsal(*changes, report, options.json);
    return ExitCode::done;
}
} // namespace

ExitCode run_release(Host& host, const CommandOptions& options) {
    const auto leases = choose_leases(host, options);
    if (!leases) return complain(leases.error());
    if (options.dry_run) return rehearse(host, options, *leases);
    auto code = ExitCode::done;
    TomlArray released;
    for (const auto& lease : *leases) {
        Report report;
        const auto status = [&] {
            const PoolProgress progress(options.root);
            return options.force ? release_lease(host, lease.uuid, report) : release_stopped_lease(host, lease.uuid, report);
        }();
        for (const auto& entry : report.entries)
            complain("hostlease: " + entry.message);
        if (!status) code = complain(status.error());
        if (!status && status.error().kind == ErrorKind::refused) continue;
        released.push_back({lease.domain, {}});
        if (!options.json) print("released '" + lease.domain + "'\n");
    }
    if (options.json) {
        TomlTable table;
        put(table, "released", std::move(released));
        print(to_json({std::move(table), {}}));
    } else if (leases->empty()) {
        print("no leases\n");
    }
    return code;
}

} // namespace hostlease

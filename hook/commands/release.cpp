#include "command.hpp"

#include "engine/liveness.hpp"
#include "engine/operations.hpp"
#include "engine/rehearse.hpp"
#include "ledger/ledger.hpp"
#include "pool_progress.hpp"
#include "text/value.hpp"

#include <algorithm>

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    bool json = false;
    bool force = false;
    bool dry_run = false;
    std::vector<std::string> domains;
};

/// Prints an error for each lease that cannot be read. Returns whether there is one.
bool complain_unreadable(const LedgerContent& ledger) {
    for (const auto& bad : ledger.unreadable)
        complain("hostlease: " + bad.error.text() + " (stop its VM, then run hostlease reconcile)");
    return !ledger.unreadable.empty();
}

/// The leases of the named VMs, or all leases; `code` says whether some of these cannot be read.
Result<std::vector<Lease>> choose_leases(Host& host, const Options& options, ExitCode& code) {
    auto ledger = TRY(Ledger::peek(host));
    if (options.domains.empty()) {
        if (complain_unreadable(ledger)) code = ExitCode::failed;
        return ledger.leases;
    }
    std::vector<Lease> chosen;
    for (const auto& word : options.domains) {
        const auto found = std::find_if(ledger.leases.begin(), ledger.leases.end(), [&](const Lease& lease) {
            return lease.domain == word || lease.uuid == word;
        });
        if (found == ledger.leases.end()) {
            complain_unreadable(ledger); // one of these may be its lease
            return fail(ErrorKind::usage,
                        "VM '" + word + "' holds no lease\n  hint: `hostlease status` lists the leases");
        }
        chosen.push_back(*found);
    }
    return chosen;
}

/// False, with an error, while the lease's VM runs.
bool may_release(Host& host, const Options& options, const Lease& lease) {
    if (options.force || liveness(host, lease) != Liveness::live) return true;
    complain("hostlease: VM '" + lease.domain + "' is running (stop the VM first, or use --force)");
    return false;
}

ExitCode rehearse(Host& host, const Options& options, const std::vector<Lease>& leases, ExitCode code) {
    std::vector<std::string> uuids;
    for (const auto& lease : leases)
        if (may_release(host, options, lease))
            uuids.push_back(lease.uuid);
        else
            code = ExitCode::failed;
    Call call;
    const auto changes = rehearse_release(host, uuids, call);
    if (!changes) return complain(changes.error());
    print_rehearsal(*changes, call.report, options.json);
    return code;
}

ExitCode run(Host& host, const Options& options) {
    auto code = ExitCode::done;
    const auto leases = choose_leases(host, options, code);
    if (!leases) return complain(leases.error());
    if (options.dry_run) return rehearse(host, options, *leases, code);
    ValueArray released;
    for (const auto& lease : *leases) {
        Call call;
        const auto status = [&] {
            const PoolProgress progress(options.root);
            return options.force ? release_lease(host, lease.uuid, call)
                                 : release_stopped_lease(host, lease.uuid, call);
        }();
        complain(call.report);
        if (!status) code = exit_code_of(status.error().kind);
        if (!complain_release(host, lease, call.report, status)) continue;
        released.push_back({lease.domain, {}});
        if (!options.json) print(released_text(lease, status));
    }
    if (options.json) {
        ValueTable table;
        put(table, "released", std::move(released));
        print(to_json({std::move(table), {}}));
    } else if (leases->empty() && code == ExitCode::done) {
        print("no leases\n");
    }
    return code;
}

void add_options(OptionList& list, Options& options) {
    add_json(list, options.json);
    list.flag("--force", options.force, "proceed even if the VM is running");
    add_dry_run(list, options.dry_run);
    list.words(0, any_number, options.domains, {{.sources = {Candidates::Source::domains}}});
}
} // namespace

extern constinit const Verb verb_release{
    .name = "release",
    .category = Category::change,
    .summary = "Release the leases of these VMs, or all leases",
    .details = "Refuses while a VM runs unless --force is given.",
    .words = "[DOMAIN...]",
    .example = "hostlease release win11",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease

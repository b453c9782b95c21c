#include "command.hpp"

#include "doctor/hook_place.hpp"
#include "engine/ending.hpp"
#include "engine/operations.hpp"
#include "ledger/ledger.hpp"

#include <algorithm>

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    bool force = false;
};

tl::unexpected<Error> refuse_for(const Lease& lease) {
    return fail(ErrorKind::refused,
                "VM '" + lease.domain + "' holds a lease (stop the VM first, or use --force)");
}

bool has_ledger(Host& host) {
    const auto ledger = host.status(Ledger::directory);
    return ledger || !is_missing(ledger.error());
}

/// Releases the leases without a VM; with `force`, all leases. Prints why a lease stays.
ExitCode give_back(Host& host, bool force) {
    if (!has_ledger(host)) return ExitCode::done;
    Call call;
    const auto reconciled = reconcile(host, call);
    complain(call.report);
    if (!force && !reconciled) return complain(reconciled.error(), call.report);
    const auto ledger = Ledger::peek(host);
    if (!ledger) return complain(ledger.error());
    for (const auto& lease : ledger->leases) {
        if (!force) return complain(refuse_for(lease).value());
        Call release;
        const auto status = release_lease(host, lease.uuid, release);
        Report news = release.report;
        std::erase_if(news.entries, [&](const ReportEntry& entry) {
            const auto& known = call.report.entries; // printed above
            return std::find(known.begin(), known.end(), entry) != known.end();
        });
        complain(news);
        if (!complain_release(host, lease, release.report, status)) return exit_code_of(status.error().kind);
        print(released_text(lease, status));
    }
    return ExitCode::done;
}

/// The lock keeps VMs from taking a lease that no hook would release.
Result<std::vector<std::string>> remove_hooks_without_leases(Host& host) {
    if (!has_ledger(host)) return remove_hooks(host);
    Call call;
    const Ledger ledger = TRY(open_ledger(host, call));
    if (!ledger.content.leases.empty()) return refuse_for(ledger.content.leases.front());
    return remove_hooks(host);
}

ExitCode run(Host& host, const Options& options) {
    if (const auto code = give_back(host, options.force); code != ExitCode::done) return code;
    const auto hooks = remove_hooks_without_leases(host);
    if (!hooks) return complain(hooks.error());
    for (const auto& path : *hooks)
        print("removed " + path + "\n");
    if (hooks->empty()) print("no hook of hostlease is installed\n");
    // a directory that still contains records stays
    for (const char* directory : {Ledger::turn_directory, Ledger::pools_directory, Ledger::directory})
        if (const auto removed = host.remove_directory(directory); !removed && !is_missing(removed.error()))
            return complain(removed.error());
    return ExitCode::done;
}

void add_options(OptionList& list, Options& options) {
    list.flag("--force", options.force, "proceed even if a VM holds a lease");
}
} // namespace

extern constinit const Verb verb_uninstall_hook{
    .name = "uninstall-hook",
    .category = Category::set_up,
    .summary = "Release all leases and remove the hook",
    .details = "Refuses while a VM holds a lease unless --force is given.",
    .words = "",
    .example = "hostlease uninstall-hook",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease

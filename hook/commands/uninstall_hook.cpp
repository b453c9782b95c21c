#include "command.hpp"

#include "doctor/hook_place.hpp"
#include "engine/ending.hpp"
#include "engine/operations.hpp"
#include "ledger/ledger.hpp"

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    bool force = false;
};

tl::unexpected<Error> refuse_for(const Lease& lease) {
    return fail(ErrorKind::refused,
                "VM '" + lease.domain + "' holds a lease; stop the VM first or use --force");
}

bool has_ledger(Host& host) {
    const auto ledger = host.status(Ledger::directory);
    return ledger || !is_missing(ledger.error());
}

/// Releases the leases without a VM; with `force`, all leases. The error names the VM whose lease stays.
Status give_back(Host& host, bool force) {
    if (!has_ledger(host)) return {};
    Call call;
    const auto reconciled = reconcile(host, call);
    complain(call.report);
    if (!force) TRY_VOID(reconciled);
    for (const auto& lease : TRY(Ledger::peek(host)).leases) {
        if (!force) return refuse_for(lease);
        Call release;
        const auto status = release_lease(host, lease.uuid, release);
        complain(release.report);
        if (!status) complain("hostlease: " + status.error().text());
        print("released '" + lease.domain + "'\n");
    }
    return {};
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
    if (const auto given_back = give_back(host, options.force); !given_back)
        return complain(given_back.error());
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

#include "command.hpp"

#include "engine/hook_place.hpp"
#include "engine/operations.hpp"
#include "engine/steps.hpp"
#include "host/linux_host.hpp"
#include "ledger/ledger.hpp"

namespace hostlease {

namespace {
/// hostlease-hook is installed beside this program.
Result<std::string> hook_beside_us() {
    const std::string self = TRY(LinuxHost::this_program());
    return self.substr(0, self.rfind('/')) + "/hostlease-hook";
}

ExitCode tell_daemons(Host& host, const CommandOptions& options) {
    if (options.root != "/") return ExitCode::done;
    const auto told = reload_daemons(host);
    if (!told) {
        complain("hostlease: libvirt's daemon could not be told: " + told.error().text() +
                 "\n  hint: restart it; running VMs stay");
        return ExitCode::failed;
    }
    for (const auto& name : *told)
        print(name + " looks for hooks again; running VMs are not touched\n");
    if (told->empty()) print("libvirt's daemon does not run; it looks for hooks when it starts\n");
    return ExitCode::done;
}

void print_entries(const Report& report) {
    for (const auto& entry : report.entries)
        complain("hostlease: " + entry.message);
}

tl::unexpected<Error> refuse_for(const Lease& lease) {
    return fail(ErrorKind::refused, "VM '" + lease.domain + "' holds a lease; stop it first, or use --force to take it away");
}

bool has_ledger(Host& host) {
    const auto ledger = host.status(Ledger::directory);
    return ledger || !is_missing(ledger.error());
}

/// Gives back what leases without a VM hold, and with `force` what all hold. The error says whose lease stays.
Status give_back(Host& host, bool force) {
    if (!has_ledger(host)) return {};
    Report report;
    const auto reconciled = reconcile(host, report);
    print_entries(report);
    if (!force) TRY_VOID(reconciled);
    for (const auto& lease : TRY(Ledger::peek(host)).leases) {
        if (!force) return refuse_for(lease);
        Report released;
        const auto status = release_lease(host, lease.uuid, released);
        print_entries(released);
        if (!status) complain("hostlease: " + status.error().text());
        print("released '" + lease.domain + "'\n");
    }
    return {};
}

/// With the ledger locked no VM takes a lease that no hook would give back.
Result<std::vector<std::string>> remove_hooks_without_leases(Host& host) {
    if (!has_ledger(host)) return remove_hooks(host);
    Report report;
    const Ledger ledger = TRY(open_ledger(host, report));
    if (!ledger.content.leases.empty()) return refuse_for(ledger.content.leases.front());
    return remove_hooks(host);
}
} // namespace

ExitCode run_install_hook(Host& host, const CommandOptions& options) {
    if (options.words.size() > 1) return complain(Error{ErrorKind::usage, "install-hook takes one PROGRAM", {}, 0});
    const auto program = options.words.empty() ? hook_beside_us() : Result<std::string>(options.words.front());
    if (!program) return complain(program.error());
    if (!program->starts_with('/')) return complain(Error{ErrorKind::usage, "PROGRAM has to be an absolute path", *program, 0});
    const auto place = install_hook(host, *program, libvirt_version());
    if (!place) return complain(place.error());
    print(place->path + " -> " + *program + (place->is_new ? "\n" : ", as before\n"));
    for (const auto& path : place->removed)
        print("removed " + path + ": one is enough\n");
    return tell_daemons(host, options);
}

ExitCode run_uninstall_hook(Host& host, const CommandOptions& options) {
    if (!options.words.empty()) return complain(Error{ErrorKind::usage, "uninstall-hook takes no words", {}, 0});
    if (const auto given_back = give_back(host, options.force); !given_back) return complain(given_back.error());
    const auto hooks = remove_hooks_without_leases(host);
    if (!hooks) return complain(hooks.error());
    for (const auto& path : *hooks)
        print("removed " + path + "\n");
    if (hooks->empty()) print("no hook of hostlease's is installed\n");
    // stays when something is still on record there
    for (const char* directory : {Ledger::turn_directory, Ledger::pools_directory, Ledger::directory})
        if (const auto removed = host.remove_directory(directory); !removed && !is_missing(removed.error()))
            return complain(removed.error());
    return ExitCode::done;
}

} // namespace hostlease

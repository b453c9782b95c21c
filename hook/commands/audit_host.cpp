#include "audit_host.hpp"

#include "engine/hook_place.hpp"
#include "engine/promises.hpp"
#include "host/audit_facts.hpp"
#include "ledger/ledger.hpp"

namespace hostlease {

namespace {
/// Our hook, and whether libvirt can run it.
Status look_at_hook(Host& host, AuditFacts& facts) {
    const auto hooks = TRY(own_hooks(host));
    if (hooks.empty()) return {};
    facts.hook = hooks.front();
    const auto program = host.resolve(facts.hook);
    const auto status = program ? host.status(*program) : Result<FileStatus>(tl::unexpected(program.error()));
    if (!status)
        facts.hook_problem = is_missing(status.error()) ? "leads nowhere" : status.error().text();
    else if ((status->mode & 0111U) == 0)
        facts.hook_problem = "may not be run";
    else if (hooks.size() > 1)
        facts.hook_problem = "libvirt calls " + hooks[1] + " as well, so that each lease is asked for twice";
    else if (facts.hook.find("qemu.d/") != std::string::npos && libvirt_version() < first_libvirt_with_folder)
        facts.hook_problem = "this libvirt runs nothing in qemu.d";
    return {};
}
} // namespace

bool is_xml_file(const std::string& word) { return word == "-" || word.ends_with(".xml") || word.find('/') != std::string::npos; }

Result<AuditFacts> look_at_host(Host& host, const Domain& domain) {
    auto facts = TRY(read_audit_facts(host, domain));
    TRY_VOID(look_at_hook(host, facts));
    for (auto& lease : TRY(Ledger::peek(host)).leases)
        if (lease.uuid != domain.uuid) facts.leases.push_back(std::move(lease));
    facts.promised = TRY(open_promises(host, facts.leases, domain.uuid)).pages;
    return facts;
}

Guest guest_of(const CommandOptions& options, XmlElement root, const Domain& domain, std::string& windows) {
    const auto guessed = guess_guest(root, domain, windows);
    if (options.guest.empty()) return guessed;
    if (options.guest == "windows") return Guest::windows;
    windows.clear();
    return options.guest == "linux" ? Guest::linux : options.guest == "macos" ? Guest::macos : Guest::other;
}

CpuVendor vendor_of(const CommandOptions& options, XmlElement root, const AuditFacts* facts) {
    if (options.cpu == "intel") return CpuVendor::intel;
    if (options.cpu == "amd") return CpuVendor::amd;
    if (facts != nullptr && vendor_named(facts->cpu_vendor) != CpuVendor::unknown) return vendor_named(facts->cpu_vendor);
    return guess_vendor(root);
}

} // namespace hostlease

#include "measure_scope.hpp"

#include "host/facts.hpp"
#include "host/process.hpp"
#include "host/running_facts.hpp"
#include "ledger/ledger.hpp"
#include "read/domain_xml.hpp"
#include "status_view.hpp"

namespace hostlease {

namespace {
constexpr std::string_view pid_files = "/run/libvirt/qemu";

Status note_guest(Host& host, const std::string& name, MeasureScope& scope) {
    const auto qemu = TRY(find_qemu(host, name));
    if (!qemu) return {};
    const RunningFacts facts = TRY(read_running_facts(host, *qemu, {}));
    for (const auto& thread : facts.threads) {
        if (!thread.role.starts_with("vcpu")) continue;
        const auto cpus = host.affinity(thread.id.pid);
        if (!cpus && is_missing(cpus.error())) continue; // it has ended meanwhile
        scope.guests |= TRY(cpus);
        const std::string scheduling = host.scheduling(thread.id.pid).value_or("");
        if (scheduling.starts_with("fifo") || scheduling.starts_with("rr")) scope.realtime |= *cpus;
    }
    return {};
}

/// Source: /run/libvirt/qemu/NAME.pid (libvirt 9.0 to 11.3).
Status note_guests(Host& host, MeasureScope& scope) {
    constexpr std::string_view suffix = ".pid";
    const auto names = host.list(std::string(pid_files));
    if (!names && is_missing(names.error())) return {};
    for (const auto& name : TRY(names))
        if (name.ends_with(suffix))
            TRY_VOID(note_guest(host, name.substr(0, name.size() - suffix.size()), scope));
    return {};
}

/// "runs, CPU 6-7 isolated by partitions"
std::string state_of(bool runs, const Lease* lease) {
    const std::string word = runs ? "runs" : "does not run";
    const CpuSet own = lease == nullptr ? CpuSet{} : own_cpus(*lease);
    if (own.empty()) return word + ", no CPU isolated for it";
    return word + ", CPU " + to_list(own) + " isolated by " +
           (lease->isolation == Isolation::partitioned ? "partitions" : "slices");
}

CpuSet leased_cpus(const LedgerContent& ledger) {
    CpuSet cpus;
    for (const auto& lease : ledger.leases)
        cpus |= own_cpus(lease);
    return cpus;
}

/// The running definition if the domain runs, else the persistent one.
Result<std::string> xml_of(const MeasureRequest& request) {
    auto xml = read_libvirt_domain(request.connect, request.domain, DomainXml::running);
    if (xml || xml.error().kind != ErrorKind::refused) return xml;
    return read_libvirt_domain(request.connect, request.domain, DomainXml::defined);
}

Status fill_domain(Host& host, const Domain& domain, const CpuSet& online, const LedgerContent& ledger,
                   MeasureScope& scope) {
    const CpuSet pinned = pinned_cpus(domain) & online;
    if (pinned.empty())
        return fail(ErrorKind::usage,
                    "the vCPUs of '" + domain.name + "' are not pinned (name CPUs with --cpus instead)");
    scope.domain = domain.name;
    scope.state = state_of(TRY(find_qemu(host, domain.name)).has_value(), ledger.find_by_name(domain.name));
    scope.groups.push_back({domain.name, pinned});
    scope.others = online - pinned - leased_cpus(ledger);
    if (!scope.others.empty()) scope.groups.push_back({"housekeeping", scope.others});
    return {};
}

Status fill_named(const CpuSet& cpus, const CpuSet& online, const LedgerContent& ledger,
                  MeasureScope& scope) {
    if (!cpus.is_subset_of(online))
        return fail(ErrorKind::usage, "--cpus: CPU " + to_list(cpus - online) +
                                          " is not online; online are CPU " + to_list(online));
    scope.groups.push_back({"", cpus});
    scope.others = online - cpus - leased_cpus(ledger);
    return {};
}

Status fill_scope(Host& host, const MeasureRequest& request, const std::optional<Domain>& domain,
                  MeasureScope& scope) {
    const HostFacts facts = TRY(read_facts(host));
    const LedgerContent ledger = TRY(Ledger::peek(host));
    scope.kernel = facts.kernel;
    TRY_VOID(domain ? fill_domain(host, *domain, facts.online, ledger, scope)
                    : fill_named(request.cpus.value_or(facts.online), facts.online, ledger, scope));
    for (const auto& lease : ledger.leases)
        if (lease.isolation == Isolation::partitioned) scope.partitioned |= own_cpus(lease);
    return note_guests(host, scope);
}
} // namespace

CpuSet MeasureScope::measured() const {
    CpuSet all;
    for (const auto& group : groups)
        all |= group.cpus;
    return all;
}

tl::expected<MeasureScope, ExitCode> find_measure_scope(Host& host, const MeasureRequest& request) {
    std::optional<Domain> domain;
    if (!request.domain.empty()) {
        const auto xml = xml_of(request);
        if (!xml) return tl::unexpected(complain(xml.error()));
        auto read = read_domain_xml(*xml, request.domain);
        if (!read) {
            complain(read.error().text());
            return tl::unexpected(ExitCode::bad_input);
        }
        domain = std::move(*read);
    }
    MeasureScope scope;
    if (const auto status = fill_scope(host, request, domain, scope); !status)
        return tl::unexpected(complain(status.error()));
    return scope;
}

} // namespace hostlease

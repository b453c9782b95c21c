#include "report_view.hpp"

#include "audit_view.hpp"
#include "boot_time.hpp"
#include "core/parse.hpp"
#include "earlier_file.hpp"
#include "guest_agent.hpp"
#include "host/facts.hpp"
#include "host/process.hpp"
#include "host/running_facts.hpp"
#include "status_view.hpp"

namespace hostlease {

namespace {
/// The model of the first CPU. Source: /proc/cpuinfo of x86, "model name" (Linux 6.1 to 6.12).
std::string cpu_model(Host& host) {
    std::string model;
    split(host.read("/proc/cpuinfo").value_or(""), '\n', [&](std::string_view line) {
        if (model.empty() && line.starts_with("model name") && line.find(':') != std::string_view::npos)
            model = trim(line.substr(line.find(':') + 1));
    });
    return model;
}

Status fill_host(Host& host, const RunningDomain& domain, DomainReport& report) {
    const HostFacts facts = TRY(read_facts(host));
    report.host.cpu = cpu_model(host);
    report.host.online = facts.online;
    report.host.cores = facts.cores.size();
    for (const auto& node : facts.nodes)
        report.host.memory += node.memory;
    report.host.kernel = facts.kernel;
    report.host.libvirt = domain.libvirt_version();
    report.host.qemu = domain.qemu_version();
    report.pools = facts.pools;
    return {};
}

void fill_lease(Host& host, DomainReport& report) {
    StatusView view;
    if (const auto status = look_at_status(host, {report.guest.uuid}, view); !status) {
        const Error& error = status.error();
        report.lease.absent = report.findings.absent =
            error.kind == ErrorKind::usage ? "the VM holds no lease" : error.text();
        return;
    }
    report.lease.value = *view.leases.front();
    report.findings.value.emplace();
    for (const auto& finding : view.findings)
        report.findings.value->push_back((finding.path.empty() ? "" : finding.path + ": ") + finding.what);
    const auto start = start_figures(*report.lease.value);
    report.figures.insert(report.figures.end(), start.begin(), start.end());
}

/// Adds the audit of libvirt's definition of the domain and of this host, like `audit`, and the policy it
/// uses.
void fill_audit(Host& host, const std::string& uri, DomainReport& report, std::optional<Policy>& policy) {
    const auto xml = read_libvirt_domain(uri, report.guest.uuid, DomainXml::defined);
    if (!xml) {
        report.audit.absent = xml.error().text();
        return;
    }
    const auto view = look_at_audit(host, {}, {report.guest.name, *xml, true});
    if (!view) {
        report.audit.absent = text_of(view.error());
        return;
    }
    if (!view->warnings.all().empty()) complain(view->warnings.text());
    report.audit.value = view->report;
    policy = view->policy;
}

template <typename T>
Known<T> known(Result<T> result) {
    if (result) return {std::move(*result), {}};
    return {{}, result.error().text()};
}

/// QEMU's process, by libvirt's pid file.
Result<ProcessId> qemu_of(Host& host, const std::string& name) {
    const auto process = TRY(find_qemu(host, name));
    if (!process) return fail(ErrorKind::refused, "cannot find the QEMU process");
    return *process;
}

void fill_process(Host& host, DomainReport& report) {
    const auto qemu = qemu_of(host, report.guest.name);
    if (!qemu) {
        report.huge_memory.absent = report.threads.absent = qemu.error().text();
        return;
    }
    report.huge_memory = known(mapped_huge_pages(host, *qemu));
    const auto facts = read_running_facts(host, *qemu, {});
    if (!facts) {
        report.threads.absent = facts.error().text();
        return;
    }
    report.threads.value.emplace();
    for (const auto& thread : facts->threads)
        report.threads.value->push_back({thread.role, thread.name, thread.id.pid,
                                         known(host.affinity(thread.id.pid)),
                                         known(host.scheduling(thread.id.pid))});
}

void fill_inside(Host& host, const RunningDomain& domain, const std::string& uri, DomainReport& report) {
    const auto agent = GuestAgent::find(host, uri, domain);
    if (agent)
        report.inside.value = agent->facts();
    else
        report.inside.absent = agent.error().text();
}

Status measure(Host& host, const RunningDomain& domain, unsigned seconds, DomainReport& report) {
    const DomainSample first = TRY(domain.sample(host));
    host.sleep(std::chrono::seconds(seconds));
    const DomainSample second = TRY(domain.sample(host));
    report.guest = domain.guest();
    report.guest.vcpus = second.number("vcpu.current");
    report.taken = host.wall_clock();
    report.seconds = std::chrono::duration<double>(second.at - first.at).count();
    report.figures = figures_of(first, second);
    TRY_VOID(fill_host(host, domain, report));
    fill_lease(host, report);
    fill_process(host, report);
    return {};
}

/// The earlier report; a diagnostic if it cannot be read, or belongs to another domain.
tl::expected<Baseline, Diagnostic> load_baseline(const std::string& file, const GuestSummary& guest) {
    const auto text = read_earlier_file(file, "report");
    if (!text) return tl::unexpected(text.error());
    auto baseline = read_baseline(*text, file);
    if (baseline && baseline->domain != guest.name && baseline->uuid != guest.uuid)
        return tl::unexpected(
            Diagnostic{{file, 0, 0},
                       Severity::error,
                       "this is a report of '" + baseline->domain + "', not of '" + guest.name + "'",
                       "`hostlease report " + guest.name + " --json > FILE` makes one"});
    return baseline;
}
} // namespace

tl::expected<DomainReport, ExitCode> look_at_report(Host& host, const ReportSubject& subject) {
    const auto domain = RunningDomain::find(subject.connect, subject.domain);
    if (!domain) return tl::unexpected(complain(domain.error()));
    DomainReport report;
    if (!subject.baseline.empty()) { // before measuring, which takes time
        auto baseline = load_baseline(subject.baseline, domain->guest());
        if (!baseline) {
            complain(baseline.error().text());
            return tl::unexpected(ExitCode::bad_input);
        }
        report.baseline = std::move(*baseline);
    }
    std::optional<Figure> boot;
    if (subject.boot_limit) boot = wait_for_boot(host, subject.connect, *domain, *subject.boot_limit);
    if (const auto status = measure(host, *domain, subject.seconds, report); !status)
        return tl::unexpected(complain(status.error()));
    if (boot) report.figures.push_back(std::move(*boot));
    fill_inside(host, *domain, subject.connect, report);
    std::optional<Policy> policy;
    fill_audit(host, subject.connect, report, policy);
    report.targets =
        judge_targets(report.figures, {report.guest.vcpus, report.guest.memory}, policy ? &*policy : nullptr);
    return report;
}

} // namespace hostlease

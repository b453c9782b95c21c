#include "advice/report/domain_report.hpp"
#include "core/units.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <sstream>

using namespace hostlease;

namespace {
Lease example_lease() {
    Lease lease;
    lease.policy = "low-latency";
    lease.policy_file = "/etc/hostlease/win11.toml";
    lease.state = LeaseState::running;
    lease.since = 1'764'000'000;
    lease.promises = {{{0, 2 * MiB}, 4096}};
    lease.note({"prepare",
                {},
                std::chrono::microseconds(250'000),
                std::chrono::microseconds(40),
                std::chrono::microseconds(249'000),
                std::chrono::microseconds(500)});
    return lease;
}

RuleResult result(std::string_view id, Verdict verdict, std::string reason,
                  std::vector<AuditFinding> findings = {}) {
    return {find_rule(id), verdict, std::move(reason), std::move(findings)};
}

AuditReport example_audit() {
    AuditReport audit;
    audit.domain = audit.file = "win_11";
    audit.guest = Guest::windows;
    audit.windows = "11";
    audit.vendor = CpuVendor::amd;
    audit.with_host = true;
    audit.results = {
        result("HV-RELAXED", Verdict::passed, ""),
        result("PIN-1TO1", Verdict::failed, "",
               {{.line = 9, .found = "vCPUs 0 and 1 share CPU 2", .wanted = "one CPU for each vCPU"}}),
        result("VID-HEADS", Verdict::ignored, "/etc/hostlease/win11.toml:3:10"),
        result("HOST-KVM", Verdict::failed, "",
               {{.line = 0, .found = "/dev/kvm does not exist", .wanted = "", .severity = Severity::error}}),
        result("HV-EVMCS", Verdict::not_applicable, "only Intel CPUs support this")};
    audit.scores = {{RuleGroup::hyperv, 13, 13},
                    {RuleGroup::pinning, 3, 5},
                    {RuleGroup::memory, 5, 6},
                    {RuleGroup::host, 2, 4}};
    return audit;
}

GuestFacts example_guest() {
    GuestFacts guest;
    guest.system.value = {"Windows 11 | Pro", "22631", true};
    guest.processors.value = {CpuSet::range(0, 3), CpuSet::range(0, 1)};
    guest.filesystems.value = {{"C:\\", "NTFS", 64 * GiB, 20 * GiB, {"vda", "vdb"}},
                               {"D:\\", "", {}, {}, {}}};
    guest.disks.value.emplace();
    guest.drivers.absent = "the guest agent does not know the command";
    return guest;
}

/// An idle VM, measured over two seconds.
DomainReport example() {
    DomainReport report;
    report.taken = 1'764'000'060;
    report.seconds = 2;
    report.host = {"Some | CPU", parse_cpu_list("0-7").value(), 4, 32 * GiB, "6.12.1", "11.3.0", "10.0.0"};
    report.guest = {"win_11", "11111111-2222-3333-4444-555555555555", "running", 2, 8 * GiB};
    report.guest.machine = "pc-q35-10.0";
    report.inside.value = example_guest();
    report.lease.value = example_lease();
    report.findings.value = {"/proc/sys/vm/swappiness: is 60, not 10"};
    report.audit.value = example_audit();
    report.pools = {{{0, 2 * MiB}, 4096, 12, 0}};
    report.huge_memory.value = 8 * GiB;
    report.threads.value = {{"vcpu0", "CPU 0/KVM", 41, {parse_cpu_list("2").value(), ""}, {"fifo:1", ""}},
                            {"vcpu1", "CPU 1/KVM", 42, {{}, "gone"}, {{}, "gone"}}};
    const auto kinds = figure_kinds();
    report.figures = {{kinds.data(), "", 12.5, ""},
                      {kinds.data() + 1, "", {}, "libvirt does not report this here"}};
    for (const auto& kind : kinds) {
        if (kind.quantity == "balloon_taken") report.figures.push_back({&kind, "", 3.0 * MiB, ""});
        if (kind.quantity == "write_latency") report.figures.push_back({&kind, "vda", 0.25, ""});
        if (kind.quantity == "sent") report.figures.push_back({&kind, "0", 2048, ""});
    }
    Policy policy;
    policy.report = {{"disk_latency", 0, 1, {}}};
    report.targets = judge_targets(report.figures, {report.guest.vcpus, report.guest.memory}, &policy);
    return report;
}

DomainReport compared() {
    DomainReport report = example();
    report.baseline =
        Baseline{"win_11",
                 "",
                 1'763'990'000,
                 5,
                 {{"cpu.total", 5}, {"cpu.user", 4}, {"memory.balloon_taken", 0}, {"net.0.sent", 2047.9}}};
    report.baseline->versions = {{"QEMU", "9.2.0"}, {"libvirt", "11.3.0"}};
    report.baseline->scores = {{"hyper-v", {13, 13}}, {"pinning", {4, 5}}, {"memory", {4, 6}}};
    return report;
}

std::string golden(const std::string& name) {
    std::ifstream file(std::string(TEST_DATA_DIR) + "/report/" + name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

DomainReport unknown() {
    DomainReport report;
    report.guest = {"a<b>*", "u", "", {}, {}};
    report.lease.absent = report.findings.absent = report.audit.absent = "cannot read: /run/hostlease";
    report.inside.absent = "the VM has no channel for a guest agent";
    report.huge_memory.absent = report.threads.absent = "QEMU is not seen from here";
    return report;
}
} // namespace

TEST_CASE("report: Markdown") {
    CHECK(report_markdown(example()) == golden("report.md"));
    CHECK(report_markdown(compared()) == golden("compared.md"));
    CHECK(report_markdown(unknown()) == golden("unknown.md"));
}

TEST_CASE("report: JSON") {
    CHECK(report_json(compared()) == golden("compared.json"));
    CHECK(report_json(unknown()) == golden("unknown.json"));
}

TEST_CASE("report: its JSON is a baseline for the next report, without changes") {
    DomainReport next = example();
    const auto baseline = read_baseline(report_json(example()), "file");
    REQUIRE(baseline);
    CHECK(baseline->taken == next.taken);
    CHECK(baseline->figures.size() == 4);
    CHECK(baseline->scores.size() == 4);
    CHECK(baseline->scores.at("pinning") == Score{3, 5});
    next.baseline = *baseline;
    CHECK(count_regressions(next) == 0);
    for (std::size_t index = 0; index < next.figures.size(); ++index)
        CHECK(compare(next.figures, *baseline)[index].before == next.figures[index].value);
}

// A report on a running domain, and its output.
#pragma once

#include "advice/audit/audit.hpp"
#include "advice/report/compare.hpp"
#include "advice/report/figures.hpp"
#include "advice/report/guest_facts.hpp"
#include "advice/report/targets.hpp"
#include "advice/report/versions.hpp"
#include "core/known.hpp"
#include "model/host_facts.hpp"
#include "model/lease.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// `format` in the JSON. It changes if the figures get another meaning.
inline constexpr std::string_view report_format = "hostlease-report-1";

struct HostSummary {
    std::string cpu; // model, from the kernel; "": not known
    CpuSet online;
    std::uint64_t cores = 0;  // 0: not known
    std::uint64_t memory = 0; // bytes, 0: not known
    std::string kernel;
    std::string libvirt; // the version of the daemon
    std::string qemu;
};

struct GuestSummary {
    std::string name;
    std::string uuid;
    std::string state; // libvirt's name, "running"
    std::optional<std::uint64_t> vcpus;
    std::optional<std::uint64_t> memory; // maximum in bytes
    std::string machine;                 // the machine that QEMU emulates, "pc-q35-7.2"; "": not known
};

/// A thread of QEMU, with its current CPUs and scheduling.
struct ThreadSummary {
    std::string role; // "vcpu0"
    std::string name; // "CPU 0/KVM"
    std::int64_t id = 0;
    Known<CpuSet> cpus;
    Known<std::string> scheduling; // "fifo:1"
    bool operator==(const ThreadSummary&) const = default;
};

struct DomainReport {
    std::int64_t taken = 0; // seconds since 1970
    double seconds = 0;     // between the samples
    HostSummary host;
    GuestSummary guest;
    Known<GuestFacts> inside; // from the guest agent
    Known<Lease> lease;
    Known<std::vector<std::string>> findings; // how the host differs from the lease
    Known<AuditReport> audit;                 // of libvirt's definition of the domain, and of this host
    std::vector<PoolFacts> pools;
    Known<std::uint64_t> huge_memory; // bytes of huge pages that QEMU has touched
    Known<std::vector<ThreadSummary>> threads;
    std::vector<Figure> figures;
    std::vector<TargetResult> targets;
    std::optional<Baseline> baseline;
};

/// The known versions: the host's programs, the machine type, the guest's system and drivers.
std::vector<Version> versions_of(const DomainReport& report);

/// The number of figures and scores that are regressions; 0 without a baseline.
std::size_t count_regressions(const DomainReport& report);

/// As Markdown (GitHub's tables), with times in UTC. Names are escaped.
std::string report_markdown(const DomainReport& report);

/// As JSON for read_baseline(). Values that could not be measured or read have "not_available" with the
/// reason; unknown facts of host and VM are left out.
std::string report_json(const DomainReport& report);

} // namespace hostlease

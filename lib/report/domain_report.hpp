// All that a report tells of a running domain, and how it is written.
#pragma once

#include "audit/audit.hpp"
#include "core/known.hpp"
#include "model/host_facts.hpp"
#include "model/lease.hpp"
#include "report/compare.hpp"
#include "report/figures.hpp"
#include "report/targets.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// What `format` says in the JSON; another one when its figures mean something else.
inline constexpr std::string_view report_format = "hostlease-report-1";

struct HostSummary {
    std::string cpu; // model, as the kernel tells it; "" where it does not
    CpuSet online;
    std::uint64_t cores = 0;  // 0: not known
    std::uint64_t memory = 0; // bytes, 0: not known
    std::string kernel;
    std::string libvirt; // the daemon's
    std::string qemu;
};

struct GuestSummary {
    std::string name;
    std::string uuid;
    std::string state; // "running", libvirt's word
    std::optional<std::uint64_t> vcpus;
    std::optional<std::uint64_t> memory; // bytes at most
};

/// A thread of QEMU as the kernel runs it now.
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
    Known<Lease> lease;
    Known<std::vector<std::string>> findings; // how the host differs from the lease
    Known<AuditReport> audit;                 // of the domain as it is defined, and this host
    std::vector<PoolFacts> pools;
    Known<std::uint64_t> huge_memory; // bytes of huge pages that QEMU has touched
    Known<std::vector<ThreadSummary>> threads;
    std::vector<Figure> figures;
    std::vector<TargetResult> targets;
    std::optional<Baseline> baseline;
};

/// How many figures and scores are a regression; 0 without a baseline.
std::size_t count_regressions(const DomainReport& report);

/// As Markdown (GitHub's tables), with times in UTC. Names are escaped, so that they are only text.
std::string report_markdown(const DomainReport& report);

/// As JSON that read_baseline takes. What could not be measured or read has "not_available", with the reason, in place of a value; facts of host
/// and VM that nobody tells are left out.
std::string report_json(const DomainReport& report);

} // namespace hostlease

// Whether a host is ready: facts gathered once, and a table of checks that are pure over them.
#pragma once

#include "core/diagnostic.hpp"
#include "core/error.hpp"
#include "doctor/sysctl_files.hpp"
#include "host/host.hpp"
#include "ledger/ledger.hpp"
#include "model/host_facts.hpp"
#include "model/policy.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// One of libvirt's daemons that runs.
struct DaemonFacts {
    std::string name;
    std::int64_t started = 0; // seconds since 1970
    std::string label;        // what AppArmor or SELinux has it confined by; "" when neither does
    // when install-hook last had it look for hooks again; 0: not that anybody knows
    std::int64_t told = 0;
};

/// One of our hooks, in libvirt's folder.
struct HookFacts {
    std::string path;
    std::string program; // where it leads, for a link; else the path itself
    std::string problem; // why it must not or cannot be run as root; "" when it can
    std::int64_t placed = 0;
    bool is_confined = false; // AppArmor's profile of libvirt's daemon lets nothing start from there
};

struct DoctorFacts {
    HostFacts host;
    std::string host_problem;  // why `host` could not be read
    unsigned long libvirt = 0; // as virGetVersion() counts, 0: none found
    std::vector<DaemonFacts> daemons;
    std::vector<HookFacts> hooks;
    std::vector<Policy> policies; // the admin's
    std::vector<std::string> broken_policies;
    bool has_systemd = false;
    bool has_bus = false;
    bool has_journal = false;
    std::string systemd;               // "252"; "" when not found
    std::vector<std::uint64_t> mounts; // page sizes of the hugetlbfs mounts
    std::vector<std::string> command_line;
    SysctlFiles sysctls;
    std::size_t iommu_groups = 0;
    bool has_latency_limits = false; // PM QoS of each CPU
    bool enforces_selinux = false;
    bool has_selinux_module = false; // install/selinux/hostlease.cil, or one of that name
    std::optional<FileStatus> ledger_directory;
    std::uint32_t user = 0;
    LedgerContent ledger;
    std::string ledger_problem;
};

/// `libvirt` is the version of the library, where the root is the machine's own; 0 has it looked for below
/// the root.
DoctorFacts gather_doctor_facts(Host& host, unsigned long libvirt);

enum class Readiness { pass, warn, fail };

std::string_view to_text(Readiness verdict);

struct DoctorLine {
    Readiness verdict = Readiness::pass;
    std::string what;
    std::string fix; // "" when there is nothing to do
    bool operator==(const DoctorLine&) const = default;
};

struct DoctorCheck {
    std::string_view name;
    std::vector<DoctorLine> (*look)(const DoctorFacts& facts);
};

/// Every check, in the order they are told.
std::span<const DoctorCheck> doctor_checks();

} // namespace hostlease

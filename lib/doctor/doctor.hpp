// Whether a host is ready: facts that are gathered once, and a table of checks that are pure functions of
// them.
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

/// A running daemon of libvirt.
struct DaemonFacts {
    std::string name;
    std::int64_t started = 0; // seconds since 1970
    std::string label;        // AppArmor's or SELinux's label of the process; "" if unconfined
    // when install-hook last made it look for hooks again, in seconds since 1970; 0: never, or unknown
    std::int64_t told = 0;
};

/// One of our hooks, in libvirt's folder.
struct HookFacts {
    std::string path;
    std::string program; // the target of a link; otherwise the path itself
    std::string problem; // why root must not or cannot run it; "" if root can
    std::int64_t placed = 0;
    bool is_confined = false; // AppArmor's profile of libvirt's daemon allows no program in that folder
};

struct DoctorFacts {
    HostFacts host;
    std::string host_problem;  // why `host` could not be read
    unsigned long libvirt = 0; // in the format of virGetVersion(); 0: not found
    std::vector<DaemonFacts> daemons;
    std::vector<HookFacts> hooks;
    std::vector<Policy> policies; // the admin's
    std::vector<std::string> broken_policies;
    bool has_systemd = false;
    bool has_bus = false;
    bool has_journal = false;
    std::string systemd;               // "252"; "" if not found
    std::vector<std::uint64_t> mounts; // page sizes of the hugetlbfs mounts
    std::vector<std::string> command_line;
    SysctlFiles sysctls;
    std::size_t iommu_groups = 0;
    bool has_latency_limits = false; // PM QoS of each CPU
    bool enforces_selinux = false;
    bool has_selinux_module = false; // install/selinux/hostlease.cil, or another one of this name
    std::optional<FileStatus> ledger_directory;
    std::uint32_t user = 0;
    LedgerContent ledger;
    std::string ledger_problem;
};

/// `libvirt` is the version of this machine's library. For another root it is 0: the version is then taken
/// from the name of the library's file below the root.
DoctorFacts gather_doctor_facts(Host& host, unsigned long libvirt);

enum class Readiness { pass, warn, fail };

std::string_view to_text(Readiness verdict);

struct DoctorLine {
    Readiness verdict = Readiness::pass;
    std::string what;
    std::string fix; // "" if there is nothing to do
    bool operator==(const DoctorLine&) const = default;
};

struct DoctorCheck {
    std::string_view name;
    std::vector<DoctorLine> (*look)(const DoctorFacts& facts);
};

/// All checks, in the order of the output.
std::span<const DoctorCheck> doctor_checks();

} // namespace hostlease

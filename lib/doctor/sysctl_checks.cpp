// Checks of settings of sysctl.d(5) that are leased as well. nr_hugepages is the size of the pool, and
// nr_hugepages_mempolicy the same within the writer's memory policy. nr_overcommit_hugepages is the number
// of pages that may exist beyond the pool. Source: Documentation/admin-guide/mm/hugetlbpage.rst (6.12).
#include "doctor/checks.hpp"
#include "knobs/knob.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::string_view pool_sizes[] = {"/proc/sys/vm/nr_hugepages",
                                           "/proc/sys/vm/nr_hugepages_mempolicy"};
constexpr std::string_view surplus = "/proc/sys/vm/nr_overcommit_hugepages";

std::string text_of(const SysctlLine& line) {
    return line.file + ":" + std::to_string(line.line) + ": " + line.name + " = " + line.value;
}

/// The position in a policy that leases the file: "win11.toml:3:1"; "" if none does.
std::string leased_at(const DoctorFacts& facts, std::string_view path) {
    const Knob* knob = owner_of(path);
    for (const auto& policy : facts.policies) {
        if (knob != nullptr)
            for (const auto& key : knob->keys)
                if (const auto* setting = policy.find(key.key)) return setting->position.text();
        for (const auto& entry : policy.sysfs)
            if (entry.path == path) return entry.position.text();
    }
    return {};
}
} // namespace

DoctorLines check_sysctls(const DoctorFacts& facts) {
    DoctorLines lines;
    for (const auto& problem : facts.sysctls.problems)
        lines.push_back(warns(problem, "run hostlease doctor as root"));
    for (const auto& line : facts.sysctls.lines) {
        if (std::find(std::begin(pool_sizes), std::end(pool_sizes), line.path) != std::end(pool_sizes)) {
            lines.push_back(warns(
                text_of(line) + ": the next `sysctl --system`, which packages run too, resizes the pool to "
                                "this value, whatever VMs have leased",
                "remove the line: hugepages.reserve in a policy reserves the pages that a VM needs; "
                "permanent pages belong on the kernel's command line (see hostlease suggest --cmdline)"));
            continue;
        }
        if (line.path == surplus && line.value != "0") {
            lines.push_back(
                passes(text_of(line) + ": VMs may use that many pages beyond the pool if memory allows"));
            continue;
        }
        if (const auto place = leased_at(facts, line.path); !place.empty())
            lines.push_back(
                passes(text_of(line) + ": this value applies while no VM leases it (" + place +
                       "); running `sysctl --system` during a lease overwrites the leased value"));
    }
    if (lines.empty()) lines.push_back(passes("no file in sysctl.d sets a value that policies lease"));
    return lines;
}

} // namespace hostlease

// systemd, the journal, and the ledger.
#include "engine/doctor/checks.hpp"

namespace hostlease {

DoctorLines check_systemd(const DoctorFacts& facts) {
    if (!facts.has_systemd)
        return {warns("systemd does not run this host: cgroups are written as files, and nothing keeps the host awake",
                      "nothing, where that is meant")};
    DoctorLines lines;
    const std::string version = facts.systemd.empty() ? "of an unknown version" : facts.systemd;
    if (facts.has_bus)
        lines.push_back(passes("systemd " + version + ", and its bus takes connections"));
    else
        lines.push_back(
            fails("systemd " + version + ", and no bus answers: units' CPUs cannot be set", "systemctl start dbus.socket"));
    if (!facts.has_journal)
        lines.push_back(warns("no journal: what the hook did is nowhere to be read", "systemctl start systemd-journald.socket"));
    return lines;
}

DoctorLines check_ledger(const DoctorFacts& facts) {
    if (!facts.ledger_problem.empty()) return {fails(facts.ledger_problem, "hostlease doctor as root")};
    if (!facts.ledger_directory) return {passes("no VM has held a lease since the boot")};
    const auto& directory = *facts.ledger_directory;
    if (directory.type != FileStatus::Type::directory || directory.owner != facts.user || (directory.mode & 077U) != 0)
        return {
            fails("/run/hostlease is not a directory of ours with mode 0700: every lease is refused",
                  "find out who made it; if its files are root's and nobody else could write them, chmod 700 /run/hostlease")};
    DoctorLines lines;
    for (const auto& problem : facts.ledger.problems)
        lines.push_back(fails(problem.text(), "hostlease reconcile sets it aside"));
    for (const auto& bad : facts.ledger.unreadable)
        lines.push_back(fails(bad.error.text(), "stop that VM, then hostlease reconcile"));
    if (lines.empty()) lines.push_back(passes("/run/hostlease is sound, leases: " + std::to_string(facts.ledger.leases.size())));
    return lines;
}

} // namespace hostlease

// Checks of systemd, the journal and the ledger.
#include "doctor/checks.hpp"

namespace hostlease {

DoctorLines check_systemd(const DoctorFacts& facts) {
    if (!facts.has_systemd)
        return {warns("systemd is not running on this host: hostlease writes cgroup files directly and "
                      "cannot inhibit sleep",
                      "none needed if this is intended")};
    DoctorLines lines;
    const std::string version = facts.systemd.empty() ? "of an unknown version" : facts.systemd;
    if (facts.has_bus)
        lines.push_back(passes("systemd " + version + ", and its bus accepts connections"));
    else
        lines.push_back(
            fails("systemd " + version + ", but no bus answers: hostlease cannot set the CPUs of units",
                  "run systemctl start dbus.socket"));
    if (!facts.has_journal)
        lines.push_back(warns("no journal: the hook cannot log what it does",
                              "run systemctl start systemd-journald.socket"));
    return lines;
}

DoctorLines check_ledger(const DoctorFacts& facts) {
    if (!facts.ledger_problem.empty())
        return {fails(facts.ledger_problem, facts.user == 0 ? "" : "run hostlease doctor as root")};
    if (!facts.ledger_directory) return {passes("no VM has held a lease since boot")};
    const auto& directory = *facts.ledger_directory;
    if (directory.type != FileStatus::Type::directory || directory.owner != facts.user ||
        (directory.mode & 077U) != 0)
        return {fails("/run/hostlease does not belong to hostlease or does not have mode 0700: hostlease "
                      "refuses every lease",
                      "find out who created it; if root owns its files and nobody else could write them, run "
                      "chmod 700 /run/hostlease")};
    DoctorLines lines;
    for (const auto& problem : facts.ledger.problems)
        lines.push_back(fails(problem.text(), "run hostlease reconcile, which sets the file aside"));
    for (const auto& bad : facts.ledger.unreadable)
        lines.push_back(fails(bad.error.text(), "stop that VM, then run hostlease reconcile"));
    if (lines.empty())
        lines.push_back(
            passes("/run/hostlease is valid; leases: " + std::to_string(facts.ledger.leases.size())));
    return lines;
}

} // namespace hostlease

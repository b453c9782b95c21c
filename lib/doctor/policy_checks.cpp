// Checks of the policies, and of services that set the same values.
#include "doctor/checks.hpp"
#include "plan/checks.hpp"

#include <map>

namespace hostlease {

DoctorLines check_policies(const DoctorFacts& facts) {
    DoctorLines lines;
    for (const auto& problem : facts.broken_policies)
        lines.push_back(fails(problem, "run hostlease check to see all errors"));
    if (!lines.empty()) return lines;
    if (facts.policies.empty())
        return {warns("/etc/hostlease contains no policy: hostlease leaves every VM alone",
                      "write a policy; it can extend one of /usr/share/hostlease/policies")};
    return {passes(std::to_string(facts.policies.size()) +
                   (facts.policies.size() == 1 ? " policy is valid" : " policies are valid"))};
}

DoctorLines check_rivals(const DoctorFacts& facts) {
    DoctorLines lines;
    const Domain domain;
    const std::map<PoolId, std::uint64_t> promised;
    Diagnostics notes;
    for (const auto& policy : facts.policies)
        check_services({domain, policy, facts.host, {}, promised}, notes);
    for (const auto& note : notes.all())
        lines.push_back(warns(note.position.text() + ": " + note.message, note.hint));
    if (lines.empty()) lines.push_back(passes("no running service conflicts with the policies"));
    return lines;
}

} // namespace hostlease

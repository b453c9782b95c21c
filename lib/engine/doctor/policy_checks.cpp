// The policies, and services that set what they set.
#include "engine/doctor/checks.hpp"
#include "plan/checks.hpp"

#include <map>

namespace hostlease {

DoctorLines check_policies(const DoctorFacts& facts) {
    DoctorLines lines;
    for (const auto& problem : facts.broken_policies)
        lines.push_back(fails(problem, "hostlease check tells all that is wrong"));
    if (!lines.empty()) return lines;
    if (facts.policies.empty())
        return {warns("there is no policy in /etc/hostlease: every VM is left alone",
                      "write one; /usr/share/hostlease/policies has some to extend")};
    return {passes(std::to_string(facts.policies.size()) +
                   (facts.policies.size() == 1 ? " policy is sound" : " policies are sound"))};
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
    if (lines.empty()) lines.push_back(passes("no service that runs sets what the policies set"));
    return lines;
}

} // namespace hostlease

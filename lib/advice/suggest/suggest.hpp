// Changes a domain's XML so that it passes the audit's rules. Pure: all facts are arguments.
#pragma once

#include "advice/audit/audit.hpp"
#include "model/topology.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace hostlease {

/// Checks the XML of a domain: a sentence that names the problem, or "".
using Judge = std::function<std::string(const std::string& text)>;

struct SuggestRequest {
    std::string text; // the domain's XML, valid for read_domain_xml()
    std::string file; // its name in diagnostics
    Guest guest = Guest::unknown;
    std::string windows = {}; // the version; "": not known
    CpuVendor vendor = CpuVendor::unknown;
    const AuditFacts& host;
    const HostTopology* topology = nullptr; // nullptr: not known; topology_problem says why
    std::string topology_problem = {};
    NodeSet near = {};                         // nodes of passed-through devices
    std::optional<CorePreference> prefer = {}; // the user's choice; none: cache
    const Policy* policy = nullptr;
    unsigned long libvirt_version = 0;
    std::set<RuleGroup> groups; // the groups to set
    // remove all pins instead of setting them, for a policy that chooses the CPUs
    bool without_pins = false;
    std::optional<unsigned> vcpus = {};
    std::optional<std::uint64_t> memory = {}; // bytes
    std::vector<Judge> judges = {};           // further checks of the result
};

/// Information for the user. A warning asks for something before the next start of the VM.
struct SuggestNote {
    Severity severity = Severity::note;
    std::string text;
    auto operator<=>(const SuggestNote&) const = default;
};

struct Suggestion {
    std::string text;
    std::vector<SuggestNote> notes;
    std::vector<RuleResult> remaining; // findings in the new text, of the requested groups
};

/// A group that can be set. Groups that change the guest's hardware are set only on request.
struct SettableGroup {
    RuleGroup group;
    bool by_default;
    bool needs_guest; // the guest's system must be known
};
std::vector<SettableGroup> settable_groups();

/// Returns the new text; it equals the old text if nothing needs to change, and suggesting again changes
/// nothing. The new text can be read, has no audit error that the old one did not have, and no new warning in
/// the groups that were set, except about pins of a VM that had none; every judge that accepts the old text
/// accepts it. A change that breaks one of these is left out, and a warning says why. If a judge refuses the
/// new text although it prevented no change, because it refused the old one, a warning has its words. The
/// error is one sentence for the user: the XML cannot be read, or a size does not fit it.
tl::expected<Suggestion, std::string> suggest(const SuggestRequest& request);

} // namespace hostlease

// A domain's XML as the audit's rules want it. Pure: what the machine is like, and what it is to be, comes in.
#pragma once

#include "audit/audit.hpp"
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

/// Says in a sentence what is wrong with the XML of a domain, "" when nothing is.
using Judge = std::function<std::string(const std::string& text)>;

struct SuggestRequest {
    std::string text; // the domain's XML, which read_domain_xml() takes
    std::string file; // that its lines are of
    Guest guest = Guest::unknown;
    std::string windows = {}; // the version, "" when it is not known
    CpuVendor vendor = CpuVendor::unknown;
    const AuditFacts& host;
    const HostTopology* topology = nullptr; // nullptr: not known, for the reason below
    std::string topology_problem = {};
    NodeSet near = {}; // nodes of devices that are passed through
    CorePreference prefer = CorePreference::cache;
    const Policy* policy = nullptr;
    unsigned long libvirt_version = 0;
    std::set<RuleGroup> groups; // that are to be set
    std::optional<unsigned> vcpus = {};
    std::optional<std::uint64_t> memory = {}; // bytes
    std::vector<Judge> judges = {};           // of the result, besides the audit
};

/// What a user is to know besides: a warning is about what to do before the VM starts so.
struct SuggestNote {
    Severity severity = Severity::note;
    std::string text;
    auto operator<=>(const SuggestNote&) const = default;
};

struct Suggestion {
    std::string text;
    std::vector<SuggestNote> notes;
    std::vector<RuleResult> remaining; // findings of the groups that were asked for, in the new text
};

/// Groups that can be set; those that change which hardware the guest sees are set only when they are asked for.
struct SettableGroup {
    RuleGroup group;
    bool by_default;
    bool needs_guest; // which system the guest is has to be known
};
std::vector<SettableGroup> settable_groups();

/// The new text: equal to the old one when nothing is to be changed, and again when it is suggested upon. It can be read, the audit has no
/// error of the XML that it did not have of the old one, and no warning in the groups that were set, and no judge refuses it who takes the old one. A
/// group whose changes do not keep to that is left out, and a warning says why. The error is one sentence for the user: XML that cannot be
/// read, or a size that does not fit it.
tl::expected<Suggestion, std::string> suggest(const SuggestRequest& request);

} // namespace hostlease

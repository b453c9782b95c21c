// What `suggest` is asked, out of its options, and what it has to know of this machine.
#pragma once

#include "command.hpp"
#include "read/xml_element.hpp"
#include "suggest/suggest.hpp"

#include <optional>
#include <string>

namespace hostlease {

/// Reads and keeps all that a SuggestRequest refers to.
struct SuggestSubject {
    std::string file; // that lines are of
    bool from_file = false;
    std::string xml;
    Domain domain;
    AuditFacts facts;
    std::optional<HostTopology> topology;
    std::optional<Policy> policy;
};

/// The options alone: numbers and groups. ErrorKind::usage.
struct SuggestWishes {
    std::optional<unsigned> vcpus;
    std::optional<std::uint64_t> memory;
    std::set<RuleGroup> groups; // empty: the default ones
};
Result<SuggestWishes> read_wishes(const CommandOptions& options);

/// Completes the request, as far as the machine and the XML tell. ErrorKind::usage when the guest's system is not known and matters.
Result<SuggestRequest> make_request(Host& host, const CommandOptions& options, const SuggestWishes& wishes,
                                    SuggestSubject& subject);

} // namespace hostlease

// The options of `suggest`, and its facts about this machine.
#pragma once

#include "advice/suggest/suggest.hpp"
#include "command.hpp"
#include "read/xml_element.hpp"

#include <optional>
#include <string>

namespace hostlease {

/// Reads and keeps all data that a SuggestRequest refers to.
struct SuggestSubject {
    std::string file; // the file of line numbers
    bool from_file = false;
    std::string xml;
    Domain domain;
    AuditFacts facts;
    std::optional<HostTopology> topology;
    std::optional<Policy> policy;
};

struct SuggestOptions {
    std::string root = "/";
    std::string connect;
    std::optional<unsigned> vcpus;
    std::optional<std::uint64_t> memory; // bytes
    std::optional<Guest> guest;
    std::optional<CorePreference> prefer;
    bool without_pins = false;
    std::set<RuleGroup> groups; // empty for the default groups
    std::string write;          // "-" is standard output
    bool check = false;
    bool define = false;
    bool yes = false;
    bool cmdline = false;
    bool json = false;
    std::vector<std::string> subjects; // domains or files: one, or any number with --cmdline
};

/// The names of the groups of rules that --set accepts.
std::vector<std::string> settable_group_names();

/// The option --prefer, which `suggest` and `place` share.
void add_prefer(OptionList& list, std::optional<CorePreference>& prefer);

// Strict parsers of option values. ErrorKind::usage.
Result<unsigned> parse_vcpus(const std::string& text);
Result<std::uint64_t> parse_memory(const std::string& text);
Result<std::set<RuleGroup>> parse_groups(const std::string& text);

/// Completes the request with facts from the machine and the XML. ErrorKind::usage if the guest's system is
/// unknown but needed.
Result<SuggestRequest> make_request(Host& host, const SuggestOptions& options, SuggestSubject& subject);

} // namespace hostlease

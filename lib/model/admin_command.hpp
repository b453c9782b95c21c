// A program that a policy has run for a VM, as one text: what the ledger needs to undo it when the policy is gone or edited.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

struct AdminCommand {
    std::vector<std::string> run;  // the first word is an absolute path
    std::vector<std::string> undo; // empty: nothing to undo
    std::chrono::microseconds deadline{};
    std::string domain; // the VM's name
    bool operator==(const AdminCommand&) const = default;
};

/// "/bin/quiet 'two words'": as a shell would take it, on one line where the words have no line ends.
std::string words_text(const std::vector<std::string>& words);

/// "run WORDS; undo WORDS; within 10s; for NAME", each word quoted where it must be.
std::string to_text(const AdminCommand& command);
/// The reverse of to_text; nullopt when the text is none of its.
std::optional<AdminCommand> parse_command(std::string_view text);

} // namespace hostlease

// A program that a policy runs for a VM, and its form as one text. The ledger keeps this text, so that the
// program can be undone after the policy was removed or edited.
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

/// "/bin/quiet 'two words'": quoted as for a shell; one line unless the words have line ends.
std::string words_text(const std::vector<std::string>& words);

/// "run WORDS; undo WORDS; within 10s; for NAME", each word quoted if necessary.
std::string to_text(const AdminCommand& command);
/// The reverse of to_text; nullopt for any other text.
std::optional<AdminCommand> parse_command(std::string_view text);

} // namespace hostlease

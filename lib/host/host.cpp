#include "host/host.hpp"

#include <cerrno>

namespace hostlease {

WriteOutcome Host::write_and_read(const std::string& path, std::string_view text, const std::vector<std::string>& others) {
    WriteOutcome outcome{write(path, text), {}};
    outcome.texts.push_back(read(path));
    for (const auto& other : others)
        outcome.texts.push_back(read(other));
    return outcome;
}

bool is_missing(const Error& error) {
    return error.errno_value == ENOENT || error.errno_value == ENOTDIR || error.errno_value == ESRCH;
}

} // namespace hostlease

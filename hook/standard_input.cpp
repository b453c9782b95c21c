#include "standard_input.hpp"

#include <array>
#include <cerrno>
#include <unistd.h>

namespace hostlease {

std::string read_standard_input(std::size_t limit) {
    std::string text;
    std::array<char, 16384> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
    while (text.size() <= limit) {
        const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
}

} // namespace hostlease

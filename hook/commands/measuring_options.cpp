#include "measuring_options.hpp"

#include "core/parse.hpp"
#include "core/units.hpp"

namespace hostlease {

namespace {
constexpr unsigned longest_seconds = 3600;
}

Result<unsigned> seconds_to_measure(const CommandOptions& options) {
    const auto seconds = parse_integer<unsigned>(options.seconds);
    if (seconds && *seconds >= 1 && *seconds <= longest_seconds) return *seconds;
    return fail(ErrorKind::usage,
                "--seconds=" + options.seconds + " is not a number of seconds from 1 to " + std::to_string(longest_seconds));
}

tl::expected<std::string, Diagnostic> read_earlier_file(const std::string& file, const std::string& noun) {
    constexpr std::size_t limit = 4 * MiB;
    auto text = read_user_file(file, limit);
    if (!text) {
        text.error().path.clear(); // the diagnostic names it
        return tl::unexpected(Diagnostic{{file, 0, 0}, Severity::error, text.error().text(), {}});
    }
    if (text->size() > limit)
        return tl::unexpected(Diagnostic{{file, 0, 0}, Severity::error, "this is too large for a " + noun, {}});
    return std::move(*text);
}

} // namespace hostlease

#include "earlier_file.hpp"

#include "core/units.hpp"

namespace hostlease {

tl::expected<std::string, Diagnostic> read_earlier_file(const std::string& file, const std::string& noun) {
    constexpr std::size_t limit = 4 * MiB;
    auto text = read_user_file(file, limit);
    if (!text) {
        text.error().path.clear(); // the diagnostic already names the file
        return tl::unexpected(Diagnostic{{file, 0, 0}, Severity::error, text.error().text(), {}});
    }
    if (text->size() > limit)
        return tl::unexpected(
            Diagnostic{{file, 0, 0}, Severity::error, "the file is too large for a " + noun, {}});
    return std::move(*text);
}

} // namespace hostlease

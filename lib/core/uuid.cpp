#include "core/uuid.hpp"

namespace hostlease {

namespace {
bool is_hexadecimal(char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f') ||
           (letter >= 'A' && letter <= 'F');
}

bool is_blank(char letter) { return letter == ' ' || (letter >= '\t' && letter <= '\r'); }
} // namespace

std::optional<std::string> canonical_uuid(std::string_view text) {
    constexpr std::size_t length = 36;
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    std::optional<std::string> uuid(std::in_place);
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '-' || is_blank(text[at])) {
            ++at;
            continue;
        }
        if (uuid->size() == length || at + 1 == text.size() || !is_hexadecimal(text[at]) ||
            !is_hexadecimal(text[at + 1]))
            return std::nullopt;
        for (const char letter : text.substr(at, 2))
            *uuid += static_cast<char>(letter >= 'A' && letter <= 'F' ? letter + 32 : letter);
        if (uuid->size() == 8 || uuid->size() == 13 || uuid->size() == 18 || uuid->size() == 23) *uuid += '-';
        at += 2;
    }
    if (uuid->size() != length || text.back() == '-') return std::nullopt;
    return uuid;
}

} // namespace hostlease

#include "core/foreign_text.hpp"

#include <algorithm>

namespace hostlease {

std::size_t control_length(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < ' ' || first == 0x7f) return 1;
    // U+0080 to U+009F in UTF-8
    const auto second = text.size() > 1 ? static_cast<unsigned char>(text[1]) : 0U;
    return first == 0xc2 && second >= 0x80 && second < 0xa0 ? 2 : 0;
}

bool has_control_characters(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at)
        if (control_length(text.substr(at)) != 0) return true;
    return false;
}

std::string printable(std::string text, std::string_view kept) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto length = control_length(std::string_view(text).substr(at));
        if (length == 0 || kept.find(text[at]) != std::string_view::npos) continue;
        text.replace(at, length, length, '?');
    }
    return text;
}

std::string_view beginning(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0U) == 0x80U)
        --bytes;
    return text.substr(0, bytes);
}

std::string shortened(std::string_view text, std::size_t bytes) {
    return std::string(beginning(text, bytes)) + (text.size() > bytes ? "..." : "");
}

std::string markdown_text(std::string_view text) {
    std::string result;
    for (const char letter : printable(std::string(text), "\n\r\t")) {
        if (std::string_view("\\`*_[]<>&|#~").find(letter) != std::string_view::npos) result += '\\';
        result += static_cast<unsigned char>(letter) < ' ' ? ' ' : letter;
    }
    return result;
}

std::string markdown_code(std::string_view text, std::string_view language) {
    std::size_t run = 0;
    std::size_t longest = 2;
    for (const char letter : text) {
        run = letter == '`' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    const std::string fence(longest + 1, '`');
    return fence + std::string(language) + "\n" + printable(std::string(text), "\n\t") + "\n" + fence + "\n";
}

} // namespace hostlease

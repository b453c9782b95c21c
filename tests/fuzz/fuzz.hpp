// Code that the fuzz targets share: checks that end the program, and requirements on every text that leaves
// it.
#pragma once

#include "core/diagnostic.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace hostlease::fuzz {

/// Ends the program, which libFuzzer treats as a finding.
inline void require(bool holds, const char* what, std::string_view shown = {}) {
    if (holds) return;
    std::fprintf(stderr, "not so: %s\n%.*s\n", what, static_cast<int>(shown.size()), shown.data());
    std::abort();
}

/// For terminals: UTF-8 without control characters, which include U+0080 to U+009F, except line ends.
inline bool is_printable(std::string_view text) {
    if (find_invalid_utf8(text)) return false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        if ((byte < ' ' && byte != '\n') || byte == 0x7f) return false;
        if (byte == 0xc2 && static_cast<unsigned char>(text[at + 1]) < 0xa0) return false;
    }
    return true;
}

/// Each error has a position in the text, is short, and is printable on a terminal.
inline void check_errors(const Diagnostics& diagnostics, std::string_view text) {
    require(diagnostics.has_errors(), "a failure has an error");
    const auto lines = static_cast<unsigned>(std::count(text.begin(), text.end(), '\n')) + 1;
    for (const auto& one : diagnostics.all()) {
        require(!one.message.empty() && one.text().size() < 2'000, "a message is short", one.text());
        require(one.position.line <= lines, "a message is about a line of the text", one.text());
        require(is_printable(one.text()), "a message is plain text", one.text());
    }
}

} // namespace hostlease::fuzz

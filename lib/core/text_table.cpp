#include "core/text_table.hpp"

#include "core/foreign_text.hpp"

#include <algorithm>

namespace hostlease {

namespace {
/// The number of characters of UTF-8 text: its bytes except continuation bytes.
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}
} // namespace

std::string align(TextTable rows) {
    std::vector<std::size_t> widths;
    for (auto& row : rows) {
        for (auto& cell : row)
            if (has_control_characters(cell)) cell = printable(std::move(cell));
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t column = 0; column < row.size(); ++column)
            widths[column] = std::max(widths[column], width_of(row[column]));
    }
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t column = 0; column < row.size(); ++column)
            line += "  " + row[column] + std::string(widths[column] - width_of(row[column]), ' ');
        text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return text;
}

} // namespace hostlease

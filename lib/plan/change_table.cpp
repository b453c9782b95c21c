#include "plan/change_table.hpp"

#include "core/foreign_text.hpp"
#include "core/parse.hpp"

#include <algorithm>
#include <string_view>

namespace hostlease {

namespace {
/// Columns of a usual terminal.
constexpr std::size_t widest = 120;
/// Columns for a value within its row.
constexpr std::size_t widest_value = 30;
constexpr std::size_t least_indent = 4;

std::size_t width_of(std::string_view line) {
    return static_cast<std::size_t>(std::count_if(
        line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    split(text, '\n', [&](std::string_view line) { lines.emplace_back(line); });
    lines.pop_back(); // the text ends with a line end
    return lines;
}

/// The path, shortened to the width by omitting its first folders: ".../policy{4-7}/scaling_governor". The
/// last folder and the one with a list stay.
std::string shortened(const std::string& path, std::size_t width) {
    if (width_of(path) <= width) return path;
    const auto last = std::min(path.rfind('/', path.rfind('/') - 1), path.rfind('/', path.find('{')));
    auto at = path.find('/', 1);
    while (at < last && width_of(path) - at + 3 > width)
        at = path.find('/', at + 1);
    return at == std::string::npos ? path : "..." + path.substr(at);
}

/// The text on lines of its own, indented by at most `indent`, or less if a line would not fit. Lines break
/// at blanks and after commas.
std::string below(std::string_view text, std::size_t indent) {
    const auto room = widest - std::min(width_of(text), widest);
    const std::string blanks(std::clamp(room, least_indent, std::max(least_indent, indent)), ' ');
    std::string lines;
    std::string line;
    const auto end_line = [&] {
        lines += blanks + std::string(trim(line)) + "\n";
        line.clear();
    };
    while (!text.empty()) {
        const auto piece = text.substr(0, std::min(text.find_first_of(" ,"), text.size() - 1) + 1);
        if (!line.empty() && blanks.size() + width_of(line) + width_of(trim(piece)) > widest) end_line();
        line += piece;
        text.remove_prefix(piece.size());
    }
    end_line();
    return lines;
}

/// The cells of a row before its file, and those of them that are too wide for the row.
struct Front {
    std::vector<std::string> cells;
    std::vector<std::string> wide;
};

Front front_of(const std::vector<std::string>& row) {
    Front front{{row.begin(), row.end() - 2}, {}};
    const auto count = front.cells.size();
    for (const auto& [index, name] : {std::pair(count - 2, "from "), std::pair(count - 1, "to ")}) {
        auto& cell = front.cells[index];
        if (width_of(cell) <= widest_value) continue;
        front.wide.push_back(name + printable(cell));
        cell = "...";
    }
    return front;
}
} // namespace

std::string ChangeTable::text() const {
    const std::string text = align(rows_);
    const auto lines = lines_of(text);
    const bool fits =
        std::all_of(lines.begin(), lines.end(), [](const auto& line) { return width_of(line) <= widest; });
    return fits ? text : narrow_text();
}

std::string ChangeTable::narrow_text() const {
    std::vector<Front> fronts;
    TextTable table;
    for (const auto& row : rows_) {
        fronts.push_back(front_of(row));
        table.push_back(fronts.back().cells);
        table.back().emplace_back("|"); // marks where the row's file begins
    }
    const auto before = lines_of(align(table)).front().size() - 1;
    for (std::size_t index = 0; index < table.size(); ++index) {
        const std::string path = printable(*(rows_[index].end() - 2));
        const std::string shown = shortened(path, widest - before);
        const bool fits = before + width_of(shown) <= widest;
        table[index].back() = fits ? shown : "";
        if (!fits) fronts[index].wide.push_back(path);
    }
    const auto lines = lines_of(align(table));
    std::string text = lines.front() + "  " + rows_.front().back() + "\n";
    std::string said; // the reason shown by the rows above
    for (std::size_t index = 1; index < lines.size(); ++index) {
        const std::string why = printable(rows_[index].back());
        const bool fits = width_of(lines[index]) + 2 + width_of(why) <= widest && fronts[index].wide.empty();
        text += lines[index] + (why != said && fits ? "  " + why : "") + "\n";
        for (const auto& wide : fronts[index].wide)
            text += below(wide, least_indent);
        if (why == said || (!fits && is_shown_[index - 1])) continue;
        if (!fits) text += below(why, before + 2);
        said = why;
    }
    return text;
}

} // namespace hostlease

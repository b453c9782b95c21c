#include "help.hpp"

#include <algorithm>

namespace hostlease {

namespace {
struct Row {
    std::string name;
    std::string text;
};

constexpr std::pair<Category, const char*> categories[] = {{Category::look, "Look"},
                                                           {Category::advise, "Advise"},
                                                           {Category::change, "Change"},
                                                           {Category::set_up, "Set up"}};

std::string rows_text(const std::vector<Row>& rows, std::size_t column) {
    std::string text;
    for (const auto& row : rows)
        text += "  " + row.name + std::string(column - 2 - row.name.size(), ' ') +
                wrapped(row.text, line_width - column, column) + "\n";
    return text;
}

std::size_t column_of(const std::vector<Row>& rows) {
    std::size_t widest = 0;
    for (const auto& row : rows)
        widest = std::max(widest, row.name.size());
    return widest + 4;
}

std::string name_of(const Option& option) {
    switch (option.value) {
    case Option::Value::none: return option.name;
    case Option::Value::optional: return option.name + "[=" + option.value_name + "]";
    case Option::Value::required: return option.name + " " + option.value_name;
    }
    return option.name;
}
} // namespace

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
    std::string lines;
    while (text.size() > width) {
        auto end = text.rfind(' ', width);
        if (end == std::string_view::npos) end = std::min(text.find(' '), text.size());
        lines += std::string(text.substr(0, end)) + "\n" + std::string(indent, ' ');
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines + std::string(text);
}

std::string help_text(std::span<const Verb* const> verbs) {
    std::string text =
        "Lease huge pages, CPUs and other host resources to libvirt VMs, and restore the host afterwards.\n"
        "Usage: hostlease VERB [OPTIONS] [WORDS]\n";
    constexpr std::size_t column = 18;
    for (const auto& [category, title] : categories) {
        std::vector<Row> rows;
        for (const Verb* verb : verbs)
            if (verb->category == category) rows.push_back({verb->name, verb->summary});
        text += std::string("\n") + title + ":\n" + rows_text(rows, column);
    }
    return text + "\nOptions:\n" +
           rows_text({{"-h, --help", help_option}, {"--version", "print the version"}}, column) +
           "\nExit codes: 0 done, 1 refused or failed, 2 bad input, 3 drift or findings.\n"
           "`hostlease VERB --help` explains a verb and shows an example.\n";
}

std::string help_text(const Verb& verb, const OptionList& list) {
    std::string text = std::string(verb.summary) + ".";
    if (*verb.details != '\0') text += std::string(" ") + verb.details;
    text = wrapped(text, line_width, 0) + "\nUsage: hostlease " + verb.name + " [OPTIONS]" +
           (*verb.words == '\0' ? "" : " ") + verb.words + "\n\nOptions:\n";
    std::vector<Row> rows{{"-h, --help", help_option}};
    for (const auto& option : list.options())
        rows.push_back({name_of(option), option.help});
    return text + rows_text(rows, column_of(rows)) + "\nExample:\n  " + verb.example + "\n";
}

} // namespace hostlease

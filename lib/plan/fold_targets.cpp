#include "plan/fold_targets.hpp"

#include "core/parse.hpp"
#include "plan/cpu_pattern.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>

namespace hostlease {

namespace {
constexpr std::string_view digits = "0123456789";

/// The part of a path that distinguishes its target from others.
struct Place {
    std::size_t at = std::string::npos;
    std::size_t length = 0;
    bool is_number = false;
    bool is_cpu = false;

    [[nodiscard]] bool is_known() const { return at != std::string::npos; }
    [[nodiscard]] std::string part_of(const std::string& path) const {
        return is_known() ? path.substr(at, length) : std::string();
    }
};

/// The position where the path has the word as a folder's name, or, if `may_be_file`, as the file's name.
std::size_t find_name(std::string_view path, std::string_view word, bool may_be_file) {
    for (auto at = path.find(word); at != std::string_view::npos; at = path.find(word, at + 1)) {
        const auto end = at + word.size();
        const bool is_whole = end == path.size() ? may_be_file : path[end] == '/';
        if (is_whole && at > 0 && path[at - 1] == '/') return at;
    }
    return std::string_view::npos;
}

/// The number at the end of the target's last word that is in the path and ends with a number; otherwise the
/// whole first word that is in the path: "policy4", "24 nvme0q1", "exclusive vcpu0", "node0/...".
Place place_of(const TargetRow& row) {
    const std::string_view target = row.target;
    Place found;
    for (std::size_t begin = 0; begin < target.size();) {
        const auto end = std::min({target.find(' ', begin), target.find('/', begin), target.size()});
        const auto word = target.substr(begin, end - begin);
        begin = end + 1;
        if (word.empty()) continue;
        const auto before_number = word.find_last_not_of(digits);
        const auto number = before_number == std::string_view::npos ? 0 : before_number + 1;
        const bool is_number = number < word.size();
        if (found.is_known() && !is_number) continue;
        const auto at = find_name(row.path, word, number == 0);
        if (at == std::string_view::npos) continue;
        const auto name = word.substr(0, number);
        found = is_number ? Place{at + number, word.size() - number, true,
                                  name == "cpu" || name == "policy" || name == "vcpu"}
                          : Place{at, word.size(), false, false};
    }
    return found;
}

/// Targets that can be one row.
struct Group {
    const TargetRow* first;
    Place place;
    std::string shape;                // the knob, and the path without the differing part
    std::vector<CpuPattern> patterns; // of the cells whose CPUs may differ
    std::vector<std::string> parts;   // the differing parts of the paths
    unsigned lowest = 0;

    void add(const std::vector<CpuPattern>& others, std::string part) {
        for (std::size_t index = 0; index < patterns.size(); ++index)
            patterns[index].add(others[index]);
        lowest = std::min(lowest, parse_integer<unsigned>(part).value_or(lowest));
        parts.push_back(std::move(part));
    }
};

std::string numbers_or_names(const std::vector<std::string>& parts) {
    std::vector<unsigned> numbers;
    for (const auto& part : parts) {
        const auto number = parse_integer<unsigned>(part);
        if (!number) return first_few(parts);
        numbers.push_back(*number);
    }
    return number_list(std::move(numbers));
}

std::string path_of(const Group& group) {
    const std::string& path = group.first->path;
    const Place& place = group.place;
    if (group.parts.size() == 1 || !place.is_known()) return path;
    return path.substr(0, place.at) + "{" + numbers_or_names(group.parts) + "}" +
           path.substr(place.at + place.length);
}

std::vector<CpuPattern> patterns_of(const TargetRow& row, const Place& place) {
    const bool has_cpus_as_value =
        row.path.ends_with("/cpuset.cpus.exclusive") || row.path.ends_with("/cpuset.cpus");
    std::vector<CpuPattern> patterns;
    if (!place.is_cpu) return patterns;
    patterns.reserve(row.cells.size());
    for (const auto& cell : row.cells)
        patterns.emplace_back(cell, has_cpus_as_value);
    return patterns;
}

/// Equal for rows of one group.
std::string key_of(const TargetRow& row, const std::vector<CpuPattern>& patterns, const std::string& shape) {
    std::string key;
    key.reserve(shape.size() + 64); // most cells are short
    key = shape;
    for (std::size_t index = 0; index < row.cells.size(); ++index)
        key.append(1, '\0').append(patterns.empty() ? row.cells[index] : patterns[index].shape());
    return key;
}

std::string shape_of(const TargetRow& row, const Place& place) {
    std::string shape = row.cells.front() + '\n';
    if (!place.is_known()) return shape + row.path;
    shape.append(row.path, 0, place.at).append(place.is_number ? "{0}" : "{}");
    return shape.append(row.path, place.at + place.length);
}

/// Sorts groups whose paths differ only in the number by that number; other groups stay in place.
void sort_by_number(std::vector<Group>& groups) {
    std::unordered_map<std::string, std::vector<std::size_t>> alike;
    for (std::size_t index = 0; index < groups.size(); ++index)
        if (groups[index].place.is_number) alike[groups[index].shape].push_back(index);
    for (const auto& [shape, places] : alike) {
        if (places.size() == 1) continue;
        std::vector<Group> sorted;
        for (const auto index : places)
            sorted.push_back(std::move(groups[index]));
        std::stable_sort(sorted.begin(), sorted.end(),
                         [](const Group& left, const Group& right) { return left.lowest < right.lowest; });
        for (std::size_t index = 0; index < sorted.size(); ++index)
            groups[places[index]] = std::move(sorted[index]);
    }
}

std::vector<Diagnostic> fold_numbers(const std::vector<Diagnostic>& list) {
    std::vector<KeyedText> texts;
    for (const auto& one : list) {
        Diagnostic rest = one;
        rest.message.clear();
        texts.push_back({rest.text(), one.message});
    }
    std::vector<Diagnostic> folded;
    for (auto& [message, members] : fold_texts(texts)) {
        folded.push_back(list[members.front()]);
        folded.back().message = std::move(message);
    }
    return folded;
}

/// A position without a line stays unchanged.
std::vector<Diagnostic> fold_lines(const std::vector<Diagnostic>& list) {
    using Key = std::tuple<std::string, Severity, std::string, std::string>;
    std::map<Key, std::set<unsigned>> lines;
    const auto key_of = [](const Diagnostic& one) {
        return Key(one.position.file, one.severity, one.message, one.hint);
    };
    for (const auto& one : list)
        lines[key_of(one)].insert(one.position.line);
    std::vector<Diagnostic> folded;
    for (const auto& one : list) {
        auto& all = lines[key_of(one)];
        if (all.empty()) continue; // already in the list
        folded.push_back(one);
        if (all.size() > 1 && !all.contains(0)) {
            std::string text;
            for (const unsigned line : all)
                text += (text.empty() ? ":" : ",") + std::to_string(line);
            folded.back().position = {one.position.file + text, 0, 0};
        }
        if (!all.contains(0)) all.clear();
    }
    return folded;
}
} // namespace

std::vector<FoldedRow> fold_targets(const std::vector<TargetRow>& rows) {
    std::vector<Group> groups;
    groups.reserve(rows.size());
    std::unordered_map<std::string, std::size_t> index;
    for (const auto& row : rows) {
        const Place place = place_of(row);
        std::string shape = shape_of(row, place);
        auto patterns = patterns_of(row, place);
        std::string part = place.part_of(row.path);
        const auto [entry, is_new] = index.emplace(key_of(row, patterns, shape), groups.size());
        if (!is_new) {
            groups[entry->second].add(patterns, std::move(part));
            continue;
        }
        const auto number = parse_integer<unsigned>(part).value_or(0);
        groups.push_back({&row, place, std::move(shape), std::move(patterns), {std::move(part)}, number});
    }
    sort_by_number(groups);
    std::vector<FoldedRow> folded;
    for (const auto& group : groups) {
        auto& row = folded.emplace_back(FoldedRow{{}, path_of(group), group.parts.size(), false});
        if (group.patterns.empty()) row.cells = group.first->cells;
        for (const auto& pattern : group.patterns)
            row.cells.push_back(pattern.text());
        row.names_cpus = !group.patterns.empty() && group.patterns.back().differs();
    }
    return folded;
}

std::vector<FoldedText> fold_texts(const std::vector<KeyedText>& texts) {
    std::unordered_map<std::string, std::size_t> index;
    std::vector<CpuPattern> patterns;
    std::vector<FoldedText> folded;
    for (std::size_t at = 0; at < texts.size(); ++at) {
        CpuPattern pattern(texts[at].text);
        const auto [entry, is_new] = index.emplace(texts[at].key + '\0' + pattern.shape(), patterns.size());
        if (is_new) {
            patterns.push_back(std::move(pattern));
            folded.emplace_back();
        } else {
            patterns[entry->second].add(pattern);
        }
        folded[entry->second].members.push_back(at);
    }
    for (std::size_t at = 0; at < folded.size(); ++at)
        folded[at].text = patterns[at].text();
    return folded;
}

std::vector<Diagnostic> fold_notes(const std::vector<Diagnostic>& notes) {
    return fold_lines(fold_numbers(notes));
}

std::string folded_text(const Diagnostics& diagnostics) {
    auto sorted = diagnostics.all();
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.position < b.position; });
    std::string text;
    for (const auto& one : fold_notes(sorted))
        text += one.text() + "\n";
    return text;
}

std::string first_few(const std::vector<std::string>& names) {
    constexpr std::size_t most = 4;
    const auto shown = names.size() > most + 1 ? most : names.size();
    std::string text;
    for (std::size_t at = 0; at < shown; ++at)
        text += (at == 0 ? "" : ", ") + names[at];
    return text + (shown < names.size() ? " and " + std::to_string(names.size() - shown) + " more" : "");
}

} // namespace hostlease

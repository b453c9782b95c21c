#include "plan/target_groups.hpp"

#include "core/cpu_set.hpp"
#include "core/parse.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::string_view digits = "0123456789";

/// Where in the path the part is by which its target differs from others.
struct Place {
    std::size_t at = std::string::npos;
    std::size_t length = 0;
};

/// The number at the end of the target's first word, or all of the word, where that is a folder of the path: "policy4", "24 nvme0q1".
Place place_of(const NamedPath& one) {
    const std::string word = one.target.substr(0, one.target.find(' '));
    const auto folder = word.empty() ? std::string::npos : one.path.find("/" + word + "/");
    if (folder == std::string::npos) return {};
    const auto end = folder + 1 + word.size();
    const auto before_number = word.find_last_not_of(digits);
    const auto number = before_number == std::string::npos ? 0 : before_number + 1;
    const auto length = number < word.size() ? word.size() - number : word.size();
    return {end - length, length};
}

std::string numbers_or_names(const std::vector<std::string>& parts) {
    CpuSet numbers;
    for (const auto& part : parts) {
        const auto number = parse_integer<unsigned>(part);
        if (!number || *number >= CpuSet::limit) return first_few(parts);
        numbers.add(*number);
    }
    return to_list(numbers);
}
} // namespace

std::string shape_of(const NamedPath& one) {
    const Place place = place_of(one);
    if (place.at == std::string::npos) return one.path;
    const bool is_number = digits.find(one.path[place.at]) != std::string_view::npos;
    return one.path.substr(0, place.at) + (is_number ? "{0}" : "{}") + one.path.substr(place.at + place.length);
}

std::string joined_paths(const std::vector<NamedPath>& paths) {
    if (paths.empty()) return {};
    const NamedPath& first = paths.front();
    const Place place = place_of(first);
    if (paths.size() == 1 || place.at == std::string::npos) return first.path;
    std::vector<std::string> parts;
    parts.reserve(paths.size());
    for (const auto& one : paths)
        parts.push_back(one.path.substr(place.at, place_of(one).length));
    return first.path.substr(0, place.at) + "{" + numbers_or_names(parts) + "}" + first.path.substr(place.at + place.length);
}

void TargetGroups::add(std::vector<std::string> cells, NamedPath path) {
    auto key = cells;
    key.push_back(shape_of(path));
    const auto [entry, is_new] = index_.emplace(std::move(key), list_.size());
    if (is_new) list_.push_back({std::move(cells), {}});
    list_[entry->second].paths.push_back(std::move(path));
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

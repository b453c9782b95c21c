#include "knobs/registry_list.hpp"

#include <algorithm>
#include <vector>

namespace hostlease {

namespace {
std::vector<KeySpec> collect_keys() {
    std::vector<KeySpec> list;
    for (const Knob* knob : knob_list)
        list.insert(list.end(), knob->keys.begin(), knob->keys.end());
    return list;
}
} // namespace

std::span<const Knob* const> all_knobs() { return knob_list; }

const Knob* find_knob(std::string_view key) {
    const auto* const found =
        std::find_if(knob_list.begin(), knob_list.end(), [&](const Knob* knob) { return knob->key == key; });
    return found == knob_list.end() ? nullptr : *found;
}

std::span<const KeySpec> policy_keys() {
    static const std::vector<KeySpec> keys = collect_keys();
    return keys;
}

bool matches_path(std::string_view glob, std::string_view path) {
    while (!glob.empty() && glob.front() != '*') {
        if (path.empty() || glob.front() != path.front()) return false;
        glob.remove_prefix(1);
        path.remove_prefix(1);
    }
    if (glob.empty()) return path.empty();
    const bool crosses = glob.starts_with("**");
    glob.remove_prefix(crosses ? 2 : 1);
    for (std::size_t length = 0; length <= path.size(); ++length) {
        if (matches_path(glob, path.substr(length))) return true;
        if (length < path.size() && path[length] == '/' && !crosses) return false;
    }
    return false;
}

const Knob* owner_of(std::string_view path) {
    for (const Knob* knob : knob_list)
        for (const auto glob : knob->paths)
            if (matches_path(glob, path)) return knob;
    return nullptr;
}

} // namespace hostlease

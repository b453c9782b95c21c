#include "advice/report/kept_reports.hpp"

#include "core/units.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace hostlease {

namespace {
constexpr std::string_view pattern = "-00000000T000000Z.json";

/// "-20261121T093000Z.json"; the text order of endings is the order of their times.
std::string ending(std::int64_t taken) {
    std::string time = format_utc(taken).substr(0, 19);
    std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
    std::replace(time.begin(), time.end(), ' ', 'T');
    return "-" + time + "Z.json";
}

bool is_ending(std::string_view text) {
    return std::equal(text.begin(), text.end(), pattern.begin(), pattern.end(),
                      [](char c, char wanted) { return wanted == '0' ? c >= '0' && c <= '9' : c == wanted; });
}
} // namespace

std::string kept_name(std::string_view vm, std::int64_t taken) {
    std::string name(vm);
    std::replace(name.begin(), name.end(), '/', '_');
    return name + ending(taken);
}

std::vector<std::string> outdated_reports(std::span<const std::string> names, std::int64_t now) {
    std::map<std::string_view, std::set<std::string_view>> endings; // by VM
    for (const std::string_view name : names)
        if (name.size() > pattern.size() && is_ending(name.substr(name.size() - pattern.size())))
            endings[name.substr(0, name.size() - pattern.size())].insert(
                name.substr(name.size() - pattern.size()));
    const std::string oldest = ending(now - kept_seconds);
    std::vector<std::string> outdated;
    for (const auto& [vm, times] : endings) {
        std::size_t newer = times.size();
        for (const auto time : times)
            if (newer-- > kept_of_one_vm || time < oldest)
                outdated.push_back(std::string(vm) + std::string(time));
    }
    return outdated;
}

} // namespace hostlease

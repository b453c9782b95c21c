#include "core/units.hpp"

#include "core/parse.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <limits>
#include <utility>

namespace hostlease {

namespace {
using namespace std::chrono_literals;

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 5> size_units{
    {{"B", 1}, {"KiB", KiB}, {"MiB", MiB}, {"GiB", GiB}, {"TiB", 1024 * GiB}}};

constexpr std::array<std::pair<std::string_view, std::chrono::microseconds>, 4> time_units{
    {{"us", 1us}, {"ms", 1ms}, {"s", 1s}, {"min", 1min}}};

/// The longest time in a policy, a century: adding it to a clock does not overflow.
constexpr auto longest_time = std::chrono::hours(24) * 365 * 100;

struct Quantity {
    std::string_view number;
    std::string_view unit;
};

Quantity split_quantity(std::string_view text) {
    text = trim(text);
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    return {text.substr(0, end), trim(text.substr(end))};
}
} // namespace

Result<std::uint64_t> scale_checked(std::uint64_t value, std::uint64_t scale) {
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    if (scale != 0 && value > most / scale) return fail(ErrorKind::usage, "the number is too large");
    return value * scale;
}

Result<std::uint64_t> parse_size(std::string_view text) {
    const auto [number, unit] = split_quantity(text);
    const auto value = parse_integer<std::uint64_t>(number);
    const auto* known = std::find_if(size_units.begin(), size_units.end(),
                                     [&](const auto& row) { return row.first == unit; });
    if (!value || known == size_units.end())
        return fail(ErrorKind::usage,
                    "'" + std::string(text) + "' is not a size such as \"512MiB\" or \"1GiB\"");
    return scale_checked(*value, known->second);
}

Result<std::chrono::microseconds> parse_time(std::string_view text) {
    const auto [number, unit] = split_quantity(text);
    const auto value = parse_integer<std::uint64_t>(number);
    const auto* known = std::find_if(time_units.begin(), time_units.end(),
                                     [&](const auto& row) { return row.first == unit; });
    if (!value || known == time_units.end())
        return fail(ErrorKind::usage,
                    "'" + std::string(text) + "' is not a time such as \"20s\", \"250ms\" or \"50us\"");
    const auto total = TRY(scale_checked(*value, static_cast<std::uint64_t>(known->second.count())));
    const std::chrono::microseconds time(static_cast<std::int64_t>(total));
    if (time > longest_time)
        return fail(ErrorKind::usage, "'" + std::string(text) + "' is longer than a century");
    return time;
}

std::string format_size(std::uint64_t bytes) {
    auto best = size_units.front();
    for (const auto& row : size_units)
        if (bytes != 0 && bytes % row.second == 0) best = row;
    return std::to_string(bytes / best.second) + " " + std::string(best.first);
}

std::string kernel_size(std::uint64_t bytes) {
    for (const auto& [unit, letter] : {std::pair(GiB, "G"), {MiB, "M"}, {KiB, "K"}})
        if (bytes != 0 && bytes % unit == 0) return std::to_string(bytes / unit) + letter;
    return std::to_string(bytes);
}

std::string format_size_short(std::uint64_t bytes) {
    auto unit = size_units.front();
    for (const auto& row : size_units)
        if (bytes >= row.second) unit = row;
    const std::uint64_t tenths = bytes / unit.second * 10 + bytes % unit.second * 10 / unit.second;
    const std::string fraction = tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10);
    return std::to_string(tenths / 10) + fraction + " " + std::string(unit.first);
}

std::string format_time(std::chrono::microseconds time) {
    const auto count = time.count();
    if (count % 1'000'000 == 0) return std::to_string(count / 1'000'000) + "s";
    if (count % 1'000 == 0) return std::to_string(count / 1'000) + "ms";
    return std::to_string(count) + "us";
}

std::string format_duration(std::chrono::microseconds time) {
    const auto count = time.count();
    const auto with_digits = [](std::int64_t hundredths, bool is_exact, const char* unit) {
        const auto fraction = is_exact ? hundredths % 100 : hundredths % 100 / 10;
        return std::to_string(hundredths / 100) + "." + (is_exact && fraction < 10 ? "0" : "") +
               std::to_string(fraction) + unit;
    };
    if (count < 1'000'000) return with_digits(count / 10, count < 10'000, " ms");
    return with_digits(count / 10'000, count < 10'000'000, " s");
}

std::string format_utc(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm parts{};
    char text[32]{};
    if (gmtime_r(&time, &parts) == nullptr || std::strftime(text, sizeof text, "%F %T UTC", &parts) == 0)
        return "?";
    return text;
}

Result<std::uint64_t> libvirt_unit(std::string_view unit) {
    std::string lower(unit);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    if (lower == "b" || lower == "byte" || lower == "bytes") return 1;
    constexpr std::string_view prefixes = "kmgtpe";
    const auto power = lower.empty() ? std::string_view::npos : prefixes.find(lower[0]);
    const auto rest = lower.empty() ? std::string_view{} : std::string_view(lower).substr(1);
    const std::uint64_t base = rest.empty() || rest == "ib" ? 1024 : rest == "b" ? 1000 : 0;
    if (power == std::string_view::npos || base == 0)
        return fail(ErrorKind::domain_invalid, "unknown unit '" + std::string(unit) + "'");
    std::uint64_t scale = base;
    for (std::size_t step = 0; step < power; ++step)
        scale *= base;
    return scale;
}

} // namespace hostlease

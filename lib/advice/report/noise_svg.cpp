// One panel for each of the two tools. Both axes are logarithmic, because the latencies that matter are rare
// and long.
#include "advice/report/noise.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

namespace hostlease {

namespace {
constexpr double panel_height = 260;
constexpr double left = 60;
constexpr double width = 640; // of the field with the bars
constexpr double top = 40;
constexpr double height = 170;
constexpr std::array colours{"#fb8072", "#80b1d3", "#8dd3c7", "#fdb462"};

std::string escape(const std::string& text) {
    std::string result;
    for (const char c : text)
        switch (c) {
        case '<': result += "&lt;"; break;
        case '>': result += "&gt;"; break;
        case '&': result += "&amp;"; break;
        case '"': result += "&quot;"; break;
        default: result += static_cast<unsigned char>(c) < ' ' || c == 0x7f ? '_' : c;
        }
    return result;
}

/// The latencies of all CPUs of a group. Counts above the limit are in the bucket of the limit.
Latencies sum_of(const Measurement& all, const CpuGroup& group, Known<Latencies> CpuNoise::* tool) {
    Latencies sum;
    for (const auto& noise : all.cpus) {
        const auto& known = noise.*tool;
        if (!group.cpus.contains(noise.cpu) || !known.value) continue;
        for (const auto& [bucket, count] : known.value->counts)
            sum.counts[bucket] += count;
        sum.above += known.value->above;
        sum.limit = known.value->limit;
    }
    if (sum.above != 0) sum.counts[sum.limit] += sum.above;
    return sum;
}

/// The position of a panel, and the number of powers of ten on each axis.
struct Field {
    double y = 0;
    double decades = 1; // of microseconds
    double powers = 1;  // of counts

    [[nodiscard]] double x_of(double microseconds) const {
        return left + width * std::log10(microseconds + 1) / decades;
    }
    [[nodiscard]] double height_of(double count) const {
        return height * (std::log10(count) + 0.2) / (powers + 0.2);
    }
};

std::string axes(const Field& field, std::string_view title) {
    const double floor = field.y + top + height;
    std::string text =
        fmt::format("<text x='{}' y='{}' font-size='14'>{}</text>\n", left, field.y + 20, title);
    for (double power = 0; power <= field.powers; ++power)
        text += fmt::format("<text x='{}' y='{:.1f}' text-anchor='end'>{:.0f}</text>\n", left - 6,
                            floor - field.height_of(std::pow(10, power)) + 4, std::pow(10, power));
    for (double decade = 0; decade < field.decades; ++decade)
        text += fmt::format("<text x='{:.1f}' y='{}' text-anchor='middle'>{:.0f} us</text>\n",
                            field.x_of(std::pow(10, decade)), floor + 16, std::pow(10, decade));
    return text + fmt::format("<path d='M{0} {1}V{2}H{3}' fill='none' stroke='black'/>\n", left,
                              field.y + top, floor, left + width);
}

std::string bars(const Field& field, const Latencies& latencies, std::string_view colour) {
    std::string text = fmt::format("<g fill='{}' fill-opacity='0.7'>\n", colour);
    for (const auto& [bucket, count] : latencies.counts) {
        const double x = field.x_of(bucket);
        const double tall = field.height_of(static_cast<double>(count));
        text += fmt::format(
            "<rect x='{:.1f}' y='{:.1f}' width='{:.1f}' height='{:.1f}'><title>{} us: {}</title></rect>\n", x,
            field.y + top + height - tall, std::max(1.0, field.x_of(bucket + 1.0) - x), tall, bucket, count);
    }
    return text + "</g>\n";
}

std::string panel(const Measurement& all, double y, Known<Latencies> CpuNoise::* tool,
                  std::string_view title) {
    std::vector<Latencies> sums;
    double longest = 1;
    double most = 1;
    for (const auto& group : all.groups)
        for (const auto& [bucket, count] : sums.emplace_back(sum_of(all, group, tool)).counts) {
            longest = std::max(longest, static_cast<double>(bucket));
            most = std::max(most, static_cast<double>(count));
        }
    const Field field{y, std::log10(longest + 2), std::ceil(std::log10(most))};
    std::string text = axes(field, title);
    for (std::size_t place = 0; place < sums.size(); ++place) {
        const auto* colour = colours[place % colours.size()];
        const auto& group = all.groups[place];
        text += bars(field, sums[place], colour);
        // below the title, so that a long name does not cover it
        text += fmt::format("<text x='{}' y='{}' text-anchor='end' fill='{}'>{}CPU {}</text>\n", left + width,
                            y + 36 + 16.0 * static_cast<double>(place), colour,
                            escape(group.name.empty() ? "" : group.name + ": "), to_list(group.cpus));
    }
    return text;
}
} // namespace

std::string noise_svg(const Measurement& measurement) {
    return fmt::format(
               "<svg xmlns='http://www.w3.org/2000/svg' width='{0}' height='{1}' viewBox='0 0 {0} {1}' "
               "font-family='sans-serif' font-size='11'>\n<rect width='{0}' height='{1}' fill='white'/>\n",
               left + width + 40, 2 * panel_height) +
           panel(measurement, 0, &CpuNoise::oslat, "busy loop iterations (oslat) by duration") +
           panel(measurement, panel_height, &CpuNoise::cyclictest, "wake-ups (cyclictest) by delay") +
           "</svg>\n";
}

} // namespace hostlease

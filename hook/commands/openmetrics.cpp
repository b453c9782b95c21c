#include "openmetrics.hpp"

#include <string_view>

namespace hostlease {

namespace {
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n')
            out += "\\n";
        else
            out += c;
    }
    return out;
}
} // namespace

Labels with(Labels labels, Label one) {
    labels.push_back(std::move(one));
    return labels;
}

void Metric::add_microseconds(const Labels& labels, std::int64_t value) {
    std::string fraction = std::to_string(value % 1'000'000);
    fraction.insert(0, 6 - fraction.size(), '0');
    add_text(labels, std::to_string(value / 1'000'000) + "." + fraction);
}

void Metric::add_text(const Labels& labels, const std::string& value) {
    samples_ += name_ + (is_counter_ ? "_total" : "");
    for (std::size_t at = 0; at < labels.size(); ++at)
        samples_ += (at == 0 ? "{" : ",") + labels[at].first + "=\"" + escaped(labels[at].second) + "\"";
    samples_ += (labels.empty() ? " " : "} ") + value + "\n";
}

Metric& Metrics::gauge(std::string name, std::string help) {
    return metrics_.emplace_back(std::move(name), std::move(help), false);
}

Metric& Metrics::counter(std::string name, std::string help) {
    return metrics_.emplace_back(std::move(name), std::move(help), true);
}

std::string Metrics::text(Format format) const {
    std::string text;
    for (const auto& metric : metrics_) {
        if (metric.samples_.empty()) continue;
        const std::string name =
            metric.name_ + (metric.is_counter_ && format == Format::prometheus ? "_total" : "");
        text += "# HELP " + name + " " + metric.help_ + "\n";
        text += "# TYPE " + name + (metric.is_counter_ ? " counter\n" : " gauge\n") + metric.samples_;
    }
    return format == Format::openmetrics ? text + "# EOF\n" : text;
}

} // namespace hostlease

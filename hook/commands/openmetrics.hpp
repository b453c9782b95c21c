// Metrics in the formats of Prometheus and its node_exporter.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace hostlease {

using Label = std::pair<std::string, std::string>;
using Labels = std::vector<Label>;

Labels with(Labels labels, Label one);

class Metric {
  public:
    Metric(std::string name, std::string help, bool is_counter)
        : name_(std::move(name)), help_(std::move(help)), is_counter_(is_counter) {}

    void add(const Labels& labels, std::int64_t value) { add_text(labels, std::to_string(value)); }
    void add_microseconds(const Labels& labels, std::int64_t value);

  private:
    friend class Metrics;
    void add_text(const Labels& labels, const std::string& value);

    std::string name_; // for a counter, without "_total"
    std::string help_;
    bool is_counter_;
    std::string samples_;
};

class Metrics {
  public:
    /// Both formats have the same samples. They differ in the declaration of a counter (OpenMetrics: without
    /// the "_total" of its samples) and in the "# EOF" that ends OpenMetrics. Source: OpenMetrics 1.0;
    /// Prometheus' exposition formats, text format 0.0.4.
    enum class Format { prometheus, openmetrics };

    /// The returned metric keeps its address.
    Metric& gauge(std::string name, std::string help);
    Metric& counter(std::string name, std::string help);

    /// Omits metrics without samples.
    [[nodiscard]] std::string text(Format format) const;

  private:
    std::deque<Metric> metrics_;
};

} // namespace hostlease

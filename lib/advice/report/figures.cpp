#include "advice/report/figures.hpp"

#include "advice/report/block_histogram.hpp"
#include "core/parse.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace hostlease {

namespace {
constexpr double kib = 1024;
constexpr double mib = 1024 * kib;

/// Small values vary by large factors; the step prevents regressions because of that.
constexpr std::array kinds{
    FigureKind{"cpu", "total", Unit::percent, Worse::up, 0.2, 2, "of one CPU, whole QEMU process"},
    FigureKind{"cpu", "user", Unit::percent, Worse::neither, 0, 0, "of one CPU"},
    FigureKind{"cpu", "system", Unit::percent, Worse::neither, 0, 0, "of one CPU"},
    FigureKind{"cpu", "haltpoll_success", Unit::percent, Worse::neither, 0, 0,
               "of one CPU, successful polling"},
    FigureKind{"cpu", "haltpoll_fail", Unit::percent, Worse::neither, 0, 0,
               "of one CPU, unsuccessful polling"},
    FigureKind{"vcpu", "time", Unit::percent, Worse::neither, 0, 0, "of one CPU"},
    FigureKind{"vcpu", "delay", Unit::percent, Worse::up, 0.25, 0.5, "of its time waiting for a CPU (steal)"},
    FigureKind{"block", "read", Unit::bytes_per_second, Worse::neither, 0, 0, ""},
    FigureKind{"block", "written", Unit::bytes_per_second, Worse::neither, 0, 0, ""},
    FigureKind{"block", "reads", Unit::per_second, Worse::neither, 0, 0, ""},
    FigureKind{"block", "writes", Unit::per_second, Worse::neither, 0, 0, ""},
    FigureKind{"block", "flushes", Unit::per_second, Worse::neither, 0, 0, ""},
    FigureKind{"block", "read_latency", Unit::milliseconds, Worse::up, 0.25, 0.2, "mean per request"},
    FigureKind{"block", "write_latency", Unit::milliseconds, Worse::up, 0.25, 0.2, "mean per request"},
    FigureKind{"block", "flush_latency", Unit::milliseconds, Worse::up, 0.25, 0.2, "mean per request"},
    FigureKind{"block", "read_p50", Unit::milliseconds, Worse::up, 0.25, 0.2, "median of the requests"},
    FigureKind{"block", "read_p99", Unit::milliseconds, Worse::up, 1, 1, "99th percentile of the requests"},
    FigureKind{"block", "write_p50", Unit::milliseconds, Worse::up, 0.25, 0.2, "median of the requests"},
    FigureKind{"block", "write_p99", Unit::milliseconds, Worse::up, 1, 1, "99th percentile of the requests"},
    FigureKind{"block", "flush_p50", Unit::milliseconds, Worse::up, 0.25, 0.2, "median of the requests"},
    FigureKind{"block", "flush_p99", Unit::milliseconds, Worse::up, 1, 1, "99th percentile of the requests"},
    FigureKind{"memory", "balloon_taken", Unit::bytes, Worse::up, 0, mib,
               "memory that the balloon takes from the guest"},
    FigureKind{"memory", "rss", Unit::bytes, Worse::neither, 0, 0,
               "QEMU's resident memory without huge pages"},
    FigureKind{"memory", "guest_usable", Unit::bytes, Worse::down, 0.2, 64 * mib,
               "memory that the guest could free without swapping"},
    FigureKind{"memory", "guest_swapped_in", Unit::bytes_per_second, Worse::up, 0.25, 4 * kib, ""},
    FigureKind{"memory", "guest_swapped_out", Unit::bytes_per_second, Worse::up, 0.25, 4 * kib, ""},
    FigureKind{"memory", "guest_major_faults", Unit::per_second, Worse::up, 0.5, 10, ""},
    FigureKind{"net", "received", Unit::bytes_per_second, Worse::neither, 0, 0, ""},
    FigureKind{"net", "sent", Unit::bytes_per_second, Worse::neither, 0, 0, ""},
    FigureKind{"net", "packets_received", Unit::per_second, Worse::neither, 0, 0, ""},
    FigureKind{"net", "packets_sent", Unit::per_second, Worse::neither, 0, 0, ""},
    FigureKind{"net", "receive_drops", Unit::per_second, Worse::up, 0.25, 1, ""},
    FigureKind{"net", "send_drops", Unit::per_second, Worse::up, 0.25, 1, ""},
    FigureKind{"net", "receive_errors", Unit::per_second, Worse::up, 0.25, 1, ""},
    FigureKind{"net", "send_errors", Unit::per_second, Worse::up, 0.25, 1, ""},
    FigureKind{"boot", "time", Unit::milliseconds, Worse::up, 0.25, 2000,
               "from QEMU's start until the guest agent answers"},
    FigureKind{"start", "total", Unit::milliseconds, Worse::up, 0.5, 100, "duration of the hook's call"},
    FigureKind{"start", "pages", Unit::milliseconds, Worse::up, 0.5, 100,
               "part of it that grew huge page pools"},
};

constexpr const FigureKind* kind_of(std::string_view group, std::string_view quantity) {
    const auto* const found = std::find_if(kinds.begin(), kinds.end(), [&](const FigureKind& kind) {
        return kind.group == group && kind.quantity == quantity;
    });
    return found == kinds.end() ? nullptr : found;
}

struct Counter {
    std::string_view quantity;
    std::string_view name; // libvirt's name after the group's prefix
    double scale;
};

constexpr double percent_of_ns = 100 / 1e9; // nanoseconds per second to percent
constexpr std::array cpu_counters{Counter{"total", "time", percent_of_ns},
                                  Counter{"user", "user", percent_of_ns},
                                  Counter{"system", "system", percent_of_ns}};
constexpr std::array polling_counters{Counter{"haltpoll_success", "haltpoll.success.time", percent_of_ns},
                                      Counter{"haltpoll_fail", "haltpoll.fail.time", percent_of_ns}};
constexpr std::array vcpu_counters{Counter{"time", "time", percent_of_ns},
                                   Counter{"delay", "delay", percent_of_ns}};
constexpr std::array block_counters{Counter{"read", "rd.bytes", 1}, Counter{"written", "wr.bytes", 1},
                                    Counter{"reads", "rd.reqs", 1}, Counter{"writes", "wr.reqs", 1},
                                    Counter{"flushes", "fl.reqs", 1}};
constexpr std::array guest_counters{Counter{"guest_swapped_in", "swap_in", kib},
                                    Counter{"guest_swapped_out", "swap_out", kib},
                                    Counter{"guest_major_faults", "major_fault", 1}};
constexpr std::array net_counters{
    Counter{"received", "rx.bytes", 1},        Counter{"sent", "tx.bytes", 1},
    Counter{"packets_received", "rx.pkts", 1}, Counter{"packets_sent", "tx.pkts", 1},
    Counter{"receive_drops", "rx.drop", 1},    Counter{"send_drops", "tx.drop", 1},
    Counter{"receive_errors", "rx.errs", 1},   Counter{"send_errors", "tx.errs", 1}};

/// A value, or why there is none.
struct Reading {
    std::optional<double> value;
    std::string absent;
};

class Measuring {
  public:
    Measuring(const DomainSample& first, const DomainSample& second) : first_(first), second_(second) {}

    std::vector<Figure> all() {
        add_rates("cpu", "", "cpu.", cpu_counters, elapsed());
        add_halt_polling();
        for_each("vcpu", [&](const std::string& number, const std::string& prefix) {
            add_rates("vcpu", number, prefix, vcpu_counters, elapsed());
        });
        for_each("block",
                 [&](const std::string& number, const std::string& prefix) { add_disk(number, prefix); });
        add_memory();
        for_each("net", [&](const std::string& number, const std::string& prefix) {
            // by number, because the name of the tap changes at each start
            add_rates("net", number, prefix, net_counters, elapsed());
        });
        return std::move(figures_);
    }

  private:
    [[nodiscard]] double elapsed() const {
        return std::chrono::duration<double>(second_.at - first_.at).count();
    }

    void add(std::string_view group, const std::string& subject, std::string_view quantity, Reading reading) {
        figures_.push_back({kind_of(group, quantity), subject, reading.value, std::move(reading.absent)});
    }

    /// The growth of a counter between the samples.
    [[nodiscard]] Reading growth(const std::string& name) const {
        const auto before = first_.number(name);
        const auto after = second_.number(name);
        if (!after) return {{}, "libvirt does not report this here"};
        if (!before) return {{}, "it did not exist at the first sample"};
        if (*after < *before) return {{}, "its counter restarted"};
        return {static_cast<double>(*after - *before), {}};
    }

    [[nodiscard]] Reading rate(const std::string& name, double scale, double seconds) const {
        Reading reading = growth(name);
        if (!reading.value) return reading;
        if (seconds <= 0) return {{}, "no time elapsed"};
        return {*reading.value * scale / seconds, {}};
    }

    void add_rates(std::string_view group, const std::string& subject, const std::string& prefix,
                   std::span<const Counter> counters, double seconds) {
        for (const auto& counter : counters)
            add(group, subject, counter.quantity,
                rate(prefix + std::string(counter.name), counter.scale, seconds));
    }

    /// The numbers of a group: those with a value, because numbers of vCPUs may have gaps, and all below the
    /// group's count.
    [[nodiscard]] std::set<unsigned> numbers_of(const std::string& group) const {
        std::set<unsigned> numbers;
        for (const auto& [name, value] : second_.numbers)
            if (name.starts_with(group))
                if (const auto number = parse_integer<unsigned>(
                        name.substr(group.size(), name.find('.', group.size()) - group.size())))
                    numbers.insert(*number);
        for (unsigned number = 0; number < second_.number(group + "count").value_or(0); ++number)
            numbers.insert(number);
        return numbers;
    }

    /// Calls take("2", "vcpu.2.") for each number of a group.
    template <typename Take>
    void for_each(const std::string& group, Take take) const {
        for (const auto number : numbers_of(group + "."))
            take(std::to_string(number), group + "." + std::to_string(number) + ".");
    }

    /// libvirt also reports 0 if nothing counts halt polling, for example without KVM.
    void add_halt_polling() {
        const auto polled = [&](const Counter& counter) {
            return second_.number("cpu." + std::string(counter.name)).value_or(0) != 0;
        };
        if (std::any_of(polling_counters.begin(), polling_counters.end(), polled))
            return add_rates("cpu", "", "cpu.", polling_counters, elapsed());
        for (const auto& counter : polling_counters)
            add("cpu", "", counter.quantity, {{}, "halt polling is unknown"});
    }

    [[nodiscard]] std::string subject(const std::string& number, const std::string& prefix) const {
        const auto name = second_.texts.find(prefix + "name");
        return name == second_.texts.end() ? number : name->second;
    }

    void add_latency(const std::string& disk, std::string_view quantity, const std::string& counters) {
        const Reading requests = growth(counters + "reqs");
        const Reading nanoseconds = growth(counters + "times");
        if (!requests.value || !nanoseconds.value)
            return add("block", disk, quantity, {{}, requests.value ? nanoseconds.absent : requests.absent});
        if (*requests.value == 0) return add("block", disk, quantity, {{}, "no such requests occurred"});
        add("block", disk, quantity, {*nanoseconds.value / *requests.value / 1e6, {}});
    }

    /// Adds nothing if there is no histogram, as for most disks.
    void add_histogram(const std::string& disk, const std::string& type, const std::string& prefix) {
        const auto bins = latency_bins(second_, prefix);
        if (bins.empty()) return;
        const auto growth = latency_growth(latency_bins(first_, prefix), bins);
        const bool has_some = std::any_of(growth.begin(), growth.end(),
                                          [](const LatencyBin& bin) { return bin.requests != 0; });
        for (const auto& [name, share] : {std::pair{"_p50", 0.5}, std::pair{"_p99", 0.99}}) {
            if (!has_some) {
                add("block", disk, type + name,
                    {{}, growth.empty() ? "its histogram restarted" : "no such requests occurred"});
                continue;
            }
            const auto bound = latency_bound(growth, share);
            add("block", disk, type + name, {static_cast<double>(bound.nanoseconds) / 1e6, {}});
            figures_.back().is_at_least = bound.is_at_least;
        }
    }

    void add_disk(const std::string& number, const std::string& prefix) {
        const std::string disk = subject(number, prefix);
        add_rates("block", disk, prefix, block_counters, elapsed());
        add_latency(disk, "read_latency", prefix + "rd.");
        add_latency(disk, "write_latency", prefix + "wr.");
        add_latency(disk, "flush_latency", prefix + "fl.");
        for (const std::string type : {"read", "write", "flush"})
            add_histogram(disk, type, prefix + "latency_histogram." + type + ".");
    }

    [[nodiscard]] Reading kibibytes(const std::string& name) const {
        const auto number = second_.number(name);
        if (!number) return {{}, "libvirt does not report this here"};
        return {static_cast<double>(*number) * kib, {}};
    }

    [[nodiscard]] Reading balloon_taken() const {
        const auto maximum = second_.number("balloon.maximum");
        const auto current = second_.number("balloon.current");
        if (!maximum || !current || *current > *maximum) return {{}, "libvirt does not report this here"};
        return {static_cast<double>(*maximum - *current) * kib, {}};
    }

    void add_memory() {
        add("memory", "", "balloon_taken", balloon_taken());
        add("memory", "", "rss", kibibytes("balloon.rss"));
        const auto told = second_.number("balloon.last-update").value_or(0);
        const auto before = first_.number("balloon.last-update").value_or(0);
        const std::string silent = "the guest's balloon driver reports nothing";
        add("memory", "", "guest_usable", told == 0 ? Reading{{}, silent} : kibibytes("balloon.usable"));
        for (const auto& counter : guest_counters)
            if (told == 0 || before == 0)
                add("memory", "", counter.quantity, {{}, silent});
            else if (told <=
                     before) // no new numbers from the guest between the samples: the rate is unknown, not 0
                add("memory", "", counter.quantity,
                    {{}, "the guest's balloon driver reported no new values"});
            else
                add("memory", "", counter.quantity,
                    rate("balloon." + std::string(counter.name), counter.scale,
                         static_cast<double>(told - before)));
    }

    const DomainSample& first_;
    const DomainSample& second_;
    std::vector<Figure> figures_;
};
} // namespace

std::string_view to_text(Unit unit) {
    switch (unit) {
    case Unit::percent: return "%";
    case Unit::bytes: return "B";
    case Unit::bytes_per_second: return "B/s";
    case Unit::per_second: return "/s";
    case Unit::milliseconds: return "ms";
    case Unit::microseconds: return "us";
    }
    return "?";
}

std::string Figure::name() const {
    return std::string(kind->group) + "." + (subject.empty() ? "" : subject + ".") +
           std::string(kind->quantity);
}

std::span<const FigureKind> figure_kinds() { return kinds; }

std::vector<Figure> figures_of(const DomainSample& first, const DomainSample& second) {
    return Measuring(first, second).all();
}

Figure boot_figure(Known<double> milliseconds) {
    return {kind_of("boot", "time"), "", milliseconds.value, std::move(milliseconds.absent)};
}

std::vector<Figure> start_figures(const Lease& lease) {
    constexpr double microseconds = 1000; // in a millisecond
    std::vector<Figure> figures;
    for (const auto& operation : {"prepare", "start", "started"}) {
        const Timing* timing = lease.timing(operation);
        const auto value = [&](std::chrono::microseconds Timing::* part) {
            return timing == nullptr
                       ? std::nullopt
                       : std::optional(static_cast<double>((timing->*part).count()) / microseconds);
        };
        const std::string absent = timing == nullptr ? "the lease did not record this" : "";
        figures.push_back({kind_of("start", "total"), operation, value(&Timing::total), absent});
        figures.push_back({kind_of("start", "pages"), operation, value(&Timing::pages), absent});
    }
    return figures;
}

} // namespace hostlease

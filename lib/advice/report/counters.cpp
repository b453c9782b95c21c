#include "advice/report/counters.hpp"

#include "core/parse.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace hostlease {

namespace {
/// Removes the first word from `text` and returns it.
std::string_view take_word(std::string_view& text) {
    constexpr std::string_view blank = " \t";
    text.remove_prefix(std::min(text.find_first_not_of(blank), text.size()));
    const auto word = text.substr(0, text.find_first_of(blank));
    text.remove_prefix(word.size());
    return word;
}

/// "cpu12" or "CPU12" is 12.
std::optional<unsigned> cpu_number(std::string_view word) {
    if (!word.starts_with("cpu") && !word.starts_with("CPU")) return std::nullopt;
    return parse_integer<unsigned>(word.substr(3));
}

std::vector<unsigned> read_columns(std::string_view head) {
    std::vector<unsigned> cpus;
    for (auto word = take_word(head); !word.empty(); word = take_word(head))
        if (const auto cpu = cpu_number(word)) cpus.push_back(*cpu);
    return cpus;
}

/// The actions of an interrupt. Two blanks separate them from chip, number and trigger:
/// "PCI-MSIX-0000:00:02.0   1-edge      virtio1-req.0".
std::string description(std::string_view text) {
    text = trim(text);
    const auto gap = text.rfind("  ");
    return std::string(gap == std::string_view::npos ? text : trim(text.substr(gap)));
}

void read_row(std::string_view line, const std::vector<unsigned>& cpus, InterruptTable& table) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const std::string name(trim(line.substr(0, colon)));
    auto rest = line.substr(colon + 1);
    std::vector<std::uint64_t> counts;
    while (counts.size() < cpus.size()) {
        const auto count = parse_integer<std::uint64_t>(take_word(rest));
        if (!count) return; // "ERR:" and "MIS:" have one count for all CPUs
        counts.push_back(*count);
    }
    for (std::size_t column = 0; column < cpus.size(); ++column)
        table[cpus[column]].push_back({name, description(rest), counts[column]});
}

template <typename T>
const T* find_cpu(const Known<std::map<unsigned, T>>& known, unsigned cpu) {
    if (!known.value) return nullptr;
    const auto found = known.value->find(cpu);
    return found == known.value->end() ? nullptr : &found->second;
}

template <typename T>
std::string why_missing(const Known<std::map<unsigned, T>>& first,
                        const Known<std::map<unsigned, T>>& second) {
    if (!first.value) return first.absent;
    return second.value ? "the CPU was offline" : second.absent;
}

/// The growth of a counter of interrupts, which may have wrapped: these counters have 32 bits.
std::uint64_t growth(std::uint64_t before, std::uint64_t after) {
    constexpr std::uint64_t wrap = std::uint64_t{1} << 32U;
    if (after >= before) return after - before;
    return before < wrap ? after + wrap - before : 0;
}

std::uint64_t count_of(const std::vector<InterruptCount>& rows, const std::string& name) {
    const auto found =
        std::find_if(rows.begin(), rows.end(), [&](const InterruptCount& row) { return row.name == name; });
    return found == rows.end() ? 0 : found->count;
}

class Comparison {
  public:
    Comparison(unsigned cpu, const CounterSample& first, const CounterSample& second)
        : cpu_(cpu), first_(first), second_(second),
          seconds_(std::chrono::duration<double>(second.at - first.at).count()) {}

    CpuActivity result() {
        CpuActivity activity;
        if (seconds_ <= 0) {
            const Known<double> nothing{{}, "no time elapsed"};
            return {nothing, nothing, nothing, nothing, nothing, {}};
        }
        activity.interrupts = sum(first_.interrupts, second_.interrupts, &activity.sources);
        activity.softirqs = sum(first_.softirqs, second_.softirqs, nullptr);
        activity.switches = switches();
        fill_times(activity);
        return activity;
    }

  private:
    Known<double> sum(const Known<InterruptTable>& first, const Known<InterruptTable>& second,
                      std::vector<CpuActivity::Source>* sources) const {
        const auto* before = find_cpu(first, cpu_);
        const auto* after = find_cpu(second, cpu_);
        if (before == nullptr || after == nullptr) return {{}, why_missing(first, second)};
        double total = 0;
        for (const auto& row : *after) {
            const double rate =
                static_cast<double>(growth(count_of(*before, row.name), row.count)) / seconds_;
            total += rate;
            if (sources != nullptr && rate > 0) sources->push_back({row.name, row.what, rate});
        }
        if (sources != nullptr)
            std::sort(sources->begin(), sources->end(), [](const auto& left, const auto& right) {
                return left.rate == right.rate ? left.name < right.name : left.rate > right.rate;
            });
        return {total, {}};
    }

    [[nodiscard]] Known<double> switches() const {
        const auto* before = find_cpu(first_.switches, cpu_);
        const auto* after = find_cpu(second_.switches, cpu_);
        if (before == nullptr || after == nullptr)
            return {{}, why_missing(first_.switches, second_.switches)};
        if (*after < *before) return {{}, "its counter restarted"};
        return {static_cast<double>(*after - *before) / seconds_, {}};
    }

    void fill_times(CpuActivity& activity) const {
        const auto* before = find_cpu(first_.times, cpu_);
        const auto* after = find_cpu(second_.times, cpu_);
        if (before == nullptr || after == nullptr) {
            activity.busy = activity.steal = {{}, why_missing(first_.times, second_.times)};
        } else if (after->total <= before->total || after->idle < before->idle ||
                   after->steal < before->steal) {
            activity.busy = activity.steal = {{}, "the kernel did not account its time"};
        } else {
            const auto total = static_cast<double>(after->total - before->total);
            activity.busy.value =
                100 - std::min(100.0, 100 * static_cast<double>(after->idle - before->idle) / total);
            activity.steal.value = 100 * static_cast<double>(after->steal - before->steal) / total;
        }
    }

    unsigned cpu_;
    const CounterSample& first_;
    const CounterSample& second_;
    double seconds_;
};
} // namespace

InterruptTable read_interrupt_table(std::string_view text) {
    InterruptTable table;
    const auto head = text.substr(0, text.find('\n'));
    const auto cpus = read_columns(head);
    for (const unsigned cpu : cpus)
        table[cpu];
    split(text.substr(head.size()), '\n', [&](std::string_view line) { read_row(line, cpus, table); });
    return table;
}

Known<std::map<unsigned, std::uint64_t>> read_switches(std::string_view text) {
    constexpr std::size_t fields = 9;
    constexpr std::array known{"15", "16", "17"};
    std::map<unsigned, std::uint64_t> switches;
    std::string version;
    split(text, '\n', [&](std::string_view line) {
        const auto first = take_word(line);
        if (first == "version") version = trim(line);
        const auto cpu = cpu_number(first);
        if (!cpu) return;
        std::vector<std::uint64_t> numbers;
        for (auto word = take_word(line); !word.empty(); word = take_word(line))
            numbers.push_back(parse_integer<std::uint64_t>(word).value_or(0));
        if (numbers.size() == fields) switches[*cpu] = numbers.back();
    });
    if (std::find(known.begin(), known.end(), version) == known.end())
        return {{}, "/proc/schedstat has version '" + version + "', which hostlease does not support"};
    return {std::move(switches), {}};
}

std::map<unsigned, CpuTimes> read_cpu_times(std::string_view text) {
    constexpr std::size_t idle = 3;
    constexpr std::size_t waiting = 4;
    constexpr std::size_t steal = 7; // the next fields, the time of guests, are included in the user time
    std::map<unsigned, CpuTimes> times;
    split(text, '\n', [&](std::string_view line) {
        const auto cpu = cpu_number(take_word(line));
        if (!cpu) return;
        CpuTimes& time = times[*cpu];
        for (std::size_t field = 0; field <= steal; ++field) {
            const auto ticks = parse_integer<std::uint64_t>(take_word(line)).value_or(0);
            time.total += ticks;
            if (field == idle || field == waiting) time.idle += ticks;
            if (field == steal) time.steal = ticks;
        }
    });
    return times;
}

CpuActivity activity_of(unsigned cpu, const CounterSample& first, const CounterSample& second) {
    return Comparison(cpu, first, second).result();
}

} // namespace hostlease

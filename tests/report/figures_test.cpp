#include "advice/report/figures.hpp"

#include "core/units.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <set>

using namespace hostlease;

namespace {
using Numbers = std::map<std::string, std::uint64_t, std::less<>>;

/// Two samples at an interval of two seconds.
std::vector<Figure> between(Numbers first, Numbers second,
                            std::map<std::string, std::string, std::less<>> texts = {}) {
    return figures_of({std::chrono::seconds(10), std::move(first), texts},
                      {std::chrono::seconds(12), std::move(second), texts});
}

/// "12.5 %", the reason for a missing value, or "-" if the figure does not exist.
std::string told(const std::vector<Figure>& figures, std::string_view name) {
    const auto found = std::find_if(figures.begin(), figures.end(),
                                    [&](const Figure& figure) { return figure.name() == name; });
    if (found == figures.end()) return "-";
    if (!found->value) return found->absent;
    std::string number = std::to_string(*found->value);
    number.erase(number.find_last_not_of('0') + 1);
    if (number.ends_with('.')) number.pop_back();
    return number + " " + std::string(to_text(found->kind->unit));
}

struct Row {
    std::string name;
    Numbers first;
    Numbers second;
    std::string result;
};
} // namespace

TEST_CASE("figures: a counter's growth per elapsed time") {
    const std::vector<Row> rows{
        {"cpu.total", {{"cpu.time", 1'000'000'000}}, {{"cpu.time", 2'000'000'000}}, "50 %"},
        {"cpu.total", {{"cpu.time", 5}}, {{"cpu.time", 5}}, "0 %"},
        {"cpu.total", {}, {}, "libvirt does not report this here"},
        {"cpu.total", {}, {{"cpu.time", 5}}, "it did not exist at the first sample"},
        {"cpu.total", {{"cpu.time", 6}}, {{"cpu.time", 5}}, "its counter restarted"},
        {"cpu.haltpoll_fail",
         {{"cpu.haltpoll.fail.time", 0}},
         {{"cpu.haltpoll.fail.time", 0}},
         "halt polling is unknown"},
        {"cpu.haltpoll_fail",
         {{"cpu.haltpoll.fail.time", 0}, {"cpu.haltpoll.success.time", 9}},
         {{"cpu.haltpoll.fail.time", 0}, {"cpu.haltpoll.success.time", 9}},
         "0 %"},
        {"vcpu.3.delay", {{"vcpu.3.delay", 0}}, {{"vcpu.3.delay", 20'000'000}}, "1 %"},
        {"vcpu.3.time", {{"vcpu.3.delay", 0}}, {{"vcpu.3.delay", 1}}, "libvirt does not report this here"},
        {"vcpu.2.time",
         {{"vcpu.3.delay", 0}, {"vcpu.current", 2}},
         {{"vcpu.3.delay", 1}, {"vcpu.current", 2}},
         "-"},
        {"net.0.received", {{"net.0.rx.bytes", 100}}, {{"net.0.rx.bytes", 300}}, "100 B/s"},
        {"net.0.send_drops", {{"net.0.tx.drop", 1}}, {{"net.0.tx.drop", 2}}, "0.5 /s"},
        {"net.0.received", {{"net.count", 1}}, {{"net.count", 1}}, "libvirt does not report this here"},
        {"net.1.received", {{"net.count", 1}}, {{"net.count", 1}}, "-"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        CHECK(told(between(row.first, row.second), row.name) == row.result);
    }
}

TEST_CASE("figures: no time between samples gives no rate") {
    const DomainSample sample{std::chrono::seconds(1), {{"cpu.time", 5}}, {}};
    CHECK(told(figures_of(sample, sample), "cpu.total") == "no time elapsed");
}

TEST_CASE("figures: a disk has its name in the guest, and its latency per request") {
    const Numbers first{{"block.count", 1},      {"block.0.rd.reqs", 10}, {"block.0.rd.times", 0},
                        {"block.0.rd.bytes", 0}, {"block.0.wr.reqs", 7},  {"block.0.wr.times", 5},
                        {"block.0.fl.reqs", 1}};
    const Numbers second{{"block.count", 1},         {"block.0.rd.reqs", 14}, {"block.0.rd.times", 6'000'000},
                         {"block.0.rd.bytes", 4096}, {"block.0.wr.reqs", 7},  {"block.0.wr.times", 5},
                         {"block.0.fl.reqs", 2}};
    const auto figures = between(first, second, {{"block.0.name", "vda"}});
    CHECK(told(figures, "block.vda.reads") == "2 /s");
    CHECK(told(figures, "block.vda.read") == "2048 B/s");
    CHECK(told(figures, "block.vda.read_latency") == "1.5 ms");
    CHECK(told(figures, "block.vda.writes") == "0 /s");
    CHECK(told(figures, "block.vda.write_latency") == "no such requests occurred");
    CHECK(told(figures, "block.vda.flush_latency") == "libvirt does not report this here");
    CHECK(told(figures, "block.vda.written") == "libvirt does not report this here");
}

TEST_CASE("figures: the guest's memory as far as its balloon driver reports it") {
    const auto sample = [](std::uint64_t update, std::uint64_t swapped) {
        return Numbers{{"balloon.maximum", 4096},       {"balloon.current", 3072},
                       {"balloon.last-update", update}, {"balloon.usable", 2048},
                       {"balloon.swap_in", swapped},    {"balloon.rss", 1}};
    };
    struct Case {
        std::uint64_t before;
        std::uint64_t after;
        std::string usable;
        std::string swapped_in;
    };
    const std::string silent = "the guest's balloon driver reports nothing";
    // over the guest's four seconds, not over ours
    for (const auto& one : {Case{100, 104, "2097152 B", "2560 B/s"},
                            Case{100, 100, "2097152 B", "the guest's balloon driver reported no new values"},
                            Case{0, 104, "2097152 B", silent}, Case{0, 0, silent, silent}}) {
        const auto figures = between(sample(one.before, 0), sample(one.after, 10));
        CAPTURE(one.before);
        CAPTURE(one.after);
        CHECK(told(figures, "memory.balloon_taken") == "1048576 B");
        CHECK(told(figures, "memory.rss") == "1024 B");
        CHECK(told(figures, "memory.guest_usable") == one.usable);
        CHECK(told(figures, "memory.guest_swapped_in") == one.swapped_in);
    }
    CHECK(told(between({}, {}), "memory.balloon_taken") == "libvirt does not report this here");
}

TEST_CASE("figures: the calls of a start, as far as the lease has recorded them") {
    Lease lease;
    Timing prepare{"prepare", {}, std::chrono::microseconds(12'500), {}, std::chrono::microseconds(10'000),
                   {}};
    lease.note(prepare);
    const auto figures = start_figures(lease);
    CHECK(told(figures, "start.prepare.total") == "12.5 ms");
    CHECK(told(figures, "start.prepare.pages") == "10 ms");
    CHECK(told(figures, "start.started.total") == "the lease did not record this");
}

TEST_CASE("figures: every kind has one name, and one that can become worse has a limit") {
    std::set<std::string> names;
    for (const auto& kind : figure_kinds()) {
        CHECK(names.insert(Figure{&kind, "", {}, ""}.name()).second);
        CHECK((kind.worse != Worse::neither) == (kind.step > 0));
    }
}

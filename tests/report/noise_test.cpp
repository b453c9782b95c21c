#include "advice/report/noise.hpp"

#include <doctest/doctest.h>

using namespace hostlease;

namespace {
Known<Latencies> latencies(std::map<unsigned, std::uint64_t> counts, std::uint64_t above, double longest,
                           double seconds = 5) {
    return {Latencies{std::move(counts), above, 1000, longest, seconds}, {}};
}

CpuNoise noise_of(unsigned cpu) {
    CpuNoise noise;
    noise.cpu = cpu;
    noise.activity = {{253, {}}, {12.25, {}}, {{}, "why"},
                      {25, {}},  {0, {}},     {{"LOC", "Local timer interrupts", 250}, {"36", "nvme0q1", 3}}};
    noise.oslat = latencies({{1, 100'000}, {3, 98}, {50, 2}}, 0, 52);
    noise.cyclictest = latencies({{2, 90}, {9, 8}}, 2, 1800, 0);
    return noise;
}

Measurement measurement() {
    Measurement all;
    all.taken = 1'795'000'000;
    all.seconds = 5;
    all.kernel = "6.12.95";
    all.domain = "a<b&c";
    all.state = "does not run, no CPU isolated for it";
    all.groups = {{"a<b&c", {6}}, {"housekeeping", {0}}};
    all.cpus = {noise_of(6), noise_of(0)};
    all.cpus[1].oslat = {{}, "oslat is not there"};
    all.notes = {"a note"};
    return all;
}

const Figure* find(const std::vector<Figure>& figures, std::string_view name) {
    for (const auto& figure : figures)
        if (figure.name() == name) return &figure;
    return nullptr;
}
} // namespace

TEST_CASE("noise: the figures of a CPU") {
    const auto figures = figures_of(noise_of(6));
    struct Row {
        std::string_view name;
        double value;
        bool is_at_least;
    };
    for (const auto& row : {
             Row{"cpu.6.interrupts", 253, false},
             Row{"cpu.6.busy", 25, false},
             Row{"oslat.6.gaps", 20, false},
             Row{"oslat.6.median", 3, false},
             Row{"oslat.6.p99", 50, false},
             Row{"oslat.6.longest", 52, false},
             Row{"cyclictest.6.median", 2, false},
             Row{"cyclictest.6.p99", 1000, true},
             Row{"cyclictest.6.longest", 1800, false},
         }) {
        CAPTURE(row.name);
        const auto* figure = find(figures, row.name);
        REQUIRE(figure != nullptr);
        CHECK(figure->value == row.value);
        CHECK(figure->is_at_least == row.is_at_least);
    }
    CHECK(find(figures, "cpu.6.switches")->absent == "why");
}

TEST_CASE("noise: an undisturbed loop has no longest gap") {
    CpuNoise noise = noise_of(1);
    noise.oslat = latencies({{1, 5000}}, 0, 1);
    const auto figures = figures_of(noise);
    CHECK(find(figures, "oslat.1.gaps")->value == 0);
    for (const auto* name : {"oslat.1.median", "oslat.1.p99", "oslat.1.longest"}) {
        CHECK_FALSE(find(figures, name)->value);
        CHECK(find(figures, name)->absent == "nothing delayed the loop");
    }
}

TEST_CASE("noise: a loop that was prevented from running yields no figures") {
    CpuNoise noise = noise_of(1);
    noise.oslat = latencies({{1, 1}}, 0, 1, 0);
    const auto figures = figures_of(noise);
    for (const auto* name : {"oslat.1.gaps", "oslat.1.median", "oslat.1.longest"})
        CHECK(find(figures, name)->absent == "the loop never ran");
}

TEST_CASE("noise: a missing measurement has a reason in place of a value") {
    CpuNoise noise;
    noise.oslat.absent = noise.cyclictest.absent = "no tool";
    for (const auto& figure : figures_of(noise)) {
        CAPTURE(figure.name());
        CHECK_FALSE(figure.value);
        if (figure.kind->group != "cpu") CHECK(figure.absent == "no tool");
    }
}

TEST_CASE("noise: JSON is read as the earlier measurement") {
    const auto earlier = read_earlier_noise(noise_json(measurement()), "before.json");
    REQUIRE(earlier);
    CHECK(earlier->figures.domain == "a<b&c");
    CHECK(earlier->figures.taken == 1'795'000'000);
    CHECK(earlier->cpus == CpuSet{0, 6});
    CHECK(earlier->figures.figures.at("cyclictest.6.longest") == 1800);
    CHECK_FALSE(earlier->figures.figures.contains("oslat.0.gaps"));
    Measurement now = measurement();
    now.earlier = *earlier;
    CHECK(differences(now).empty());
    CHECK(noise_json(now).find("\"regression\"") == std::string::npos);
}

TEST_CASE("noise: invalid earlier measurements") {
    struct Row {
        std::string_view text;
        std::string_view what;
    };
    for (
        const auto& row : {
            Row{"[", "this is not valid JSON: incomplete JSON"},
            Row{"{}", "this is not a hostlease measurement: it has no \"format\""},
            Row{R"({"format": "hostlease-report-1"})",
                "this version reads measurements in format hostlease-measure-1, not hostlease-report-1"},
            Row{R"({"format": "hostlease-measure-1"})", "this measurement lacks its time, CPUs or figures"},
            Row{R"({"format": "hostlease-measure-1", "taken": 1, "seconds": 1, "cpus": "x", "figures": []})",
                "this measurement lacks its time, CPUs or figures"},
            Row{R"({"format": "hostlease-measure-1", "taken": 1, "seconds": -1, "cpus": "1", "figures": []})",
                "this measurement lacks its time, CPUs or figures"},
            Row{R"({"format": "hostlease-measure-1", "taken": 1, "seconds": 1e300, )"
                R"("cpus": "1", "figures": []})",
                "this measurement lacks its time, CPUs or figures"},
            Row{R"({"format": "hostlease-measure-1", "taken": 1, "seconds": 1, "cpus": "1", "figures": [{}]})",
                "a figure of this measurement has no name"},
        }) {
        CAPTURE(row.text);
        const auto earlier = read_earlier_noise(row.text, "before.json");
        REQUIRE_FALSE(earlier);
        CHECK(earlier.error().message == row.what);
        CHECK(earlier.error().hint == "run `hostlease measure ... --json > FILE` to create one");
    }
}

TEST_CASE("noise: an earlier measurement with other settings") {
    Measurement now = measurement();
    now.earlier = EarlierNoise{{"other", "", 1, 3, {}}, "runs", "hackbench", "6.1.0", {1}};
    CHECK(differences(now) ==
          std::vector<std::string>{"the earlier measurement was of other, this one of a<b&c",
                                   "the earlier measurement had CPU 1, this one CPU 0,6",
                                   "the earlier measurement took 3 s per run, this one 5 s per run",
                                   "the earlier measurement had hackbench, this one had no load",
                                   "the earlier measurement had kernel 6.1.0, this one kernel 6.12.95"});
}

TEST_CASE("noise: the text") {
    const std::string rest = R"(
  CPU  interrupt  /s
  6    LOC        250  Local timer interrupts
       36         3.0  nvme0q1
  0    LOC        250  Local timer interrupts
       36         3.0  nvme0q1

CPU 0,6: no switches: why
CPU 0: no busy loop: oslat is not there
a note
)";
    Measurement now = measurement();
    CHECK(noise_text(now) == R"(measured 2026-11-18 11:06:40 UTC, 5 s per run, no load, kernel 6.12.95
a<b&c does not run, no CPU isolated for it

a<b&c
       interrupts  softirqs  switches  busy  steal  loop delayed                           late wake-ups
  CPU  /s          /s        /s        %     %      /s            median us  p99  longest  median us      p99     longest
  6    253         12.2      -         25.0  0      20.0          3          50   52       2              >=1000  1800

housekeeping
       interrupts  softirqs  switches  busy  steal  loop delayed                           late wake-ups
  CPU  /s          /s        /s        %     %      /s            median us  p99  longest  median us      p99     longest
  0    253         12.2      -         25.0  0      -             -          -    -        2              >=1000  1800
)" + rest);
    now.earlier = EarlierNoise{
        {"a<b&c", "", 1'794'000'000, 5, {{"cpu.6.interrupts", 1012.5}, {"oslat.6.longest", 400}}},
        "does not run",
        "",
        "",
        {0, 6}};
    CHECK(noise_text(now) == R"(measured 2026-11-18 11:06:40 UTC, 5 s per run, no load, kernel 6.12.95
a<b&c does not run, no CPU isolated for it
before: 2026-11-06 21:20:00 UTC, a<b&c does not run

a<b&c
               interrupts  softirqs  switches  busy  steal  loop delayed                           late wake-ups
  CPU          /s          /s        /s        %     %      /s            median us  p99  longest  median us      p99     longest
  6    before  1012        -         -         -     -      -             -          -    400      -              -       -
       now     253         12.2      -         25.0  0      20.0          3          50   52       2              >=1000  1800

housekeeping
               interrupts  softirqs  switches  busy  steal  loop delayed                           late wake-ups
  CPU          /s          /s        /s        %     %      /s            median us  p99  longest  median us      p99     longest
  0    before  -           -         -         -     -      -             -          -    -        -              -       -
       now     253         12.2      -         25.0  0      -             -          -    -        2              >=1000  1800
)" + rest);
}

TEST_CASE("noise: the picture escapes names and draws each group") {
    const auto picture = noise_svg(measurement());
    CHECK(picture.find("a&lt;b&amp;c: CPU 6") != std::string::npos);
    CHECK(picture.find("housekeeping: CPU 0") != std::string::npos);
    CHECK(picture.find("<title>50 us: 2</title>") != std::string::npos);
    CHECK(picture.find("<title>1000 us: 4</title>") == std::string::npos);
    CHECK(picture.find("nan") == std::string::npos);
    CHECK(picture.find("inf") == std::string::npos);
}

TEST_CASE("noise: the picture's size and viewBox are numbers without units") {
    const auto picture = noise_svg(measurement());
    CHECK(picture.find(" width='740' height='520' viewBox='0 0 740 520' ") != std::string::npos);
}

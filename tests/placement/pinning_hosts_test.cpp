// The planner's choices on well-known machines, line by line, so that an expert can check
// them.
#include "placement/pinning_text.hpp"
#include "support/captured_hosts.hpp"

#include <set>

using namespace hostlease;
using namespace hostlease::test;

namespace {
struct Case {
    std::string host;
    PinningRequest request;
    std::string expected;
};

const std::vector<Case>& cases() {
    static const std::vector<Case> list = {
        {"core-i7-6700", {.vcpus = 4}, "2,6 3,7; emulator 0-1,4-5; node 0; guest 1x1x2x2"},
        {"core-i7-6700",
         {.vcpus = 2, .iothreads = 1},
         "3,7; emulator 0,4; iothreads 1,5; node 0; guest 1x1x1x2"},
        {"core-i7-6700",
         {.vcpus = 6},
         "6 vCPUs do not fit: 2 cores available, 2 cores kept for the host including that of CPU 0; the "
         "largest VM that fits has 4 vCPUs"},
        {"core-i5-9600k", {.vcpus = 4}, "2 3 4 5; emulator 0-1; node 0; guest 1x1x4x1"},
        {"core-i5-9600k",
         {.vcpus = 3, .iothreads = 2},
         "3 4 5; emulator 0; iothreads 1; node 0; guest 1x1x3x1"},
        {"ryzen-7-3700x",
         {.vcpus = 12},
         "1,9 2,10 3,11 5,13 6,14 7,15; emulator 0,4,8,12; node 0; guest 1x2x3x2"},
        {"ryzen-7-3700x",
         {.vcpus = 12, .iothreads = 1},
         "1,9 2,10 3,11 5,13 6,14 7,15; emulator 0,8; iothreads 4,12; node 0; guest 1x2x3x2"},
        {"ryzen-7-3700x", {.vcpus = 8}, "4,12 5,13 6,14 7,15; emulator 0-1,8-9; node 0; guest 1x1x4x2"},
        {"ryzen-7-3700x",
         {.vcpus = 6, .iothreads = 1},
         "5,13 6,14 7,15; emulator 0,8; iothreads 4,12; node 0; guest 1x1x3x2"},
        {"ryzen-7-3700x",
         {.vcpus = 5},
         "2 3 5 6 7; emulator 0-1,8-9; idle 10-11,13-15; node 0; guest 1x1x5x1"},
        {"ryzen-7-3700x",
         {.vcpus = 7},
         "7 vCPUs do not fit: because they are not a multiple of the 2 threads of a core, each needs a whole "
         "core; 6 cores available, 2 cores kept for the host including that of CPU 0; the largest VM that "
         "fits has 12 vCPUs, the nearest even sizes have 6 or 8"},
        {"ryzen-7-3700x",
         {.vcpus = 14},
         "14 vCPUs do not fit: 6 cores available, 2 cores kept for the host including that of CPU 0; the "
         "largest VM that fits has 12 vCPUs"},
        {"ryzen-7-3700x",
         {.vcpus = 4, .taken = CpuSet{4, 5, 12, 13}},
         "6,14 7,15; emulator 0-1,8-9; node 0; guest 1x1x2x2"},
        {"ryzen-9-5950x",
         {.vcpus = 16},
         "8,24 9,25 10,26 11,27 12,28 13,29 14,30 15,31; emulator 0-1,16-17; node 0; guest 1x1x8x2"},
        {"ryzen-9-5950x",
         {.vcpus = 24, .iothreads = 1},
         "2,18 3,19 4,20 5,21 6,22 7,23 10,26 11,27 12,28 13,29 14,30 15,31; emulator 0,16; iothreads 1,17; "
         "node 0; guest "
         "1x2x6x2"},
        {"ryzen-9-5950x",
         {.vcpus = 30},
         "30 vCPUs do not fit: 14 cores available, 2 cores kept for the host including that of CPU 0; the "
         "largest VM that fits has 28 vCPUs"},
        // the examples' hosts
        {"core-i9-9900k",
         {.vcpus = 8, .iothreads = 1},
         "4,12 5,13 6,14 7,15; emulator 0,8; iothreads 1,9; node 0; guest 1x1x4x2"},
        {"core-i7-9700k",
         {.vcpus = 4, .iothreads = 1},
         "4 5 6 7; emulator 0; iothreads 1; node 0; guest 1x1x4x1"},
        {"ryzen-9-5900x",
         {.vcpus = 12, .iothreads = 1},
         "6,18 7,19 8,20 9,21 10,22 11,23; emulator 0,12; iothreads 1,13; node 0; guest 1x1x6x2"},
        {"ryzen-9-5900x-no-smt",
         {.vcpus = 6, .iothreads = 1},
         "6 7 8 9 10 11; emulator 0; iothreads 1; node 0; guest 1x1x6x1"},
        {"xeon-e5-2680v2-dual",
         {.vcpus = 16, .cell_vcpus = {8, 8}, .iothreads = 2},
         "6,26 7,27 8,28 9,29 16,36 17,37 18,38 19,39; emulator 0,20; iothreads 1,21; node 0-1 cell 0 cell "
         "1; guest 2x1x4x2"},
        {"core-i9-12900k",
         {.vcpus = 8, .iothreads = 1},
         "8,9 10,11 12,13 14,15; emulator 0-1; iothreads 16; node 0; guest 1x1x4x2"},
        {"core-i9-12900k",
         {.vcpus = 14},
         "2,3 4,5 6,7 8,9 10,11 12,13 14,15; emulator 0-1,16; node 0; guest 1x1x7x2"},
        {"core-i9-12900k",
         {.vcpus = 16},
         "16 vCPUs do not fit: 7 performance cores, 8 efficient cores available, 2 cores kept for the host "
         "including that of CPU 0; a VM gets only one kind of core; the largest VM that fits has 14 vCPUs"},
        {"core-i9-12900k",
         {.vcpus = 6, .taken = CpuSet::range(4, 15)},
         "18 19 20 21 22 23; emulator 0-1,16; node 0; guest 1x1x6x1"},
        {"epyc-7543-dual",
         {.vcpus = 8},
         "60,124 61,125 62,126 63,127; emulator 32-33,96-97; node 1; guest 1x1x4x2"},
        {"epyc-7543-dual",
         {.vcpus = 16, .iothreads = 2, .near = NodeSet{0}},
         "24,88 25,89 26,90 27,91 28,92 29,93 30,94 31,95; emulator 0,64; iothreads 1,65; node 0; guest "
         "1x2x4x2"},
        {"epyc-7543-dual",
         {.vcpus = 32, .cell_vcpus = {16, 16}, .iothreads = 1},
         "24,88 25,89 26,90 27,91 28,92 29,93 30,94 31,95 56,120 57,121 58,122 59,123 60,124 61,125 62,126 "
         "63,127; emulator "
         "0,64; iothreads 1,65; node 0-1 cell 0 cell 1; guest 2x2x4x2"},
        {"epyc-7543-dual",
         {.vcpus = 72},
         "13,77 14,78 15,79 17,81 18,82 19,83 20,84 21,85 22,86 23,87 24,88 25,89 26,90 27,91 28,92 29,93 "
         "30,94 31,95 45,109 "
         "46,110 47,111 49,113 50,114 51,115 52,116 53,117 54,118 55,119 56,120 57,121 58,122 59,123 60,124 "
         "61,125 62,126 "
         "63,127; emulator 0,12,64,76; node 0-1; guest 1x1x36x2"},
        {"xeon-6542y-snc2",
         {.vcpus = 24},
         "12,60 13,61 14,62 15,63 16,64 17,65 18,66 19,67 20,68 21,69 22,70 23,71; emulator 0-1,48-49; node "
         "1; guest 1x1x12x2"},
        {"xeon-6542y-snc2",
         {.vcpus = 32, .cell_vcpus = {16, 16}},
         "28,76 29,77 30,78 31,79 32,80 33,81 34,82 35,83 40,88 41,89 42,90 43,91 44,92 45,93 46,94 47,95; "
         "emulator 24-25,72-73; node "
         "2-3 cell 2 cell 3; guest 1x2x8x2"},
        {"xeon-6542y-snc2",
         {.vcpus = 32},
         "28,76 29,77 30,78 31,79 32,80 33,81 34,82 35,83 40,88 41,89 42,90 43,91 44,92 45,93 46,94 47,95; "
         "emulator 24-25,72-73; "
         "node 2-3; guest 1x1x16x2"},
        {"xeon-e7-4870-quad",
         {.vcpus = 8, .iothreads = 1},
         "10 14 18 22 26 30 34 38; emulator 6; iothreads 2; node 1; guest 1x1x8x1"},
        {"xeon-e7-4870-quad",
         {.vcpus = 16, .cell_vcpus = {4, 4, 4, 4}},
         "24 28 32 36 26 30 34 38 25 29 33 37 27 31 35 39; emulator 0-1; node 0-3 cell 0 cell 1 cell 2 cell "
         "3; guest 1x4x4x1"},
        {"xeon-e5410-dual", {.vcpus = 4}, "1 3 5 7; emulator 0,2; node 0; guest 1x2x2x1"},
        {"xeon-quad-offline", {.vcpus = 4}, "3,11 7,15; emulator 0-1,8-9; node 0; guest 1x1x2x2"},
        {"xeon-quad-offline", {.vcpus = 3}, "7 6 10; emulator 0,3,8,11; idle 15; node 0; guest 1x1x3x1"},
        {"xeon-quad-offline",
         {.vcpus = 2, .taken = CpuSet{3, 4, 7, 9}},
         "2 vCPUs do not fit: 1 core available, 2 cores kept for the host including that of CPU 0; the "
         "largest VM that fits has 1 vCPU"},
    };
    return list;
}
} // namespace

TEST_CASE("each captured host has the pins that an expert would give it") {
    std::set<std::string> seen;
    for (const auto& [host, request, expected] : cases()) {
        INFO(host, ", ", request.vcpus, " vCPUs");
        CHECK(text_of(choose_pinning(captured_host(host), request)) == expected);
        seen.insert(host);
    }
    CHECK(seen.size() == captured_hosts().size());
}

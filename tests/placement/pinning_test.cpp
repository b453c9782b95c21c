// All parts of a request besides its size, and the texts that explain the choice.
#include "placement/pinning_text.hpp"
#include "support/captured_hosts.hpp"

#include "core/units.hpp"

using namespace hostlease;
using namespace hostlease::test;

namespace {
std::string choice(const std::string& host, const PinningRequest& request) {
    return text_of(choose_pinning(captured_host(host), request));
}

Pinning pinning(const std::string& host, const PinningRequest& request) {
    const auto found = choose_pinning(captured_host(host), request);
    REQUIRE_MESSAGE(found.has_value(), found.error());
    return *found;
}

NodeSet nodes(const std::string& host, const PinningRequest& request) { return pinning(host, request).nodes; }

std::string lines(const std::vector<std::string>& list) {
    std::string text;
    for (const auto& line : list)
        text += line + "\n";
    return text;
}
} // namespace

TEST_CASE("an invalid request is reported") {
    CHECK(choice("core-i7-6700", {}) == "a VM needs at least one vCPU");
    CHECK(text_of(choose_pinning({}, {.vcpus = 1})) == "the cores of this host are unknown");
    CHECK(choice("core-i7-6700", {.vcpus = 4, .cell_vcpus = {2, 1}}) ==
          "the guest's NUMA cells have 3 vCPUs, but the VM has 4; each cell needs at least one");
    CHECK(choice("core-i7-6700", {.vcpus = 4, .cell_vcpus = {4, 0}}) ==
          "the guest's NUMA cells have 4 vCPUs, but the VM has 4; each cell needs at least one");
}

TEST_CASE("a node with enough memory is better than one without, and a node near the devices better than a "
          "far one") {
    const std::string host = "epyc-7543-dual";
    CHECK(nodes(host, {.vcpus = 16}) == NodeSet{1});
    CHECK(nodes(host, {.vcpus = 16, .near = {0}}) == NodeSet{0});
    CHECK(nodes(host, {.vcpus = 16, .memory = 8 * GiB, .node_memory = {{0, 9 * GiB}, {1, 7 * GiB}}}) ==
          NodeSet{0});
    CHECK(nodes(host,
                {.vcpus = 16, .memory = 8 * GiB, .node_memory = {{0, 9 * GiB}, {1, 7 * GiB}}, .near = {1}}) ==
          NodeSet{0});
    CHECK(pinning(host, {.vcpus = 16, .memory = 8 * GiB, .node_memory = {{0, 7 * GiB}, {1, 7 * GiB}}})
              .warnings ==
          std::vector<std::string>{"node 1 has 7 GiB of free memory, but the VM needs 8 GiB on it"});
}

TEST_CASE("a node without memory is the last choice") {
    const std::string host = "epyc-7543-dual";
    CHECK(nodes(host, {.vcpus = 16, .memory = 8 * GiB, .node_memory = {{0, 9 * GiB}, {1, 0}}}) == NodeSet{0});
    CHECK(nodes(host, {.vcpus = 16, .memory = 8 * GiB, .node_memory = {{0, 7 * GiB}, {1, 0}}}) == NodeSet{0});
    CHECK(nodes(host, {.vcpus = 16, .node_memory = {{0, GiB}, {1, 0}}}) == NodeSet{0});
    CHECK(nodes(host, {.vcpus = 16, .memory = 8 * GiB, .node_memory = {{0, 9 * GiB}, {1, 0}}, .near = {1}}) ==
          NodeSet{0});
    const auto wide =
        pinning(host, {.vcpus = 80, .memory = 8 * GiB, .node_memory = {{0, 9 * GiB}, {1, 0}}}).warnings;
    CHECK(std::find(wide.begin(), wide.end(), "node 1 has no free memory, but the VM needs 4 GiB on it") !=
          wide.end());
}

TEST_CASE("memory is counted to the byte, however many cores it is for") {
    const auto warnings =
        pinning("epyc-7543-dual", {.vcpus = 6, .memory = 8 * GiB, .node_memory = {{0, GiB}, {1, GiB}}})
            .warnings;
    CHECK(warnings ==
          std::vector<std::string>{"node 1 has 1 GiB of free memory, but the VM needs 8 GiB on it"});
}

TEST_CASE("a host keeps at most the cores that it has") {
    const HostTopology one{.cores = {{.threads = {0, 1}}}, .online = {0, 1}};
    CHECK(text_of(choose_pinning(one, {.vcpus = 2})) ==
          "2 vCPUs do not fit: 0 cores available, the core of CPU 0 kept for the host; no VM fits");
    // vCPUs that are pinned to nonexistent CPUs are near no node
    CHECK(choose_helpers(one, {}, {7}).warnings.empty());
}

TEST_CASE("the host's core is named by a CPU that is online and belongs to the host") {
    const HostTopology without_first{.cores = {{.threads = {1}}, {.threads = {2, 6}}}, .online = {1, 2, 6}};
    CHECK(
        text_of(choose_pinning(without_first, {.vcpus = 4, .housekeeping_cores = 1})) ==
        "4 vCPUs do not fit: 1 core available, the core of CPU 1 kept for the host; the largest VM that fits "
        "has 2 vCPUs");
    CHECK(text_of(choose_pinning(without_first, {.vcpus = 4, .housekeeping_cores = 2}))
              .find("2 cores kept for the host including that of CPU 1;") != std::string::npos);
    const HostTopology four{.cores = {{.threads = {0}}, {.threads = {1}}, {.threads = {2}}, {.threads = {3}}},
                            .online = {0, 1, 2, 3}};
    CHECK(text_of(choose_pinning(four, {.vcpus = 4, .closed = {0}})).find("1 core kept for the host;") !=
          std::string::npos);
}

TEST_CASE("all threads of a core are named") {
    HostTopology host;
    for (unsigned core = 0; core < 8; ++core) {
        const auto threads = CpuSet::range(core * 4, core * 4 + 3);
        host.online |= threads;
        host.cores.push_back({.threads = threads});
    }
    const auto found = choose_pinning(host, {.vcpus = 8});
    REQUIRE(found);
    CHECK(found->reasons[1] == "vCPU 0 to 3 are threads of one core, and so on, matching QEMU's numbering");
}

TEST_CASE("other VMs' emulators share the cores that stay with the host") {
    const auto first = pinning("epyc-7543-dual", {.vcpus = 8});
    const CpuSet taken(first.vcpus.begin(), first.vcpus.end());
    const auto second = pinning("epyc-7543-dual", {.vcpus = 8, .taken = taken, .kept = first.emulator});
    CHECK(to_list(first.emulator) == "32-33,96-97");
    CHECK(second.emulator == first.emulator);
    CHECK(second.nodes == first.nodes);
    CHECK(to_list(CpuSet(second.vcpus.begin(), second.vcpus.end())) == "56-59,120-123");
}

TEST_CASE("a second VM takes the next cores until the host has only its own") {
    CpuSet taken;
    std::string sizes;
    while (const auto most = most_vcpus(captured_host("ryzen-9-5950x"), {.taken = taken})) {
        const auto found = pinning("ryzen-9-5950x", {.vcpus = std::min(most, 8U), .taken = taken});
        taken |= CpuSet(found.vcpus.begin(), found.vcpus.end());
        sizes += std::to_string(found.vcpus.size()) + " ";
    }
    CHECK(sizes == "8 8 8 4 ");
    CHECK(to_list(taken) == "2-15,18-31");
}

TEST_CASE("cells that must share a node do so evenly, and a cell without room on one node is spread; both "
          "are reported") {
    const auto shared = pinning("ryzen-9-5950x", {.vcpus = 16, .cell_vcpus = {8, 8}});
    CHECK(shared.cell_nodes == std::vector<NodeSet>{{0}, {0}});
    CHECK(lines(shared.warnings) == "guest NUMA cells 0 and 1 are both on node 0\n");

    const auto four = pinning("epyc-7543-dual", {.vcpus = 64, .cell_vcpus = {16, 16, 16, 16}});
    CHECK(four.cell_nodes == std::vector<NodeSet>{{1}, {0}, {1}, {0}});
    // although one of the nodes has CPU 0
    const auto small = pinning("epyc-7543-dual", {.vcpus = 8, .cell_vcpus = {2, 2, 2, 2}});
    CHECK(small.cell_nodes == std::vector<NodeSet>{{1}, {0}, {1}, {0}});

    const auto large = pinning("epyc-7543-dual", {.vcpus = 84, .cell_vcpus = {80, 4}});
    CHECK(large.cell_nodes.front() == NodeSet{0, 1});
    CHECK(lines(large.warnings)
              .find("guest NUMA cell 0 spans several nodes, 0-1: no node has enough free cores") == 0);
}

TEST_CASE("vCPUs of an odd cell have a core each, and so have those that need cores with an offline thread") {
    const auto odd = pinning("epyc-7543-dual", {.vcpus = 8, .cell_vcpus = {3, 5}});
    CHECK(odd.threads == 1);
    CHECK(
        lines(odd.reasons).find("a guest NUMA cell's vCPUs are not a multiple of the 2 threads of a core") !=
        std::string::npos);

    // besides CPU 0's core, two whole cores and two partial ones are left
    const auto partial =
        pinning("xeon-quad-offline", {.vcpus = 2, .taken = {3, 4, 7}, .housekeeping_cores = 1});
    CHECK(text_of(partial) == "1,9; emulator 0,8; node 0; guest 1x1x1x2");
    const auto without =
        pinning("xeon-quad-offline", {.vcpus = 2, .taken = {1, 3, 4, 7}, .housekeeping_cores = 1});
    CHECK(text_of(without) == "6 10; emulator 0,8; node 0; guest 1x1x2x1");
    CHECK(lines(without.reasons).find("too few cores have all threads online: each vCPU gets its own core") !=
          std::string::npos);
}

TEST_CASE("reasons say what was considered") {
    CHECK(lines(pinning("ryzen-7-3700x", {.vcpus = 12, .iothreads = 1}).reasons) ==
          "12 vCPUs on 6 whole cores\n"
          "vCPU 0 and 1 are threads of one core, and so on, matching QEMU's numbering\n"
          "node 0 has them under 2 last-level caches, the fewest with enough cores\n"
          "the host keeps 2 cores, CPU 0,4,8,12\n");
    CHECK(lines(pinning("ryzen-7-3700x", {.vcpus = 3}).reasons) ==
          "3 vCPUs on 3 whole cores\n"
          "3 vCPUs are not a multiple of the 2 threads of a core: each vCPU gets its own core\n"
          "CPU 13-15 are the other threads of these cores: nothing else should run there\n"
          "node 0 has them under one last-level cache\n"
          "the host keeps 5 cores, CPU 0-4,8-12\n");
    CHECK(lines(pinning("ryzen-7-3700x", {.vcpus = 1}).reasons) ==
          "1 vCPU on 1 whole core\n"
          "CPU 15 is the other thread of this core: nothing else should run there\n"
          "node 0 has it under one last-level cache\n"
          "the host keeps 7 cores, CPU 0-6,8-14\n");
    CHECK(lines(pinning("ryzen-7-3700x", {.vcpus = 4, .guest_has_threads = false}).reasons)
              .find("\nvCPU 0 and 1 run on threads of one core, and so on; the guest sees each vCPU as a "
                    "core\n") != std::string::npos);
    CHECK(lines(pinning("xeon-6542y-snc2", {.vcpus = 16, .cell_vcpus = {8, 8}}).reasons) ==
          "16 vCPUs on 8 whole cores\n"
          "vCPU 0 and 1 are threads of one core, and so on, matching QEMU's numbering\n"
          "guest NUMA cell 0 is on node 2, under one last-level cache\n"
          "guest NUMA cell 1 is on node 3, under one last-level cache\n"
          "the host keeps 40 cores, CPU 0-31,36-43,48-79,84-91\n");
}

TEST_CASE(
    "of caches that differ in size, the largest is chosen, or on request the cores with the highest clock") {
    auto topology = captured_host("ryzen-9-5950x");
    for (auto& core : topology.cores) {
        core.cache_size = (core.cache == 0 ? 96 : 32) * MiB;
        core.highest_mhz = core.cache == 0 ? 5250 : 5759;
    }
    const auto large = choose_pinning(topology, {.vcpus = 12});
    REQUIRE(large);
    CHECK(text_of(large) == "2,18 3,19 4,20 5,21 6,22 7,23; emulator 0-1,16-17; node 0; guest 1x1x6x2");
    CHECK(lines(large->reasons)
              .find("differ in size: 96 MiB for CPU 0-7,16-23, 32 MiB for CPU 8-15,24-31; the vCPUs run "
                    "under the largest") != std::string::npos);
    const auto fast = choose_pinning(topology, {.vcpus = 12, .prefer = CorePreference::frequency});
    CHECK(text_of(fast) == "10,26 11,27 12,28 13,29 14,30 15,31; emulator 0,8,16,24; node 0; guest 1x1x6x2");
    const auto too_large = choose_pinning(topology, {.vcpus = 16});
    REQUIRE(too_large);
    CHECK(lines(too_large->warnings).find("not all vCPUs fit under the largest") != std::string::npos);
}

TEST_CASE("if cores have equal clocks, --prefer frequency chooses those that the processor prefers") {
    auto topology = captured_host("ryzen-9-5950x");
    for (auto& core : topology.cores) {
        core.highest_mhz = 5000;
        core.highest_perf = core.cache == 0 ? 151 : 166;
    }
    const auto preferred = choose_pinning(topology, {.vcpus = 12, .prefer = CorePreference::frequency});
    CHECK(text_of(preferred) ==
          "10,26 11,27 12,28 13,29 14,30 15,31; emulator 0,8,16,24; node 0; guest 1x1x6x2");
    for (auto& core : topology.cores)
        core.highest_mhz = core.cache == 0 ? 5250 : 5000;
    CHECK(text_of(choose_pinning(topology, {.vcpus = 12, .prefer = CorePreference::frequency})) ==
          "2,18 3,19 4,20 5,21 6,22 7,23; emulator 0-1,16-17; node 0; guest 1x1x6x2");
    CHECK(text_of(choose_pinning(topology, {.vcpus = 12})) ==
          text_of(choose_pinning(captured_host("ryzen-9-5950x"), {.vcpus = 12})));
}

TEST_CASE("several cells that only fit a node together are packed in that way") {
    const auto packed = pinning("epyc-7543-dual", {.vcpus = 96, .cell_vcpus = {30, 22, 16, 16, 12}});
    CHECK(lines(packed.warnings) ==
          "guest NUMA cells 1, 2 and 4 are all on node 0\nguest NUMA cells 0 and 3 are both on node 1\n");
    for (const auto& nodes : packed.cell_nodes)
        CHECK(nodes.count() == 1);
}

TEST_CASE("warnings name unfavourable properties") {
    CHECK(lines(pinning("core-i9-12900k", {.vcpus = 6, .taken = CpuSet::range(4, 15)}).warnings) ==
          "the fastest cores have room for 2 vCPUs only, so slower cores are used\n");
    CHECK(lines(pinning("xeon-6542y-snc2", {.vcpus = 32}).warnings) ==
          "no node has enough cores: 8 and 8 cores of node 2-3; define as many NUMA cells so that the guest "
          "knows its topology\n");
    CHECK(lines(pinning("ryzen-9-5950x", {.vcpus = 28}).warnings) ==
          "a host of this size should keep at least four cores\n");
    // like CPU-SIZING: 120 vCPUs on 64 cores with two threads each; closed cores count as the host's
    CHECK(lines(pinning("epyc-7543-dual", {.vcpus = 122, .cell_vcpus = {60, 62}}).warnings) ==
          "a host of this size should keep at least four cores\n");
    CHECK(pinning("epyc-7543-dual", {.vcpus = 120, .cell_vcpus = {60, 60}}).warnings.empty());
    CHECK(lines(pinning("ryzen-9-5950x", {.vcpus = 24, .closed = {0, 1, 2, 16, 17, 18}}).warnings) == "");
    CHECK(lines(pinning("xeon-6542y-snc2", {.vcpus = 24, .taken = CpuSet::range(24, 47)}).warnings) ==
          "no core of node 1 is free for the emulator, which therefore runs on CPU 0-1,48-49 of another "
          "node\n");
}

TEST_CASE("guest cells get the nodes that suit all of them, whatever their order") {
    const std::string host = "epyc-7543-dual";
    const auto cells = [&](PinningRequest request) {
        request.vcpus = 16;
        request.cell_vcpus = {8, 8};
        return pinning(host, request).cell_nodes;
    };
    using Nodes = std::vector<NodeSet>;
    CHECK(cells({}) == Nodes{{0}, {1}});
    CHECK(cells({.cell_near = {{}, {0}}}) == Nodes{{1}, {0}});
    CHECK(cells({.cell_memory = {4 * GiB, 32 * GiB}, .node_memory = {{0, 40 * GiB}, {1, 6 * GiB}}}) ==
          Nodes{{1}, {0}});
    // memory that is bound is not where the vCPUs are: only these can be near it
    CHECK(cells({.cell_memory = {4 * GiB, 4 * GiB},
                 .cell_near = {{1}, {0}},
                 .node_memory = {{0, 40 * GiB}, {1, 3 * GiB}}}) == Nodes{{1}, {0}});
}

TEST_CASE("cells that share nodes share their memory as well") {
    const auto found = pinning("epyc-7543-dual", {.vcpus = 8,
                                                  .cell_vcpus = {2, 2, 2, 2},
                                                  .cell_memory = {16 * GiB, 2 * GiB, 16 * GiB, 2 * GiB},
                                                  .node_memory = {{0, 20 * GiB}, {1, 20 * GiB}}});
    CHECK(found.cell_nodes[0] != found.cell_nodes[2]);
    CHECK(lines(found.warnings).find("free memory") == std::string::npos);
}

TEST_CASE("the threads of a guest core are on one core of the host, if it has as many") {
    HostTopology host;
    for (unsigned core = 0; core < 4; ++core) {
        host.cores.push_back({.threads = CpuSet::range(core * 4, core * 4 + 3)});
        host.online |= host.cores.back().threads;
    }
    CHECK(text_of(choose_pinning(host, {.vcpus = 4, .threads = 2, .housekeeping_cores = 1})) ==
          "8,9 12,13; emulator 0-3; idle 10-11,14-15; node 0; guest 1x1x2x2");
    CHECK(text_of(choose_pinning(host, {.vcpus = 3, .threads = 3, .housekeeping_cores = 1})) ==
          "12,13,14; emulator 0-3; idle 15; node 0; guest 1x1x1x3");
}

TEST_CASE("unequal parts of two nodes with memory are better than equal ones without") {
    HostTopology host;
    for (unsigned cpu = 0; cpu < 21; ++cpu) {
        const unsigned node = cpu < 8 ? 0 : cpu < 16 ? 1 : 2;
        host.cores.push_back({.threads = {cpu}, .package = node, .node = node, .cache = node});
        host.online.add(cpu);
    }
    PinningRequest request{.vcpus = 12, .housekeeping_cores = 1, .memory = 24 * GiB};
    request.node_memory = {{0, 30 * GiB}, {1, GiB}, {2, 30 * GiB}};
    const auto found = choose_pinning(host, request);
    REQUIRE(found);
    CHECK(found->nodes == NodeSet{0, 2});
}

TEST_CASE("an emulator avoids the CPUs that another VM's partition has for itself") {
    HostTopology host;
    for (unsigned cpu = 0; cpu < 8; ++cpu) {
        const unsigned node = cpu / 4;
        host.cores.push_back({.threads = {cpu}, .package = node, .node = node, .cache = node});
        host.online.add(cpu);
    }
    PinningRequest request{.vcpus = 2, .kept = {4}, .housekeeping_cores = 1};
    request.near = {1};
    CHECK(choose_pinning(host, request)->emulator == CpuSet{4});
    request.exclusive = {4};
    CHECK_FALSE(choose_pinning(host, request)->emulator.contains(4));
}

TEST_CASE("vCPUs fill whole cores of eight threads") {
    HostTopology host;
    for (unsigned core = 0; core < 4; ++core) {
        host.cores.push_back({.threads = CpuSet::range(core * 8, core * 8 + 7)});
        host.online |= host.cores.back().threads;
    }
    const auto found = choose_pinning(host, {.vcpus = 16});
    REQUIRE(found);
    CHECK(found->threads == 8);
    CpuSet cores;
    for (const unsigned cpu : found->vcpus)
        cores.add(cpu / 8);
    CHECK(cores.count() == 2);
    CHECK_FALSE(cores.contains(0));
}

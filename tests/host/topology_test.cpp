#include "host/topology.hpp"

#include "host/cpu_topology.hpp"
#include "host/linux_host.hpp"
#include "support/captured_hosts.hpp"

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("hwloc reads each captured host as its file describes it") {
    for (const auto& name : captured_hosts()) {
        INFO(name);
        const HostTree tree(name);
        const auto found = read_topology(tree.root());
        REQUIRE_MESSAGE(found.has_value(), found.error().text());
        const auto expected = captured_host(name);
        CHECK(found->online == expected.online);
        REQUIRE(found->cores.size() == expected.cores.size());
        for (std::size_t index = 0; index < expected.cores.size(); ++index) {
            auto core = found->cores[index];
            core.cache_size = core.highest_mhz = 0; // make-host chooses these values
            INFO("CPU ", to_list(expected.cores[index].threads), ": CPU ", to_list(core.threads), " package ",
                 core.package, " node ", core.node, " cache ", core.cache, " kind ", core.kind);
            CHECK(core == expected.cores[index]);
        }
    }
}

TEST_CASE("the size of the last-level cache and the highest clock of each core are read") {
    const HostTree tree("ryzen-9-5950x");
    for (const char* cpu : {"0", "1", "2", "3", "4", "5", "6", "7"})
        for (const char* thread : {"", "1"}) {
            const auto number = std::to_string(std::atoi(cpu) + (*thread == '1' ? 16 : 0));
            tree.put("/sys/devices/system/cpu/cpu" + number + "/cache/index3/size", "98304K\n");
            tree.put("/sys/devices/system/cpu/cpufreq/policy" + number + "/cpuinfo_max_freq", "4700000\n");
        }
    const auto found = read_topology(tree.root());
    REQUIRE_MESSAGE(found.has_value(), found.error().text());
    CHECK(found->cores.front().cache_size == 96ULL << 20U);
    CHECK(found->cores.back().cache_size == 16ULL << 20U);
    CHECK(found->cores.front().highest_mhz == 4700);
    CHECK(found->cores.back().highest_mhz > 4700);
    CHECK(found->kinds() == 1);
}

TEST_CASE("ACPI's performance of a core is read if it is useful") {
    const HostTree tree("ryzen-9-5950x");
    tree.put("/sys/devices/system/cpu/cpu0/acpi_cppc/highest_perf", "166\n");
    tree.put("/sys/devices/system/cpu/cpu16/acpi_cppc/highest_perf", "161\n");
    tree.put("/sys/devices/system/cpu/cpu1/acpi_cppc/highest_perf", "none\n");
    auto found = read_topology(tree.root());
    REQUIRE(found);
    const auto host = LinuxHost::open(tree.root());
    REQUIRE(host);
    read_preferred_cores(**host, *found);
    CHECK(found->cores[0].highest_perf == 166);
    CHECK(found->cores[1].highest_perf == 0);
    CHECK(found->cores[2].highest_perf == 0);
}

TEST_CASE("a core with an offline thread differs from a whole one, except without SMT") {
    const auto topology = captured_host("xeon-quad-offline");
    std::string partial;
    for (const auto& core : topology.cores)
        if (!topology.is_whole(core)) partial += to_list(core.threads) + " ";
    CHECK(partial == "6 10 ");
    CHECK(topology.threads_per_core() == 2);

    const auto without_smt = captured_host("core-i5-9600k");
    CHECK(without_smt.threads_per_core() == 1);
    CHECK(without_smt.is_whole(without_smt.cores.front()));
}

TEST_CASE("cores of a hybrid CPU are of two kinds") {
    const auto topology = captured_host("core-i9-12900k");
    CHECK(topology.kinds() == 2);
    CHECK(topology.threads_per_core(0) == 2);
    CHECK(topology.threads_per_core(1) == 1);
    CHECK(topology.threads_per_core(2) == 0);
}

TEST_CASE("a root without a topology is reported, and this machine is not used instead") {
    const auto found = read_topology(TEST_DATA_DIR);
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().kind == ErrorKind::unsupported);
    CHECK(found.error().text().find("the host's cores are unknown: ") == 0);
}

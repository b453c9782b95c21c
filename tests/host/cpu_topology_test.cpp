// The hook's own reading of the cores equals hwloc's reading of the same files.
#include "host/cpu_topology.hpp"

#include "host/facts.hpp"
#include "host/linux_host.hpp"
#include "host/topology.hpp"
#include "support/captured_hosts.hpp"
#include "support/fake_host.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
HostTopology by_sysfs(const std::string& root) {
    const auto host = LinuxHost::open(root);
    REQUIRE(host);
    const auto facts = read_facts(**host);
    REQUIRE_MESSAGE(facts.has_value(), facts.error().text());
    const auto topology = read_cpu_topology(**host, *facts);
    REQUIRE_MESSAGE(topology.has_value(), topology.error().text());
    return *topology;
}

void check_equal(const HostTree& tree) {
    const auto expected = read_topology(tree.root());
    REQUIRE_MESSAGE(expected.has_value(), expected.error().text());
    const auto found = by_sysfs(tree.root());
    CHECK(found.online == expected->online);
    REQUIRE(found.cores.size() == expected->cores.size());
    for (std::size_t index = 0; index < found.cores.size(); ++index) {
        const auto& core = found.cores[index];
        INFO("CPU ", to_list(core.threads), ": package ", core.package, " node ", core.node, " cache ",
             core.cache, " kind ", core.kind, " size ", core.cache_size, " MHz ", core.highest_mhz);
        CHECK(core == expected->cores[index]);
    }
}

/// Writes a file for each of these CPUs.
void put_each(const HostTree& tree, const CpuSet& cpus, const std::string& file, const std::string& text) {
    for (const unsigned cpu : cpus.members())
        tree.put("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/" + file, text + "\n");
}
} // namespace

TEST_CASE("the cores, caches, nodes and kinds of each captured host are those that hwloc reads") {
    for (const auto& name : captured_hosts()) {
        CAPTURE(name);
        check_equal(HostTree(name));
    }
}

TEST_CASE(
    "cores that are favoured by a few percent are of one kind, and dense ones of another, like with hwloc") {
    for (const char* dense : {"3700000", "4300000"}) {
        CAPTURE(dense);
        const HostTree tree("ryzen-9-5950x");
        put_each(tree, CpuSet::range(0, 31), "cpufreq/cpuinfo_max_freq", "4900000");
        put_each(tree, CpuSet{3, 19}, "cpufreq/cpuinfo_max_freq", "5000000");
        put_each(tree, CpuSet::range(8, 15) | CpuSet::range(24, 31), "cpufreq/cpuinfo_max_freq", dense);
        check_equal(tree);
        put_each(tree, CpuSet::range(0, 31), "cpufreq/base_frequency", "3400000");
        check_equal(tree);
    }
}

TEST_CASE("core types matter before clocks, and capacities before both, like with hwloc") {
    const HostTree tree("core-i9-12900k");
    put_each(tree, CpuSet::range(0, 15), "cpufreq/base_frequency", "3200000");
    put_each(tree, CpuSet::range(16, 23), "cpufreq/base_frequency", "2400000");
    check_equal(tree);
    put_each(tree, CpuSet::range(16, 23), "cpufreq/base_frequency", "3200000");
    check_equal(tree);
    put_each(tree, CpuSet::range(0, 15), "cpu_capacity", "1024");
    put_each(tree, CpuSet::range(16, 23), "cpu_capacity", "446");
    check_equal(tree);
}

TEST_CASE("a root without a topology has CPUs, each a core of its own") {
    FakeHost host;
    const auto facts = read_facts(host);
    REQUIRE(facts);
    const auto topology = read_cpu_topology(host, *facts);
    REQUIRE(topology);
    CHECK(topology->cores.size() == 8);
    CHECK(topology->cores.front().node == 0);
    CHECK(topology->cores.back().node == 1);
    CHECK(topology->kinds() == 1);
}

#include "host/facts.hpp"

#include "core/units.hpp"
#include "support/fake_host.hpp"
#include "support/faulty_host.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
using Tree = std::map<std::string, std::string>;

/// A host with only these files.
HostFacts facts_of(const Tree& files) {
    FakeHost host;
    host.nodes.clear();
    host.files = files;
    const auto facts = read_facts(host);
    REQUIRE(facts);
    return *facts;
}

std::string error_of(const Tree& files) {
    FakeHost host;
    host.nodes.clear();
    host.files = files;
    const auto facts = read_facts(host);
    return facts ? "" : facts.error().text();
}

std::uint64_t pages(std::uint64_t count) { return count * static_cast<std::uint64_t>(::getpagesize()); }

void add_pool(Tree& files, const std::string& directory, const std::string& total, const std::string& free,
              const std::string& surplus) {
    files[directory + "/nr_hugepages"] = total + "\n";
    files[directory + "/free_hugepages"] = free + "\n";
    files[directory + "/surplus_hugepages"] = surplus + "\n";
}

const std::string node0 = "/sys/devices/system/node/node0";
const std::string global_pools = "/sys/kernel/mm/hugepages/";

const std::string node0_meminfo = "\nNode 0 MemTotal:       65700000 kB\nNode 0 MemFree:           10000 kB\n"
                                  "Node 0 MemUsed:        65690000 kB\nNode 0 SwapCached:          999 kB\n"
                                  "Node 0 Active:           777777 kB\nNode 0 Inactive:         777777 kB\n"
                                  "Node 0 Active(anon):     777777 kB\nNode 0 Inactive(anon):   777777 kB\n"
                                  "Node 0 Active(file):       4000 kB\nNode 0 Inactive(file):     2000 kB\n"
                                  "Node 0 Dirty:               100 kB\nNode 0 Writeback:            50 kB\n"
                                  "Node 0 Mapped:              700 kB\nNode 0 WritebackTmp:     777777 kB\n"
                                  "Node 0 SReclaimable:       1000 kB\nNode 0 ShmemPmdMapped:   777777 kB\n"
                                  "Node 0 HugePages_Total:     128\nNode 0 HugePages_Free:      128\n";

/// /proc/zoneinfo of Linux 6.12, shortened.
const std::string zoneinfo = R"(Node 0, zone      DMA
  per-node stats
      nr_inactive_anon 1131
  pages free     2814
        boost    0
        min      30
        low      37
        high     44
        promo    51
        spanned  4095
        protection: (0, 1891, 31988, 31988, 31988)
  pagesets
    cpu: 0
              count:    0
              high:     9999
              high_min: 9999
Node 0, zone   Normal
  pages free     1234
        min      300
        low      400
        high     500
Node 1, zone   Normal
  pages free     1234
        high     7000
Node 2, zone  Movable
  pages free     0
        high     0
)";

/// One node, one pool.
Tree one_node() {
    Tree files{{"/sys/devices/system/cpu/online", "0-3\n"},
               {"/proc/meminfo", "MemTotal:       65800000 kB\nHugepagesize:       2048 kB\n"},
               {"/sys/devices/system/node/online", "0\n"},
               {node0 + "/cpulist", "0-3\n"},
               {node0 + "/meminfo", node0_meminfo},
               {global_pools + "hugepages-2048kB/resv_hugepages", "3\n"}};
    add_pool(files, node0 + "/hugepages/hugepages-2048kB", "128", "100", "8");
    return files;
}
} // namespace

TEST_CASE("all facts of a host with two nodes") {
    FakeHost host;
    host.nodes[1].pools[2 * MiB] = {100, 120, 10};
    host.nodes[0].pools[GiB] = {4, 0, 0};
    const auto facts = read_facts(host);
    REQUIRE(facts);
    CHECK(facts->online == CpuSet::range(0, 7));
    CHECK(facts->has_numa);
    CHECK(facts->default_page_size == 2 * MiB);
    REQUIRE(facts->nodes.size() == 2);
    CHECK(facts->nodes[0] == NodeFacts{0, CpuSet::range(0, 3), 16 * GiB, 12 * GiB});
    CHECK(facts->nodes[1].cpus == CpuSet::range(4, 7));
    REQUIRE(facts->pool({1, 2 * MiB}) != nullptr);
    CHECK(*facts->pool({1, 2 * MiB}) == PoolFacts{{1, 2 * MiB}, 130, 10, 30});
    CHECK(facts->pool({1, 2 * MiB})->persistent() == 100);
    CHECK(facts->pool({0, GiB})->total == 4);
    CHECK(facts->pools.size() == 4);
    CHECK(facts->reserved_pages == std::map<std::uint64_t, std::uint64_t>{{2 * MiB, 10}, {GiB, 0}});
    REQUIRE(facts->cpufreq.size() == 8);
    CHECK(facts->cpufreq[4] == CpufreqPolicy{"policy4",
                                             CpuSet::range(4, 4),
                                             {"performance", "schedutil", "powersave"},
                                             true,
                                             800'000,
                                             3'500'000});
}

TEST_CASE("all facts of a host with one node") {
    const auto facts = facts_of(one_node());
    REQUIRE(facts.nodes.size() == 1);
    CHECK(facts.nodes[0].memory == 65'700'000 * KiB);
    CHECK(facts.pools == std::vector{PoolFacts{{0, 2 * MiB}, 128, 100, 8}});
    CHECK(facts.reserved_pages.at(2 * MiB) == 3);
    CHECK(facts.cpufreq.empty());
    CHECK(facts.pool_path({0, 2 * MiB}) == node0 + "/hugepages/hugepages-2048kB");
}

TEST_CASE("a node's available memory is its free memory, its page cache, dirty or not, and its reclaimable "
          "caches") {
    auto files = one_node();
    CHECK(facts_of(files).nodes[0].available == (10'000 + 4000 + 2000 + 1000) * KiB);
    files[node0 + "/meminfo"] += "Node 0 KReclaimable:       1500 kB\n"; // the slabs' and other caches'
    CHECK(facts_of(files).nodes[0].available == (10'000 + 4000 + 2000 + 1500) * KiB);
}

TEST_CASE(
    "the part of its cache that ZFS would release is available, on each node in proportion to its memory") {
    auto files = one_node();
    const auto before = facts_of(files).nodes[0].available;
    files["/proc/spl/kstat/zfs/arcstats"] = "9 1 0x01 147 39984 5211445446 18061286012345\n"
                                            "name                            type data\n"
                                            "hits                            4    1234\n"
                                            "c                               4    8589934592\n"
                                            "c_min                           4    1073741824\n"
                                            "c_max                           4    16000000000\n"
                                            "size                            4    5368709120\n"
                                            "arc_meta_used                   4    123\n";
    const auto more = facts_of(files).nodes[0].available - before;
    CHECK(more <= 4 * GiB);
    CHECK(more > 4 * GiB - MiB);
    files["/sys/devices/system/node/online"] = "0-1\n";
    files["/sys/devices/system/node/node1/cpulist"] = "\n";
    files["/sys/devices/system/node/node1/meminfo"] = "Node 1 MemTotal: 65700000 kB\nNode 1 MemFree: 0 kB\n";
    CHECK(facts_of(files).nodes[1].available / MiB == 2047);
    files["/proc/spl/kstat/zfs/arcstats"] = "size 4 5\nc_min 4 1073741824\n";
    CHECK(facts_of(files).nodes[0].available == before); // smaller than ZFS's minimum
}

TEST_CASE("without fields for the page cache, a node's available memory is its free memory") {
    auto files = one_node();
    files[node0 + "/meminfo"] = "Node 0 MemTotal: 1000 kB\nNode 0 MemFree: 400 kB\n";
    CHECK(facts_of(files).nodes[0].available == 400 * KiB);
    files[node0 + "/meminfo"] = "Node 0 MemTotal: 1000 kB\nNode 0 MemFree: 400 kB\nNode 0 Dirty: 999 kB\n";
    CHECK(facts_of(files).nodes[0].available == 400 * KiB);
    files[node0 + "/meminfo"] = "";
    CHECK(facts_of(files).nodes[0] == NodeFacts{0, CpuSet::range(0, 3), 0, 0});
}

TEST_CASE("the zones' watermarks are kept for the kernel, on each node its own") {
    auto files = one_node();
    files["/proc/zoneinfo"] = zoneinfo;
    // of each kind of cache, the low watermarks or half of the cache stay
    CHECK(facts_of(files).nodes[0].available == 17'000 * KiB - pages(544) - pages(437) - 500 * KiB);
    files[node0 + "/meminfo"] = "Node 0 MemTotal: 1000 kB\nNode 0 MemFree: 400 kB\n";
    CHECK(facts_of(files).nodes[0].available == 0); // nothing is available below the watermark
    files["/sys/devices/system/node/online"] = "0-1\n";
    files["/sys/devices/system/node/node1/cpulist"] = "\n";
    files["/sys/devices/system/node/node1/meminfo"] =
        "Node 1 MemTotal: 100000000 kB\nNode 1 MemFree: 90000000 kB\n";
    CHECK(facts_of(files).nodes[1].available == 90'000'000 * KiB - pages(7000));
}

TEST_CASE("a kernel without NUMA is one node with the pools of the host") {
    Tree files{{"/sys/devices/system/cpu/online", "0-15\n"},
               {"/proc/meminfo",
                "MemTotal:       16000000 kB\nMemFree:         8000000 kB\nMemAvailable:   15000000 kB\n"
                "Active(file):    1000000 kB\nHugepagesize:       1048576 kB\n"},
               {"/proc/zoneinfo", zoneinfo},
               {global_pools + "hugepages-1048576kB/resv_hugepages", "1\n"}};
    add_pool(files, global_pools + "hugepages-1048576kB", "4", "2", "0");
    const auto facts = facts_of(files);
    CHECK_FALSE(facts.has_numa);
    CHECK(facts.default_page_size == GiB);
    REQUIRE(facts.nodes.size() == 1);
    CHECK(facts.nodes[0] == NodeFacts{0, CpuSet::range(0, 15), 16'000'000 * KiB,
                                      9'000'000 * KiB - pages(44 + 500 + 7000 + 437)});
    CHECK(facts.pools == std::vector{PoolFacts{{0, GiB}, 4, 2, 0}});
    CHECK(facts.reserved_pages.at(GiB) == 1);
    CHECK(facts.pool_path({0, GiB}) == "/sys/kernel/mm/hugepages/hugepages-1048576kB");
}

TEST_CASE("a node without memory or without CPUs is also a node") {
    auto files = one_node();
    files["/sys/devices/system/node/online"] = "0,2\n";
    files["/sys/devices/system/node/node2/cpulist"] = "\n";
    files["/sys/devices/system/node/node2/meminfo"] =
        "Node 2 MemTotal:       0 kB\nNode 2 MemFree:        0 kB\n";
    const auto facts = facts_of(files);
    REQUIRE(facts.nodes.size() == 2);
    CHECK(facts.nodes[1] == NodeFacts{2, {}, 0, 0});
    CHECK(facts.node(2) != nullptr);
    CHECK(facts.node(1) == nullptr);
    CHECK(facts.pool({2, 2 * MiB}) == nullptr);
}

TEST_CASE("a host without any file has no facts and is no error") {
    const auto facts = facts_of({});
    CHECK(facts.online.empty());
    CHECK(facts.pools.empty());
    CHECK(facts.default_page_size == 0);
    CHECK_FALSE(facts.has_numa);
    REQUIRE(facts.nodes.size() == 1);
    CHECK(facts.nodes[0] == NodeFacts{});
}

TEST_CASE("directory entries that are not pools are ignored") {
    auto files = one_node();
    for (const std::string name : {"hugepages-", "hugepages-kB", "hugepages-xkB", "hugepages-2048",
                                   "smallpages-4kB", "hugepages--1kB"})
        files[node0 + "/hugepages/" + name + "/nr_hugepages"] = "1\n";
    CHECK(facts_of(files).pools.size() == 1);
}

TEST_CASE("invalid counters and lists are errors that name their file") {
    for (const std::string text : {"", "many\n", "-1\n", "1 2\n", "99999999999999999999\n"}) {
        CAPTURE(text);
        auto files = one_node();
        files[node0 + "/hugepages/hugepages-2048kB/free_hugepages"] = text;
        CHECK(error_of(files).find(node0 + "/hugepages/hugepages-2048kB/free_hugepages") !=
              std::string::npos);
    }
    for (const std::string& path : {std::string("/sys/devices/system/cpu/online"), node0 + "/cpulist"}) {
        auto files = one_node();
        files[path] = "0-\n";
        CHECK(error_of(files).find(path) != std::string::npos);
    }
}

TEST_CASE("cpufreq policies list their CPUs with blanks, and other entries are ignored") {
    auto files = one_node();
    const std::string base = "/sys/devices/system/cpu/cpufreq/";
    files[base + "policy0/related_cpus"] = "0 1 2 3 \n";
    files[base + "policy0/scaling_available_governors"] = "performance  powersave \n";
    files[base + "policy4/related_cpus"] = "4\n"; // drivers without user-space limits have no such file
    files[base + "ondemand/related_cpus"] = "0\n";
    files[base + "ondemand/scaling_available_governors"] = "x\n";
    files[base + "boost"] = "1\n";
    CHECK(facts_of(files).cpufreq ==
          std::vector{CpufreqPolicy{"policy0", CpuSet::range(0, 3), {"performance", "powersave"}}});
}

TEST_CASE("boost is switched for a policy, for the host, or not at all") {
    auto files = one_node();
    const std::string cpu = "/sys/devices/system/cpu/";
    for (const std::string name : {"policy0", "policy1"}) {
        files[cpu + "cpufreq/" + name + "/related_cpus"] = name.back() + std::string("\n");
        files[cpu + "cpufreq/" + name + "/scaling_available_governors"] = "performance\n";
    }
    CHECK(facts_of(files).boost_path.empty());
    files[cpu + "intel_pstate/no_turbo"] = "0\n";
    CHECK(facts_of(files).boost_path == cpu + "intel_pstate/no_turbo");
    files[cpu + "cpufreq/boost"] = "1\n";
    CHECK(facts_of(files).boost_path == cpu + "cpufreq/boost");
    files[cpu + "cpufreq/policy1/boost"] = "1\n";
    const auto facts = facts_of(files);
    REQUIRE(facts.cpufreq.size() == 2);
    CHECK_FALSE(facts.cpufreq[0].has_boost);
    CHECK(facts.cpufreq[1].has_boost);
}

TEST_CASE("a cpufreq policy whose CPUs are offline is omitted") {
    auto files = one_node();
    for (const std::string name : {"policy0", "policy1"}) {
        files["/sys/devices/system/cpu/cpufreq/" + name + "/related_cpus"] = name.back() + std::string("\n");
        files["/sys/devices/system/cpu/cpufreq/" + name + "/scaling_available_governors"] = "performance\n";
    }
    FakeHost host;
    host.nodes.clear();
    host.files = files;
    FaultyHost counter(host, FaultyHost::Fault::none, 0);
    REQUIRE(read_facts(counter)->cpufreq.size() == 2);
    unsigned left_out = 0;
    for (unsigned at = 1; at <= counter.accesses(); ++at) {
        FaultyHost offline(host, FaultyHost::Fault::fail, at, EBUSY);
        if (const auto facts = read_facts(offline); facts && facts->cpufreq.size() == 1) ++left_out;
    }
    CHECK(left_out == 4); // both files of both policies
}

TEST_CASE("of cpufreq policies without a requested CPU, only the CPUs are read") {
    FakeHost host;
    host.files = one_node();
    for (const std::string name : {"policy0", "policy1"}) {
        host.files["/sys/devices/system/cpu/cpufreq/" + name + "/related_cpus"] =
            name.back() + std::string("\n");
        host.files["/sys/devices/system/cpu/cpufreq/" + name + "/scaling_available_governors"] =
            "performance\n";
        host.files["/sys/devices/system/cpu/cpufreq/" + name + "/boost"] = "1\n";
    }
    const CpuSet asked{1};
    const auto facts = read_facts(host, &asked);
    REQUIRE(facts);
    REQUIRE(facts->cpufreq.size() == 2);
    CHECK(facts->cpufreq[0].cpus == CpuSet{0});
    CHECK(facts->cpufreq[0].governors.empty());
    CHECK_FALSE(facts->cpufreq[0].has_boost);
    CHECK(facts->cpufreq[1].governors.size() == 1);
    CHECK(facts->cpufreq[1].has_boost);
}

TEST_CASE("an unreadable file is an error, except for cpufreq, which has a reason, and ZFS's figures") {
    FakeHost host;
    FaultyHost counter(host, FaultyHost::Fault::none, 0);
    std::vector<Access> accesses;
    counter.record(accesses);
    REQUIRE(read_facts(counter));
    for (unsigned at = 1; at <= counter.accesses(); ++at) {
        const bool of_zfs = accesses[at - 1].path == "/proc/spl/kstat/zfs/arcstats";
        for (const int error : {EIO, EACCES}) {
            CAPTURE(at);
            FaultyHost broken(host, FaultyHost::Fault::fail, at, error);
            const auto facts = read_facts(broken);
            if (of_zfs) {
                CHECK(facts);
            } else if (facts) {
                CHECK(facts->cpufreq.empty());
                CHECK(facts->boost_path.empty());
                CHECK_FALSE(facts->cpufreq_problem.empty());
            } else {
                CHECK(facts.error().errno_value == error);
                CHECK(facts.error().text().find("cpufreq") == std::string::npos);
            }
        }
    }
}

TEST_CASE("the boot id is trimmed, and \"unknown\" if there is none") {
    FakeHost host;
    CHECK(read_boot_id(host) == "0f9c2a4e-0000-4000-8000-000000000001");
    host.files.erase("/proc/sys/kernel/random/boot_id");
    CHECK(read_boot_id(host) == "unknown");
    FaultyHost broken(host, FaultyHost::Fault::fail, 1, EIO);
    CHECK_FALSE(read_boot_id(broken));
}

TEST_CASE("a fake host may omit the list of nodes and the lesser counters of a pool") {
    FakeHost host;
    host.nodes.erase(1);
    host.files.erase("/sys/devices/system/node/online");
    host.nodes[0].pools.clear();
    const std::string pool = "/sys/devices/system/node/node0/hugepages/hugepages-2048kB";
    host.files[pool + "/nr_hugepages"] = "7\n";
    host.directories.insert("/sys/devices/system/node/node0");
    const auto facts = read_facts(host);
    REQUIRE(facts);
    CHECK(facts->has_numa);
    REQUIRE(facts->pools.size() == 1);
    CHECK(facts->pools[0].persistent() == 7);
    CHECK(facts->pools[0].free == 0);
}

TEST_CASE("VMs may run on the CPUs of their slice, including those that partitions inside have taken") {
    FakeHost host;
    const auto slices = [&] {
        std::string text;
        const auto facts = read_facts(host).value();
        for (const auto& slice : facts.cgroups.slices)
            text += slice.name + " " + to_list(slice.cpus) + "; ";
        return text;
    };
    CHECK(slices() == ""); // all CPUs
    host.partitions.enable();
    host.files["/sys/fs/cgroup/machine.slice/cpuset.cpus.exclusive"] = "4-5\n";
    host.cgroups.set_isolated({4, 5});
    CHECK(slices().find("machine.slice") == std::string::npos);
    host.cgroups.set_isolated({4, 5, 6}); // isolated in another slice
    CHECK(slices().find("machine.slice 0-5,7; ") != std::string::npos);
    host.cgroups.set_isolated({});
    host.files["/sys/fs/cgroup/vms.slice/cpuset.cpus.effective"] = "0-3\n";
    host.files["/sys/fs/cgroup/vms.slice/vms-night.slice/cpuset.cpus.effective"] = "2-3\n";
    CHECK(slices() == "vms.slice 0-3; vms-night.slice 2-3; ");
    host.files.erase("/sys/fs/cgroup/cgroup.controllers");
    CHECK(slices() == "");
}

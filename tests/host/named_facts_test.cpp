#include "host/named_facts.hpp"

#include "host/own_root.hpp"
#include "support/faulty_host.hpp"

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("a path exists, does not exist, or is unreadable") {
    Root root;
    auto host = root.open();
    std::filesystem::create_directories(root.at("/images"));
    root.put("/images/a.qcow2", "");
    root.link("/images/a.qcow2", "/images/link");
    root.link("nowhere", "/images/dangling");
    root.link("loop", "/images/loop");
    CHECK(look_at_path(*host, "/images") == PathFacts{});
    CHECK(look_at_path(*host, "/images/a.qcow2") == PathFacts{});
    CHECK(look_at_path(*host, "/images/link") == PathFacts{});
    CHECK(look_at_path(*host, "/images/b.qcow2") == PathFacts{.exists = false});
    CHECK(look_at_path(*host, "/images/a.qcow2/c") == PathFacts{.exists = false});
    CHECK(look_at_path(*host, "/images/dangling") == PathFacts{.exists = false});
    const auto loop = look_at_path(*host, "/images/loop");
    CHECK(loop.exists);
    CHECK_FALSE(loop.problem.empty());
}

TEST_CASE("an unreadable folder does not count as one without the file") {
    Root root;
    auto host = root.open();
    FaultyHost faulty(*host, FaultyHost::Fault::fail, 1, EACCES);
    const auto found = look_at_path(faulty, "/nfs/a.qcow2");
    CHECK(found.exists);
    CHECK(found.problem.find("Permission denied") != std::string::npos);
}

TEST_CASE("devices have the node that the kernel reports, or none") {
    Root root;
    auto host = root.open();
    const auto put = [&](const std::string& address, const std::string& node) {
        std::filesystem::create_directories(root.at("/sys/bus/pci/devices/" + address));
        root.put("/sys/bus/pci/devices/" + address + "/numa_node", node);
    };
    put("0000:01:00.0", "1\n");
    put("0000:02:00.0", "-1\n");
    put("0000:03:00.0", "\n");
    const auto nodes = nodes_of_devices(*host, {{0, 1, 0, 0}, {0, 2, 0, 0}, {0, 3, 0, 0}, {0, 4, 0, 0}});
    CHECK(nodes == std::map<PciAddress, unsigned>{{{0, 1, 0, 0}, 1}});
}

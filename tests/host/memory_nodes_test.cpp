#include "core/units.hpp"
#include "host/memory_nodes.hpp"
#include "support/fake_host.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("huge pages are counted by node, ordinary ones are not") {
    FakeHost host;
    host.files["/proc/5000/numa_maps"] =
        "55d0 default file=/usr/bin/qemu mapped=10 N0=10 kernelpagesize_kB=4\n"
        "7f00 bind:1 file=/dev/hugepages/libvirt/qemu/1-vm/x huge dirty=128 N0=28 N1=100 "
        "kernelpagesize_kB=2048\n"
        "7f40 prefer:0 file=/memfd:pc.ram\\040(deleted) huge dirty=1 N1=1 kernelpagesize_kB=1048576\n"
        "7f80 default heap anon=3 dirty=3 N1=3 kernelpagesize_kB=4\n";
    const auto bytes = huge_pages_by_node(host, {5000, 1}).value();
    CHECK(bytes == std::map<unsigned, std::uint64_t>{{0, 56 * MiB}, {1, 200 * MiB + GiB}});
}

TEST_CASE("a process that has ended has no pages") {
    FakeHost host;
    CHECK(huge_pages_by_node(host, {5000, 1}).value().empty());
}

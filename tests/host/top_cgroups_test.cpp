#include "host/facts.hpp"
#include "host/top_cgroups.hpp"
#include "support/fake_host.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
CgroupFacts cgroups_of(FakeHost& host) { return read_facts(host).value().cgroups; }
} // namespace

TEST_CASE(
    "partitions of the first level are listed with their CPUs, including broken ones and those of VMs") {
    FakeHost host;
    CHECK(cgroups_of(host).partitions.empty());
    host.cgroups.add_partition("rt.slice", {2, 3});
    host.cgroups.add_partition("vms.slice", {6});
    host.directories.insert("/sys/fs/cgroup/vms.slice/machine-qemu\\x2d1\\x2dvm1.scope");
    host.cgroups.add_partition("late", {3});
    host.cgroups.add("ovs.slice"); // has only partitions below it
    host.files["/sys/fs/cgroup/ovs.slice/cpuset.cpus.partition"] = "member\n";
    host.files["/sys/fs/cgroup/ovs.slice/cpuset.cpus.exclusive"] = "4-5\n";
    std::string text;
    for (const auto& one : cgroups_of(host).partitions)
        text +=
            one.name + " " + to_list(one.cpus) + " " + one.state + (one.is_for_machines ? " of VMs\n" : "\n");
    CHECK(text == "late 3 isolated invalid (Cpu list in cpuset.cpus not exclusive)\n"
                  "ovs.slice 4-5 exclusive CPUs\n"
                  "rt.slice 2-3 isolated\n"
                  "vms.slice 6 isolated of VMs\n");
    CHECK(read_facts(host).value().partitioned() == CpuSet{2, 3, 4, 5, 6});
    host.files["/sys/fs/cgroup/cgroup.controllers"] = "cpu io\n";
    CHECK(cgroups_of(host).partitions.empty());
}

TEST_CASE("a host has cgroups of its own if some are neither VMs' nor short-lived") {
    FakeHost host;
    CHECK(cgroups_of(host).has_host_cgroups);
    for (const char* name : {"init.scope", "system.slice", "user.slice"})
        host.cgroups.remove(name);
    CHECK_FALSE(cgroups_of(host).has_host_cgroups);
    host.cgroups.add("lxc.payload.web");
    CHECK(cgroups_of(host).has_host_cgroups);
}

TEST_CASE("unrestricted tasks may use all CPUs except those isolated at boot, or all if no others exist") {
    FakeHost host;
    CHECK(unrestricted_cpus(host).value() == CpuSet::range(0, 7));
    for (const std::string none : {"\n", "  (null)\n"}) {
        host.files["/sys/devices/system/cpu/isolated"] = none;
        CHECK(cpus_isolated_at_boot(host).value().empty());
    }
    host.files["/sys/devices/system/cpu/isolated"] = "2,6-7\n";
    CHECK(unrestricted_cpus(host).value() == CpuSet{0, 1, 3, 4, 5});
    CHECK(read_facts(host).value().own_cpus() == CpuSet{0, 1, 3, 4, 5});
    host.files["/sys/devices/system/cpu/isolated"] = "0-7\n";
    CHECK(unrestricted_cpus(host).value() == CpuSet::range(0, 7));
}

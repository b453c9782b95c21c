#include "host/partition_facts.hpp"

#include "support/world.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
struct Cgroups {
    FakeHost host;

    Cgroups() {
        host.files["/sys/fs/cgroup/cpuset.cpus.isolated"] = "6-7\n";
        host.files["/sys/devices/system/cpu/isolated"] = "\n";
    }
    void put(const std::string& cgroup, const std::string& exclusive, const std::string& state) {
        host.files["/sys/fs/cgroup" + cgroup + "/cpuset.cpus"] = "\n";
        host.files["/sys/fs/cgroup" + cgroup + "/cpuset.cpus.exclusive"] = exclusive + "\n";
        host.files["/sys/fs/cgroup" + cgroup + "/cpuset.cpus.partition"] = state + "\n";
    }
    CpuSet lost() {
        const auto cpus = lost_cpus(host);
        REQUIRE(cpus);
        return *cpus;
    }
};
} // namespace

TEST_CASE("isolated CPUs are lost if neither a cgroup's partition nor the boot isolates them") {
    Cgroups one;
    CHECK(one.lost() == CpuSet{6, 7});
    one.host.files["/sys/devices/system/cpu/isolated"] = "7\n";
    CHECK(one.lost() == CpuSet{6});
    one.put("/machine.slice", "6", "member");
    one.put("/machine.slice/a.scope", "6", "member");
    one.put("/machine.slice/a.scope/libvirt", "6", "root");
    CHECK(one.lost() == CpuSet{6}); // a partition with load balancing does not isolate
    one.put("/machine.slice/a.scope/libvirt/vcpu0", "6", "isolated");
    CHECK(one.lost().empty());
    one.put("/machine.slice/a.scope/libvirt/vcpu0", "6",
            "isolated invalid (Cpu list in cpuset.cpus not exclusive)");
    CHECK(one.lost().empty()); // it can be repaired
    one.host.files["/sys/fs/cgroup/cpuset.cpus.isolated"] = "\n";
    CHECK(one.lost().empty());
}

TEST_CASE("CPUs that a removed cgroup still has are waited for, for at most a fifth of a second") {
    using namespace std::chrono_literals;
    Cgroups one;
    auto began = one.host.now();
    CHECK(one.lost() == CpuSet{6, 7});
    CHECK(one.host.now() - began == 200ms);
    one.host.on_sleep = [&] { one.host.files["/sys/fs/cgroup/cpuset.cpus.isolated"] = "\n"; };
    began = one.host.now();
    CHECK(one.lost().empty());
    CHECK(one.host.now() - began == 10ms);
}

TEST_CASE("a partition of the first level has the CPUs of its cpuset") {
    Cgroups one;
    one.put("/rt", "", "isolated");
    one.host.files["/sys/fs/cgroup/rt/cpuset.cpus"] = "6-7\n";
    CHECK(one.lost().empty());
}

TEST_CASE("members of machine.slice: VMs by their threads, others as a whole, without the VM itself") {
    Cgroups one;
    const std::string vm = "/machine.slice/machine-qemu\\x2d3\\x2dwin\\x2d11.scope";
    one.put(vm, "", "member");
    one.put(vm + "/libvirt/emulator", "", "member");
    one.put(vm + "/libvirt/vcpu0", "", "member");
    one.host.files["/sys/fs/cgroup" + vm + "/libvirt/vcpu0/cpuset.cpus"] = "6\n";
    one.put("/machine.slice/libpod-abc.scope", "", "member");
    one.put("/machine.slice/machine-lab.slice/near.scope", "2", "isolated");
    const auto found = machine_units(one.host, "nobody");
    REQUIRE(found);
    CHECK(*found ==
          std::vector<MachineUnit>{{.name = "libpod-abc.scope", .cpus = {}, .exclusive = {}, .threads = {}},
                                   {.name = "near.scope", .cpus = {}, .exclusive = {2}, .threads = {}},
                                   {.name = "VM 'win-11'",
                                    .cpus = {},
                                    .exclusive = {},
                                    .threads = {{"emulator", {}}, {"vcpu0", {6}}}}});
    one.host.files["/run/libvirt/qemu/win-11.pid"] = "500\n";
    one.host.files["/proc/500/stat"] = "500 (qemu) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 77 0 0\n";
    one.host.files["/proc/500/task/500/cgroup"] = "0::" + vm + "/libvirt/emulator\n";
    CHECK(machine_units(one.host, "win-11").value().size() == 2);
}

TEST_CASE("units in another slice of VMs are beside VMs as well, and the host's services are not") {
    Cgroups one;
    one.put("/fast.slice/machine-qemu\\x2d1\\x2da.scope", "", "member");
    one.put("/system.slice/sshd.service", "", "member");
    const auto found = machine_units(one.host, "nobody");
    REQUIRE(found);
    REQUIRE(found->size() == 1);
    CHECK(found->front().name == "VM 'a'");
}

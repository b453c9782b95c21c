// After a VM, the host is as if the VM had never run, whatever else happens meanwhile. Everything is
// compared, not only what is on record.
#include "engine/form.hpp"
#include "engine/operations.hpp"
#include "engine/verify.hpp"
#include "support/knob_world.hpp"

#include <doctest/doctest.h>
#include <functional>

using namespace hostlease;
using namespace hostlease::test;

namespace {
/// A kind of host; VMs have CPU 4 and 5.
struct Terrain {
    const char* name;
    std::function<void(FakeHost&)> set_up;
};

void restart_tasks(FakeHost& host) {
    for (const char* name : {"init.scope", "system.slice", "user.slice"}) {
        host.cgroups.remove(name);
        host.cgroups.add(name);
    }
}

const std::vector<Terrain> terrains{
    {"plain", [](FakeHost&) {}},
    {"a kernel that lets cgroups be cleared", [](FakeHost& host) { host.cgroups.can_clear = true; }},
    {"booted with isolcpus=6-7",
     [](FakeHost& host) {
         host.files["/sys/devices/system/cpu/isolated"] = "6-7\n";
         restart_tasks(host);
     }},
    {"beside a partition", [](FakeHost& host) { host.cgroups.add_partition("rt", {2, 3}); }},
    {"beside a partition, and cgroups can be cleared", [](FakeHost& host) {
         host.cgroups.can_clear = true;
         host.cgroups.add_partition("rt", {2, 3});
     }}};

/// Something that others do meanwhile.
struct Event {
    const char* name;
    std::function<void(FakeHost&)> happen;
};

void rename_thread(FakeHost& host, std::int64_t id, const std::string& name) {
    std::string& stat = host.files["/proc/" + std::to_string(id) + "/stat"];
    stat = stat.substr(0, stat.find('(') + 1) + name + stat.substr(stat.find(')'));
}

const std::vector<Event> events{
    {"nothing", [](FakeHost&) {}},
    {"a driver closes its interrupt", [](FakeHost& host) { host.close_interrupt(24); }},
    {"an interrupt is closed and opened again",
     [](FakeHost& host) {
         host.close_interrupt(24);
         host.open_interrupt(24, "virtio0-req.0");
     }},
    {"an interrupt is closed and another driver opens it",
     [](FakeHost& host) {
         host.close_interrupt(24);
         host.open_interrupt(24, "ehci_hcd:usb1");
     }},
    {"an interrupt's number goes to another device",
     [](FakeHost& host) {
         host.free_interrupt(27);
         host.open_interrupt(27, "nvme0q1");
     }},
    {"interrupts are set up",
     [](FakeHost& host) {
         host.open_interrupt(50, "amdgpu");
         host.open_interrupt(51, "mlx5_comp0", 1);
     }},
    {"a container's cgroup ends", [](FakeHost& host) { host.cgroups.remove("lxc.payload.web"); }},
    {"a slice begins", [](FakeHost& host) { host.cgroups.add("late.slice"); }},
    {"VMs begin in a slice of the host's",
     [](FakeHost& host) {
         host.directories.insert("/sys/fs/cgroup/vms.slice/machine-qemu\\x2d9\\x2dother.scope");
     }},
    {"a kernel thread changes its name", [](FakeHost& host) { rename_thread(host, 12, "kcompactd0-x"); }},
    {"a kernel thread's number goes to another", [](FakeHost& host) {
         host.add_kernel_thread(12, "kswapd7", CpuSet::range(0, 7), false);
         host.files["/proc/12/stat"].replace(host.files["/proc/12/stat"].find(" 22 0 0"), 7, " 99 0 0");
     }}};

enum class Moment { before_qemu, while_it_runs, after_qemu };

std::map<std::string, std::string> everything(FakeHost& host) {
    auto all = host.snapshot();
    std::erase_if(all, [](const auto& file) {
        const std::string& path = file.first;
        return path.starts_with("/run/hostlease/") || path.starts_with("/run/libvirt/") ||
               path.ends_with("/00-hostlease-isolcpus.conf"); // stays until the next boot
    });
    return all;
}

void live(World& world, FakeVm& vm, Moment moment, const Event& event) {
    REQUIRE(world.libvirt.call(vm, Step::prepare).code == ExitCode::done);
    REQUIRE(world.libvirt.call(vm, Step::start).code == ExitCode::done);
    if (moment == Moment::before_qemu) event.happen(world.host);
    REQUIRE(world.libvirt.launch(vm));
    world.libvirt.call(vm, Step::started);
    if (moment == Moment::while_it_runs) {
        event.happen(world.host);
        Call call;
        CHECK(reconcile(world.host, call));
    }
    world.libvirt.quit(vm);
    world.libvirt.call(vm, Step::stopped);
    if (moment == Moment::after_qemu) event.happen(world.host);
    CHECK(world.libvirt.call(vm, Step::release).code == ExitCode::done);
}
} // namespace

TEST_CASE("after a VM, the whole host is as if the VM had never run, whatever has happened meanwhile") {
    for_every_knob([](const Knob& knob) {
        for (const auto& terrain : terrains)
            for (const auto& event : events)
                for (const auto moment : {Moment::before_qemu, Moment::while_it_runs, Moment::after_qemu}) {
                    const std::string where = terrain.name;
                    const std::string what = event.name;
                    CAPTURE(where);
                    CAPTURE(what);
                    CAPTURE(static_cast<int>(moment));
                    // a knob of one file does not depend on what others do
                    const bool is_asked = form_of(knob.form).targets != nullptr || knob.resolve != nullptr;
                    if (!is_asked && (&terrain != &terrains.front() || moment != Moment::while_it_runs))
                        continue;
                    KnobWorld world(knob);
                    terrain.set_up(world.host);
                    world.host.cgroups.add("lxc.payload.web");
                    world.host.cgroups.add("vms.slice");
                    FakeHost without(world.host);
                    event.happen(without);
                    FakeVm vm = make_vm_for(knob, 1, 64);
                    live(world, vm, moment, event);
                    CHECK(difference(everything(without), everything(world.host)) == "");
                    CHECK(verify(world.host, world.ledger()).empty());
                }
    });
}

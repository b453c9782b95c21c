#include "support/fake_libvirt.hpp"

#include "core/parse.hpp"
#include "core/units.hpp"

#include <array>

namespace hostlease::test {

CpuSet FakeVm::pin_of(unsigned vcpu) const {
    const CpuSet all = parse_cpu_list(pins).value();
    return all.count() == 2 ? CpuSet{all.members()[vcpu]} : all;
}

std::string FakeVm::xml() const {
    std::string text = "<domain type='kvm' id='1'><name>" + name + "</name><uuid>" + uuid +
                       "</uuid><memory unit='KiB'>" + std::to_string(pages * 2048) +
                       "</memory><vcpu>2</vcpu><memoryBacking><hugepages><page size='2048' "
                       "unit='KiB'/></hugepages></memoryBacking>";
    if (node >= 0)
        text += "<numatune><memory mode='strict' nodeset='" + std::to_string(node) + "'/></numatune>";
    if (!pins.empty()) {
        text += "<cputune>";
        for (const unsigned vcpu : {0U, 1U})
            text += "<vcpupin vcpu='" + std::to_string(vcpu) + "' cpuset='" + to_list(pin_of(vcpu)) + "'/>";
        if (!emulator.empty()) text += "<emulatorpin cpuset='" + emulator + "'/>";
        text += "</cputune>";
    }
    text += "<devices><disk type='block' device='disk'><source dev='/dev/sda'/><target dev='vda' "
            "bus='virtio'/></disk>"
            "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='1' slot='0' "
            "function='0'/></source>"
            "</hostdev></devices>";
    return text + "<os><type arch='x86_64'>hvm</type></os></domain>";
}

void FakeLibvirt::add_process(std::int64_t pid, std::uint64_t start_time) {
    machine_.files[stat_path(pid)] =
        std::to_string(pid) + (pid == daemon_pid ? " (libvirtd)" : " (qemu (x))") +
        " S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 " + std::to_string(start_time) + " 0 0\n";
}

/// Cgroups in the layout of machined and libvirt 7.1 to 11.3.
void FakeLibvirt::add_cgroups(FakeVm& vm) {
    vm.scope = "/machine.slice/machine-qemu\\x2d1\\x2d" + vm.name + ".scope";
    const std::string unit = vm.scope.substr(vm.scope.rfind('/') + 1);
    machine_.partitions.add(vm.scope, machine_.cgroups.configured_cpus(unit));
    machine_.files["/run/systemd/transient/" + unit] = "# a transient unit\n";
    machine_.partitions.add(vm.scope + "/libvirt", {});
    const std::string tasks = "/proc/" + std::to_string(vm.pid) + "/task/";
    std::int64_t thread = vm.pid;
    for (const std::string role : {"emulator", "vcpu0", "vcpu1"}) {
        const CpuSet of_vcpu = vm.pins.empty() ? CpuSet{} : vm.pin_of(role == "vcpu1" ? 1 : 0);
        const CpuSet of_emulator = vm.emulator.empty() ? CpuSet{} : parse_cpu_list(vm.emulator).value();
        const CpuSet cpus = role == "emulator" ? of_emulator : of_vcpu;
        machine_.partitions.add(vm.scope + "/libvirt/" + role, cpus);
        machine_.files[tasks + std::to_string(thread) + "/cgroup"] =
            "0::" + vm.scope + "/libvirt/" + role + "\n";
        machine_.files[tasks + std::to_string(thread) + "/comm"] =
            role == "emulator" ? "qemu-system-x86\n" : "CPU " + role.substr(4) + "/KVM\n";
        machine_.threads[thread] = {CpuSet::range(0, 7)};
        if (thread != vm.pid) add_process(thread, 2000 + static_cast<std::uint64_t>(thread));
        ++thread;
    }
}

void FakeLibvirt::remove_cgroups(FakeVm& vm) {
    machine_.partitions.remove(vm.scope);
    machine_.files.erase("/run/systemd/transient" + vm.scope.substr(vm.scope.rfind('/')));
    const std::string drop_ins = FakeHost::scope_drop_ins(vm.scope.substr(vm.scope.rfind('/') + 1));
    machine_.files.erase(drop_ins + "/50-AllowedCPUs.conf");
    machine_.directories.erase(drop_ins);
    std::erase_if(machine_.files, [&](const auto& file) {
        return file.first.starts_with("/proc/" + std::to_string(vm.pid) + "/");
    });
    for (const std::int64_t thread : {vm.pid, vm.pid + 1, vm.pid + 2}) {
        machine_.threads.erase(thread);
        machine_.files.erase(stat_path(thread));
    }
    vm.scope.clear();
}

HookOutcome FakeLibvirt::call(Host& host, const FakeVm& vm, const std::string& operation,
                              const std::string& suboperation) {
    return run_hook(host,
                    HookCall{vm.name, operation, suboperation, "-", daemon_pid, [&] { return vm.xml(); }});
}

HookOutcome FakeLibvirt::call(Host& host, const FakeVm& vm, Step step) {
    switch (step) {
    case Step::prepare: return call(host, vm, "prepare", "begin");
    case Step::start: return call(host, vm, "start", "begin");
    case Step::started: finish_start(vm); return call(host, vm, "started", "begin");
    case Step::stopped: return call(host, vm, "stopped", "end");
    case Step::release: return call(host, vm, "release", "end");
    }
    return {};
}

void FakeLibvirt::write_status(const FakeVm& vm, const std::string& state) {
    machine_.files["/run/libvirt/qemu/" + vm.name + ".xml"] = "<domstatus " + state + " pid='" +
                                                              std::to_string(vm.pid) + "'>\n<domain><uuid>" +
                                                              vm.uuid + "</uuid></domain></domstatus>\n";
}

void FakeLibvirt::finish_start(const FakeVm& vm) {
    if (vm.pid != 0) write_status(vm, "state='running' reason='booted'");
}

bool FakeLibvirt::launch(FakeVm& vm) {
    std::vector<unsigned> order =
        vm.node >= 0 ? std::vector<unsigned>{static_cast<unsigned>(vm.node)} : std::vector<unsigned>{1, 0};
    std::uint64_t missing = vm.pages;
    for (const unsigned id : order) {
        FakePool& pool = machine_.nodes[id].pools[2 * MiB];
        const auto taken = std::min(missing, pool.free());
        if (taken == 0) continue;
        pool.in_use += taken;
        vm.mapped[id] += taken;
        missing -= taken;
    }
    if (missing > 0) {
        quit(vm);
        return false;
    }
    vm.pid = next_pid_;
    next_pid_ += 10; // leaves numbers for its threads
    add_process(vm.pid, 2000 + static_cast<std::uint64_t>(vm.pid));
    machine_.files["/proc/" + std::to_string(vm.pid) + "/status"] =
        "Name:\tqemu\nHugetlbPages:\t" + std::to_string(vm.pages * 2048) + " kB\n";
    std::string& maps = machine_.files["/proc/" + std::to_string(vm.pid) + "/numa_maps"];
    for (const auto& [id, pages] : vm.mapped)
        maps += "7f00 default file=/dev/hugepages/x huge N" + std::to_string(id) + "=" +
                std::to_string(pages) + " kernelpagesize_kB=2048\n";
    machine_.directories.insert("/run/libvirt/qemu");
    machine_.files["/run/libvirt/qemu/" + vm.name + ".pid"] = std::to_string(vm.pid) + "\n";
    write_status(vm, "state='paused' reason='starting up'");
    if (machine_.partitions.is_enabled()) add_cgroups(vm);
    return true;
}

void FakeLibvirt::quit(FakeVm& vm) {
    for (const auto& [id, pages] : vm.mapped) {
        FakePool& pool = machine_.nodes[id].pools[2 * MiB];
        pool.in_use -= pages;
    }
    vm.mapped.clear();
    if (vm.pid == 0) return;
    if (!vm.scope.empty()) remove_cgroups(vm);
    machine_.files.erase(stat_path(vm.pid));
    machine_.files.erase("/proc/" + std::to_string(vm.pid) + "/status");
    machine_.files.erase("/proc/" + std::to_string(vm.pid) + "/numa_maps");
    machine_.files.erase("/run/libvirt/qemu/" + vm.name + ".pid");
    machine_.files.erase("/run/libvirt/qemu/" + vm.name + ".xml");
    vm.pid = 0;
}

bool FakeLibvirt::bring_up(Host& host, FakeVm& vm) {
    if (call(host, vm, Step::prepare).code == ExitCode::done &&
        call(host, vm, Step::start).code == ExitCode::done && launch(vm)) {
        call(host, vm, Step::started);
        return true;
    }
    bring_down(host, vm);
    return false;
}

void FakeLibvirt::bring_down(Host& host, FakeVm& vm) {
    quit(vm);
    call(host, vm, Step::stopped);
    call(host, vm, Step::release);
}

} // namespace hostlease::test

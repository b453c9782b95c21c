// [[sysfs]] on files with their own spelling of values, and on files that no write could restore.
#include "engine/operations.hpp"
#include "engine/verify.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;
using namespace std::string_literals;

namespace {
constexpr std::uint32_t read_only = 0444;
constexpr std::uint32_t write_only = 0200;

std::string entry(const std::string& path, const std::string& value, bool is_required = false) {
    return "version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = \"leave\"\n[[sysfs]]\npath = "
           "\"" +
           path + "\"\nvalue = \"" + value + "\"\n" + (is_required ? "enforce = \"required\"\n" : "");
}

struct SysfsWorld : World {
    FakeVm vm = make_vm(1, 64);
    std::string path;

    SysfsWorld(std::string file, const std::string& text, const std::string& value, bool is_required = false)
        : World(entry(file, value, is_required)), path(std::move(file)) {
        pool(1).persistent = 128;
        host.files[path] = text;
    }

    [[nodiscard]] bool is_written() const {
        return std::any_of(host.writes.begin(), host.writes.end(),
                           [&](const std::string& write) { return write.starts_with(path + "="); });
    }
};

std::string said(const HookOutcome& outcome) {
    std::string text = outcome.reason;
    for (const auto& entry : outcome.report.entries)
        text += "\n" + entry.message;
    return text;
}
} // namespace

TEST_CASE("a word in parentheses is the active one: it is restored by itself") {
    SysfsWorld world("/sys/kernel/debug/sched/preempt", "none voluntary (full) \n", "none", true);
    REQUIRE(world.libvirt.bring_up(world.host, world.vm));
    CHECK(world.host.files[world.path] == "(none) voluntary full\n");
    CHECK(verify(world.host, world.ledger()).empty());
    world.libvirt.bring_down(world.host, world.vm);
    CHECK(world.host.files[world.path] == "none voluntary (full)\n");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a driver_override that was unset is cleared by an empty line, never by the word (null)") {
    SysfsWorld world("/sys/bus/pci/devices/0000:01:00.0/driver_override", "(null)\n", "vfio-pci");
    REQUIRE(world.libvirt.bring_up(world.host, world.vm));
    CHECK(world.host.files[world.path] == "vfio-pci\n");
    CHECK(verify(world.host, world.ledger()).empty());
    world.libvirt.bring_down(world.host, world.vm);
    CHECK(world.host.files[world.path] == "(null)\n");
    CHECK(world.host.writes.back() == world.path + "=");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a driver_override that was set gets its driver back") {
    SysfsWorld world("/sys/bus/pci/devices/0000:01:00.0/driver_override", "pci-stub\n", "vfio-pci");
    REQUIRE(world.libvirt.bring_up(world.host, world.vm));
    world.libvirt.bring_down(world.host, world.vm);
    CHECK(world.host.files[world.path] == "pci-stub\n");
}

TEST_CASE("a text of words is restored with its blanks") {
    SysfsWorld world("/proc/sys/kernel/core_pattern", "|/usr/bin/dump  %P\t%u\n", "core");
    REQUIRE(world.libvirt.bring_up(world.host, world.vm));
    CHECK(world.host.files[world.path] == "core\n");
    world.libvirt.bring_down(world.host, world.vm);
    CHECK(world.host.files[world.path] == "|/usr/bin/dump  %P\t%u\n");
}

TEST_CASE("a file that no write could put back is left alone with a word, or refuses the start where it is "
          "required") {
    struct Row {
        std::string path;
        std::string text;
        std::uint32_t mode;
        std::string why;
    };
    for (const auto& [path, text, mode, why] : std::initializer_list<Row>{
             {"/sys/module/firmware_class/parameters/path", "(null)\n", 0644, "has no text at all"},
             {"/sys/kernel/mm/two", "one\ntwo\n", 0644, "has several lines"},
             {"/sys/kernel/mm/nul", "one\0two\n"s, 0644, "has a NUL in its text"},
             {"/sys/kernel/mm/latin1", "caf\xe9\n", 0644, "does not contain a single short text"},
             {"/sys/kernel/mm/long", std::string(70000, 'x'), 0644, "does not contain a single short text"},
             {"/sys/module/kvm/parameters/ept", "Y\n", read_only, "is read-only"},
             {"/sys/bus/pci/slots/1/power", "1\n", write_only, "cannot be read"},
             {"/proc/sys/vm/drop_caches", "0\n", 0644, "takes commands"},
             {"/sys/power/state", "freeze mem disk\n", 0644, "takes commands"},
             {"/sys/class/vtconsole/vtcon0/uevent", "\n", 0644, "takes commands"},
             {"/sys/devices/pci0000:00/uevent", "DRIVER=x\n", 0644, "takes commands"},
             {"/sys/fs/cgroup/user.slice/cgroup.subtree_control", "cpu io\n", 0644, "takes commands"},
             {"/sys/bus/pci/drivers/e1000e/unbind", "", 0644, "takes commands"},
             {"/sys/devices/pci0000:00/0000:00:02.0/resource2_resize", "1f00\n", 0644, "takes commands"},
             {"/sys/class/scsi_host/host0/scan", "", 0644, "takes commands"},
             {"/sys/block/sda/device/delete", "", 0644, "takes commands"},
             {"/proc/sys/kernel/modules_disabled", "0\n", 0644, "before the next boot"},
             {"/proc/sys/kernel/yama/ptrace_scope", "1\n", 0644, "before the next boot"},
             {"/sys/kernel/kexec_crash_size", "268435456\n", 0644, "before the next boot"},
             {"/proc/sys/kernel/tainted", "0\n", 0644, "before the next boot"},
             {"/sys/kernel/profiling", "0\n", 0644, "before the next boot"},
             {"/sys/module/module/parameters/sig_enforce", "N\n", 0644, "before the next boot"},
             {"/sys/module/zfs/parameters/zfs_arc_max", "0\n", 0644, "before the next boot"},
             {"/sys/class/net/eth0/mtu", "1500\n", 0644, "removes the interface's IPv6 addresses"},
             {"/proc/sys/net/ipv6/conf/eth0/disable_ipv6", "0\n", 0644, "IPv6 addresses and routes"},
             {"/sys/fs/cgroup/machine.slice/io.max", "", 0644, "has a line for each device"},
             {"/sys/devices/system/cpu/amd_pstate/status", "active\n", 0644, "restarts the frequency driver"},
             {"/sys/devices/system/cpu/intel_pstate/status", "active\n", 0644,
              "restarts the frequency driver"}}) {
        for (const bool is_required : {false, true}) {
            CAPTURE(path);
            CAPTURE(is_required);
            SysfsWorld world(path, text, "3", is_required);
            world.host.statuses[path] = {FileStatus::Type::regular, 0, mode};
            const auto outcome = world.libvirt.call(world.vm, Step::prepare);
            CHECK((outcome.code == ExitCode::done) == !is_required);
            CHECK(said(outcome).find(why) != std::string::npos);
            CHECK(said(outcome).find(path) != std::string::npos);
            world.libvirt.call(world.vm, Step::start);
            CHECK_FALSE(world.is_written());
        }
    }
}

TEST_CASE("a baseline that is no valid text at the first claim is restored byte for byte") {
    SysfsWorld world("/sys/kernel/mm/label", "plain\n", "other");
    REQUIRE(world.libvirt.call(world.vm, Step::prepare).code == ExitCode::done);
    world.host.files[world.path] = "caf\xe9\n"; // another program has changed it since
    REQUIRE(world.libvirt.call(world.vm, Step::start).code == ExitCode::done);
    CHECK(world.host.files[world.path] == "other\n");
    world.libvirt.bring_down(world.host, world.vm);
    CHECK(world.host.files[world.path] == "caf\xe9\n");
}

TEST_CASE(
    "KSM with an admin's command to unmerge everything ends as stopped, and the command is not repeated") {
    World world("version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = \"leave\"\n[memory]\nksm = "
                "\"on\"\n");
    world.pool(1).persistent = 128;
    const std::string path = "/sys/kernel/mm/ksm/run";
    world.host.files[path] = "2\n";
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    CHECK(world.host.files[path] == "1\n");
    CHECK(verify(world.host, world.ledger()).empty());
    world.libvirt.bring_down(world.host, vm);
    CHECK(world.host.files[path] == "0\n");
    CHECK(verify(world.host, world.ledger()).empty());
    CHECK_FALSE(world.ledger().has_records());
    CHECK(std::find(world.host.writes.begin(), world.host.writes.end(), path + "=2") ==
          world.host.writes.end());
}

TEST_CASE("KSM that has unmerged everything is stopped for a VM that wants it off, and stays stopped") {
    World world("version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = \"leave\"\n[memory]\nksm = "
                "\"off\"\n");
    world.pool(1).persistent = 128;
    const std::string path = "/sys/kernel/mm/ksm/run";
    world.host.files[path] = "2\n";
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    CHECK(verify(world.host, world.ledger()).empty());
    world.libvirt.bring_down(world.host, vm);
    CHECK(world.host.files[path] == "0\n");
    CHECK(std::find(world.host.writes.begin(), world.host.writes.end(), path + "=2") ==
          world.host.writes.end());
}

TEST_CASE("an admin's unmerge command while a VM holds KSM counts as a change: it is left alone") {
    World world("version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = \"leave\"\n[memory]\nksm = "
                "\"off\"\n");
    world.pool(1).persistent = 128;
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    world.host.files["/sys/kernel/mm/ksm/run"] = "2\n";
    CHECK(verify(world.host, world.ledger()).size() == 1);
    world.libvirt.bring_down(world.host, vm);
    CHECK(world.host.files["/sys/kernel/mm/ksm/run"] == "2\n");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a number with a leading zero is written, as it may be octal, but not repeatedly") {
    for (const std::string found : {"10\n", "8\n", "99\n"}) {
        CAPTURE(found);
        SysfsWorld world("/sys/module/kvm/parameters/halt_poll_ns_grow", found, "010", true);
        REQUIRE(world.libvirt.bring_up(world.host, world.vm));
        CHECK(world.is_written());
        CHECK(verify(world.host, world.ledger()).empty());
        world.host.writes.clear();
        Call call;
        CHECK(reconcile(world.host, call));
        CHECK_FALSE(world.is_written());
        world.libvirt.bring_down(world.host, world.vm);
        CHECK(world.host.files[world.path] == found);
        CHECK(world.ledger().records.empty());
    }
}

TEST_CASE("a disk's read-ahead is one target, whichever of its files is named") {
    const std::string queue = "/sys/devices/pci0000:00/ata1/block/sda/queue/read_ahead_kb";
    const std::string device = "/sys/devices/virtual/bdi/8:0/read_ahead_kb";
    const auto world_of = [&](bool has_numbers) {
        SysfsWorld world("/sys/block/sda/queue/read_ahead_kb", "128\n", "4096");
        world.host.files[World::policy_file].replace(world.host.files[World::policy_file].find("vm*"), 3,
                                                     "vm1");
        auto second = entry("/sys/class/bdi/8:0/read_ahead_kb", "1024");
        world.host.files["/etc/hostlease/two.toml"] = second.replace(second.find("vm*"), 3, "vm2");
        world.host.links["/sys/block/sda/queue/read_ahead_kb"] = queue;
        world.host.links["/sys/class/bdi/8:0/read_ahead_kb"] = device;
        world.host.files[queue] = world.host.files[device] = "128\n";
        if (has_numbers)
            world.host.links["/sys/dev/block/8:0"] = "/sys/devices/pci0000:00/ata1/block/sda";
        else
            world.host.files["/sys/block/sda/dev"] = "8:0\n";
        return world;
    };
    for (const bool has_numbers : {true, false}) {
        CAPTURE(has_numbers);
        auto world = world_of(has_numbers);
        FakeVm two = make_vm(2, 32);
        REQUIRE(world.libvirt.bring_up(world.host, two));
        const auto content = world.ledger();
        REQUIRE(content.records.size() == 1);
        CHECK(content.records[0].path == queue);
        CHECK(world.host.files[queue] == "1024\n");
        REQUIRE(world.libvirt.bring_up(world.host, world.vm));
        CHECK(world.ledger().records.size() == 1);
        world.libvirt.bring_down(world.host, two);
        CHECK(world.host.files[queue] == "4096\n");
        world.libvirt.bring_down(world.host, world.vm);
        CHECK(world.host.files[queue] == "128\n");
        CHECK_FALSE(world.ledger().has_records());
    }
}

TEST_CASE("the read-ahead of a device that is not a disk keeps its own name") {
    SysfsWorld world("/sys/devices/virtual/bdi/0:45/read_ahead_kb", "128\n", "4096");
    REQUIRE(world.libvirt.bring_up(world.host, world.vm));
    CHECK(world.host.files[world.path] == "4096\n");
    world.libvirt.bring_down(world.host, world.vm);
    CHECK(world.host.files[world.path] == "128\n");
}

TEST_CASE(
    "a file that does not accept the value that it shows is left alone, or refuses a start that requires "
    "it") {
    struct Row {
        std::string path;
        std::string text;
        std::string value;
    };
    for (const auto& [path, text, value] :
         std::initializer_list<Row>{{"/sys/block/md0/md/sync_speed_max", "200000 (system)\n", "20000"},
                                    {"/proc/sys/fs/binfmt_misc/status", "enabled\n", "0"}})
        for (const bool is_required : {false, true}) {
            CAPTURE(path);
            SysfsWorld world(path, text, value, is_required);
            REQUIRE(world.libvirt.call(world.vm, Step::prepare).code == ExitCode::done);
            const auto outcome = world.libvirt.call(world.vm, Step::start);
            CHECK((outcome.code == ExitCode::done) == !is_required);
            CHECK(said(outcome).find("does not accept its own value") != std::string::npos);
            CHECK(world.host.files[path] == text);
            world.libvirt.call(world.vm, Step::release);
            CHECK(world.host.files[path] == text);
            CHECK_FALSE(world.ledger().has_records());
        }
}

TEST_CASE("a file that adds a word or a number to what was written accepts it") {
    struct Row {
        std::string path;
        std::string text;
        std::string value;
        std::string now;
    };
    for (const auto& [path, text, value, now] : std::initializer_list<Row>{
             {"/sys/fs/cgroup/system.slice/io.weight", "default 100\n", "50", "default 50\n"},
             {"/sys/class/net/bond0/bonding/xmit_hash_policy", "layer2 1\n", "layer3+4", "layer3+4 1\n"}}) {
        CAPTURE(path);
        SysfsWorld world(path, text, value, true);
        REQUIRE(world.libvirt.bring_up(world.host, world.vm));
        CHECK(world.host.files[path] == now);
        CHECK(verify(world.host, world.ledger()).empty());
        world.libvirt.bring_down(world.host, world.vm);
        CHECK(world.host.files[path] == text);
        CHECK_FALSE(world.ledger().has_records());
    }
}

TEST_CASE("a number that the kernel rounds is accepted, written once, and reported once") {
    SysfsWorld world("/sys/fs/cgroup/user.slice/memory.high", "max\n", "1000000000", true);
    REQUIRE(world.libvirt.call(world.vm, Step::prepare).code == ExitCode::done);
    const auto outcome = world.libvirt.call(world.vm, Step::start);
    REQUIRE(outcome.code == ExitCode::done);
    CHECK(said(outcome).find("the kernel rounds '1000000000' to '999997440'") != std::string::npos);
    CHECK(outcome.report.deeds.values_set == 1);
    CHECK(verify(world.host, world.ledger()).empty());
    world.host.writes.clear();
    CHECK(world.reconcile_all() == "");
    CHECK_FALSE(world.is_written());
    world.libvirt.call(world.vm, Step::release);
    CHECK(world.host.files[world.path] == "max\n");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a virtual console is unbound for a VM and bound again") {
    SysfsWorld world("/sys/class/vtconsole/vtcon0/bind", "1\n", "0", true);
    REQUIRE(world.libvirt.bring_up(world.host, world.vm));
    CHECK(world.host.files[world.path] == "0\n");
    world.libvirt.bring_down(world.host, world.vm);
    CHECK(world.host.files[world.path] == "1\n");
}

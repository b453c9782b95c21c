// Ledger files that are damaged while VMs run: which claims are lost, and which values are restored at what
// time.
#include "engine/operations.hpp"
#include "engine/verify.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <functional>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::string records = "/run/hostlease/records.toml";

std::string lease_file(const FakeVm& vm) { return "/run/hostlease/lease-" + vm.uuid + ".toml"; }

/// Ways to make a file unreadable.
const std::vector<std::function<void(std::string&)>> damages{
    [](std::string& text) { text = ""; }, [](std::string& text) { text.resize(text.size() / 2); },
    [](std::string& text) { text.replace(text.find("format = 2"), 10, "format = 0"); },
    [](std::string& text) { text = std::string(4096, '\0'); }, [](std::string& text) { text += "\xff"; }};

bool mentions(const Report& report, Severity severity, const std::string& what) {
    return std::any_of(report.entries.begin(), report.entries.end(), [&](const ReportEntry& entry) {
        return entry.severity == severity && entry.message.find(what) != std::string::npos;
    });
}

/// The state of the host without files that were set aside.
std::map<std::string, std::string> without_corrupt(std::map<std::string, std::string> files) {
    std::erase_if(files, [](const auto& file) { return file.first.ends_with(".corrupt"); });
    return files;
}

std::map<std::string, std::string> outside_ledger(std::map<std::string, std::string> files) {
    std::erase_if(files, [](const auto& file) { return file.first.starts_with("/run/"); });
    return files;
}
} // namespace

TEST_CASE("nothing is put back while the VM of a corrupt lease runs, and everything once it is gone") {
    for (const auto& damage : damages) {
        World world;
        const auto before = world.host.snapshot();
        FakeVm guest = make_vm(1, 512);
        REQUIRE(world.libvirt.bring_up(world.host, guest));
        damage(world.host.files[lease_file(guest)]);
        const auto running = outside_ledger(world.host.snapshot());

        Call call;
        REQUIRE(reconcile(world.host, call));
        CHECK(mentions(call.report, Severity::error, "no value is restored while its VM may run"));
        CHECK(difference(running, outside_ledger(world.host.snapshot())) == "");
        CHECK(world.host.files.contains(lease_file(guest)));

        world.libvirt.quit(guest);
        REQUIRE(reconcile(world.host, call));
        CHECK(difference(before, without_corrupt(world.host.snapshot())) == "");
        CHECK(world.host.files.contains(lease_file(guest) + ".corrupt"));
        CHECK_FALSE(world.ledger().has_records());
        CHECK(world.ledger().unreadable.empty());
    }
}

TEST_CASE("a VM with a corrupt lease is released like any other") {
    for (const auto& damage : damages) {
        World world;
        const auto before = world.host.snapshot();
        FakeVm guest = make_vm(1, 512);
        REQUIRE(world.libvirt.bring_up(world.host, guest));
        damage(world.host.files[lease_file(guest)]);
        world.libvirt.quit(guest);
        CHECK(world.libvirt.call(guest, Step::stopped).code == ExitCode::done);
        CHECK(world.libvirt.call(guest, Step::release).code == ExitCode::done);
        CHECK(difference(before, without_corrupt(world.host.snapshot())) == "");
        CHECK_FALSE(world.ledger().has_records());
    }
}

TEST_CASE("a directory in place of a ledger's file is set aside like a broken file, and refuses no VM") {
    World world;
    const auto before = outside_ledger(world.host.snapshot());
    FakeVm guest = make_vm(1, 512);
    FakeVm other = make_vm(2, 256);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    world.host.directories.insert(lease_file(make_vm(3, 64)));
    world.host.directories.insert("/run/hostlease/.records.toml.tmp");
    REQUIRE(world.libvirt.bring_up(world.host, other));
    CHECK(world.ledger().unreadable.empty());
    CHECK(world.host.directories.contains(lease_file(make_vm(3, 64)) + ".corrupt"));
    world.libvirt.bring_down(world.host, other);
    world.libvirt.bring_down(world.host, guest);
    CHECK(difference(before, outside_ledger(world.host.snapshot())) == "");
    world.host.files.erase(records);
    world.host.directories.insert(records);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    CHECK(world.host.directories.contains(records + ".corrupt"));
    world.libvirt.bring_down(world.host, guest);
    CHECK(difference(before, outside_ledger(world.host.snapshot())) == "");
}

TEST_CASE("every call for a VM with a corrupt lease leaves it running") {
    World world;
    FakeVm guest = make_vm(1, 512);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    world.host.files[lease_file(guest)] = "rot";
    const auto running = world.host.snapshot();
    for (const auto& [operation, suboperation] :
         {std::pair{"started", "begin"}, std::pair{"reconnect", "begin"}, std::pair{"stopped", "end"}}) {
        CHECK(world.libvirt.call(world.host, guest, operation, suboperation).code == ExitCode::done);
        CHECK(difference(running, world.host.snapshot()) == "");
    }
}

TEST_CASE(
    "another VM may start and stop beside a corrupt lease; the running VM keeps its pages and its values") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm guest = make_vm(1, 512);
    FakeVm other = make_vm(2, 256);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    world.host.files[lease_file(guest)] = "rot";
    REQUIRE(world.libvirt.bring_up(world.host, other));
    world.libvirt.call(world.host, other, "reconnect", "begin");
    CHECK(world.pool(1).persistent == 768);
    world.libvirt.bring_down(world.host, other);
    CHECK(world.pool(1).persistent >= 512);
    CHECK(world.host.files["/proc/sys/vm/swappiness"] == "10\n");
    CHECK(world.host.files["/sys/devices/system/cpu/cpufreq/policy4/scaling_governor"] == "performance\n");
    world.libvirt.bring_down(world.host, guest);
    CHECK(difference(before, without_corrupt(world.host.snapshot())) == "");
}

TEST_CASE("a corrupt lease of one VM does not keep two others from converging") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm guest = make_vm(1, 512);
    FakeVm second = make_vm(2, 256);
    FakeVm third = make_vm(3, 128, 0, "0,1");
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    REQUIRE(world.libvirt.bring_up(world.host, second));
    world.host.files[lease_file(guest)] = "rot";
    REQUIRE(world.libvirt.bring_up(world.host, third));
    for (FakeVm* vm : {&guest, &second, &third})
        world.libvirt.bring_down(world.host, *vm);
    CHECK(difference(before, without_corrupt(world.host.snapshot())) == "");
    CHECK(world.ledger().leases.empty());
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a corrupt lease of a VM that is gone does not stop the next start of that VM") {
    World world;
    const auto before = world.host.snapshot();
    FakeVm guest = make_vm(1, 512);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    world.libvirt.quit(guest);
    world.host.files[lease_file(guest)] = "rot";
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    CHECK(world.pool(1).persistent == 512);
    world.libvirt.bring_down(world.host, guest);
    CHECK(difference(before, without_corrupt(world.host.snapshot())) == "");
}

TEST_CASE("without readable records, nothing is restored wrongly, and releases work and report") {
    for (const auto& damage : damages) {
        World world;
        FakeVm guest = make_vm(1, 512);
        REQUIRE(world.libvirt.bring_up(world.host, guest));
        damage(world.host.files[records]);
        const auto running = outside_ledger(world.host.snapshot());
        world.libvirt.quit(guest);
        const auto outcome = world.libvirt.call(guest, Step::release);
        CHECK(outcome.code == ExitCode::done);
        CHECK(mentions(outcome.report, Severity::error,
                       "moved aside; the values recorded there are not restored"));
        auto after = outside_ledger(world.host.snapshot());
        // QEMU's own pages are free again
        after["pool node1/hugepages-2048kB"] = running.at("pool node1/hugepages-2048kB");
        CHECK(difference(running, after) == "");
        CHECK(world.pool(1).persistent == 512); // it is no longer known who owns them
        CHECK(world.ledger().leases.empty());
        CHECK(world.ledger().problems.empty());
        CHECK(world.host.files.contains(records + ".corrupt"));
    }
}

TEST_CASE("after records were lost, running VMs keep their values and new VMs are leased as usual") {
    World world;
    FakeVm guest = make_vm(1, 512);
    FakeVm other = make_vm(2, 256);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    world.host.files[records] = "rot";
    REQUIRE(world.libvirt.bring_up(world.host, other));
    CHECK(world.pool(1).persistent == 768);
    world.libvirt.bring_down(world.host, other);
    CHECK(world.pool(1).persistent >= 512);
    CHECK(world.pool(1).in_use == 512);
    world.libvirt.bring_down(world.host, guest);
    CHECK(world.pool(1).persistent == 512); // the number found when new records began
    CHECK(world.host.files["/proc/sys/vm/swappiness"] == "10\n");
    CHECK(world.ledger().leases.empty());
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a reconcile with corrupt records of a running VM removes nothing from it") {
    World world;
    FakeVm guest = make_vm(1, 512);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    const auto running = outside_ledger(world.host.snapshot());
    world.host.files[records] = "rot";
    for (int round = 0; round < 2; ++round) {
        Call call;
        REQUIRE(reconcile(world.host, call));
        CHECK(mentions(call.report, Severity::error, "not restored") == (round == 0));
        CHECK(difference(running, outside_ledger(world.host.snapshot())) == "");
    }
}

TEST_CASE("unreadable files are findings") {
    World world;
    FakeVm guest = make_vm(1, 512);
    REQUIRE(world.libvirt.bring_up(world.host, guest));
    world.host.files[lease_file(guest)] = "rot";
    world.host.files[records] = "rot";
    const auto findings = verify(world.host, world.ledger());
    REQUIRE(findings.size() == 2);
    CHECK(findings[0].path == records);
    CHECK(findings[1].path == lease_file(guest));
}

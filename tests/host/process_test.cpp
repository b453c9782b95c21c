#include "host/process.hpp"

#include "core/units.hpp"
#include "support/fake_host.hpp"
#include "support/faulty_host.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
std::string stat_line(const std::string& name, const std::string& state = "S",
                      const std::string& start_time = "7000") {
    return "5000 (" + name + ") " + state + " 1 5000 5000 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 " +
           start_time + " 123456789 1000 18446744073709551615\n";
}

FakeHost& with_stat(FakeHost& host, const std::string& text) {
    host.files["/proc/5000/stat"] = text;
    return host;
}

std::optional<ProcessId> found(const std::string& stat) {
    FakeHost host;
    const auto process = find_process(with_stat(host, stat), 5000);
    REQUIRE(process);
    return *process;
}

const std::string uuid = "4dea22b3-1d52-d8f3-2516-000000000001";
} // namespace

TEST_CASE("a process is identified by its number and its start time") {
    CHECK(found(stat_line("qemu-system-x86")) == ProcessId{5000, 7000});
    for (const std::string state : {"R", "S", "D", "T", "t", "I"})
        CHECK(found(stat_line("qemu", state)) == ProcessId{5000, 7000});
}

TEST_CASE("a process may call itself what it likes") {
    for (const std::string name : {")", "(", "))) (((", ") Z 1 2 3 4", ")( 1 2", "a b", "", "a\nb",
                                   ") S 1 1 1 1 1 1 1 1 1 1 1", "\xff\xfe", "qemu (x)"}) {
        CAPTURE(name);
        CHECK(found(stat_line(name)) == ProcessId{5000, 7000});
    }
}

TEST_CASE("a zombie is not a process any more") {
    CHECK(found(stat_line("qemu", "Z")) == std::nullopt);
    CHECK(found(stat_line("qemu", "X")) == std::nullopt);
    CHECK(found(stat_line("Z")) == ProcessId{5000, 7000});
}

TEST_CASE("an invalid stat is no process") {
    for (const std::string& text :
         {std::string(), std::string("\n"), std::string("5000"), std::string("5000 (qemu"),
          std::string("5000 (qemu)"), std::string("5000 (qemu) S 1 2 3"), std::string(100, ')'),
          stat_line("qemu", "S", "-7"), stat_line("qemu", "S", "7x"),
          stat_line("qemu", "S", "99999999999999999999")}) {
        CAPTURE(text);
        CHECK(found(text) == std::nullopt);
    }
    // as the last field of the line
    CHECK(found("5000 (qemu) S 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22\n") == ProcessId{5000, 22});
}

TEST_CASE("a process that vanished, even during the read, is none; an unreadable one is an error") {
    FakeHost host;
    with_stat(host, stat_line("qemu"));
    CHECK(find_process(host, 4999).value() == std::optional<ProcessId>{});
    for (const int error : {ENOENT, ESRCH, ENOTDIR}) {
        FaultyHost vanished(host, FaultyHost::Fault::fail, 1, error);
        CHECK(find_process(vanished, 5000).value() == std::optional<ProcessId>{});
    }
    for (const int error : {EIO, EACCES}) {
        FaultyHost broken(host, FaultyHost::Fault::fail, 1, error);
        const auto process = find_process(broken, 5000);
        REQUIRE_FALSE(process);
        CHECK(process.error().errno_value == error);
        CHECK(process.error().path == "/proc/5000/stat");
    }
}

TEST_CASE("numbers that no process can have are not looked up") {
    FakeHost host;
    FaultyHost counter(host, FaultyHost::Fault::none, 0);
    for (const std::int64_t pid :
         {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::min()})
        CHECK(find_process(counter, pid).value() == std::optional<ProcessId>{});
    CHECK(counter.accesses() == 0);
}

TEST_CASE("a process lives until its number is free, reused, or a zombie's") {
    FakeHost host;
    with_stat(host, stat_line("qemu"));
    CHECK(is_alive(host, {5000, 7000}) == true);
    CHECK(is_alive(host, {5000, 6999}) == false);
    CHECK(is_alive(host, {4999, 7000}) == false);
    CHECK(is_alive(host, {0, 0}) == false);
    with_stat(host, stat_line("qemu", "Z"));
    CHECK(is_alive(host, {5000, 7000}) == false);
}

TEST_CASE("the QEMU of a domain is the process in libvirt's pid file") {
    FakeHost host;
    with_stat(host, stat_line("qemu"));
    CHECK(find_qemu(host, "win11").value() == std::optional<ProcessId>{});
    for (const std::string text : {"5000", "5000\n", " 5000 \n"}) {
        host.files["/run/libvirt/qemu/win11.pid"] = text;
        CHECK(find_qemu(host, "win11").value() == std::optional(ProcessId{5000, 7000}));
    }
    host.files["/run/libvirt/qemu/win11.pid"] = "4999\n";
    CHECK(find_qemu(host, "win11").value() == std::optional<ProcessId>{});
}

TEST_CASE("libvirt's daemon is identified by its name, and by distributions' names of a wrapped one") {
    for (const std::string name :
         {"libvirtd", "virtqemud", ".libvirtd-wrapp", ".virtqemud-wrap", ".libvirtd-real"}) {
        FakeHost host;
        CAPTURE(name);
        CHECK(find_daemon(with_stat(host, stat_line(name)), 5000).value() == ProcessId{5000, 7000});
        CHECK(find_caller(host, 5000).value() == ProcessId{5000, 7000});
    }
    for (const std::string name : {"libvirtd2", "virtlogd", "-libvirtd", ".libvirtd", "my-libvirtd"}) {
        FakeHost host;
        CAPTURE(name);
        CHECK(find_daemon(with_stat(host, stat_line(name)), 5000).value() == std::nullopt);
    }
}

TEST_CASE("a caller with another name is only known by its number, and init as a caller is unknown") {
    FakeHost host;
    with_stat(host, stat_line("renamed"));
    host.files["/proc/1/stat"] = "1 (systemd) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0\n";
    CHECK(find_caller(host, 5000).value() == ProcessId{5000, 0});
    CHECK(find_caller(host, 1).value() == ProcessId{});
    CHECK(find_caller(host, 4321).value() == ProcessId{}); // the process does not exist
}

TEST_CASE("an invalid pid file names no QEMU") {
    FakeHost host;
    with_stat(host, stat_line("qemu"));
    for (const std::string& text :
         {std::string(), std::string("\n"), std::string("pid"), std::string("-5000"),
          std::string("5000 5000"), std::string("0x1388"), std::string("5000.0"), std::string("5000\0", 5),
          std::string("99999999999999999999"), std::string(10'000, '1')}) {
        CAPTURE(text);
        host.files["/run/libvirt/qemu/win11.pid"] = text;
        CHECK(find_qemu(host, "win11").value() == std::optional<ProcessId>{});
    }
}

TEST_CASE("a name with a slash is no file name, and is not looked up") {
    FakeHost host;
    with_stat(host, stat_line("qemu"));
    host.files["/run/libvirt/qemu/../../../etc/x.pid"] = "5000\n";
    host.files["/run/libvirt/qemu/a/b.xml"] = "<uuid>" + uuid + "</uuid>";
    FaultyHost counter(host, FaultyHost::Fault::none, 0);
    CHECK(find_qemu(counter, "../../../etc/x").value() == std::optional<ProcessId>{});
    CHECK(has_status_file(counter, "a/b", uuid) == false);
    CHECK(find_qemu(counter, "/").value() == std::optional<ProcessId>{});
    CHECK(counter.accesses() == 0);
    for (const std::string name : {"a b", "a\nb", "..", "", "$(x)"}) {
        host.files["/run/libvirt/qemu/" + name + ".pid"] = "5000\n";
        CHECK(find_qemu(host, name).value() == std::optional(ProcessId{5000, 7000}));
    }
}

TEST_CASE("a status file counts for the uuid that it names only") {
    FakeHost host;
    CHECK(has_status_file(host, "win11", uuid) == false);
    host.files["/run/libvirt/qemu/win11.xml"] =
        "<domstatus state='running'>\n <domain type='kvm' id='1'>\n  <name>win11</name>\n"
        "  <uuid>" +
        uuid + "</uuid>\n";
    CHECK(has_status_file(host, "win11", uuid) == true);
    CHECK(has_status_file(host, "win11", uuid.substr(0, 35)) == false);
    CHECK(has_status_file(host, "win11", "") == false);
    CHECK(has_status_file(host, "win10", uuid) == false);
    host.files["/run/libvirt/qemu/evil.xml"] =
        "<domstatus><domain><uuid>00000000-0000-4000-8000-000000000000</uuid><metadata>"
        "<x:y xmlns:x='x'><uuid>" +
        uuid + "</uuid></x:y></metadata>";
    CHECK(has_status_file(host, "evil", uuid) == false); // metadata of another VM keeps no lease alive
    FaultyHost broken(host, FaultyHost::Fault::fail, 1, EIO);
    CHECK_FALSE(has_status_file(broken, "win11", uuid));
}

TEST_CASE("the huge pages that a process has touched are counted in bytes") {
    FakeHost host;
    CHECK(mapped_huge_pages(host, {5000, 7000}) == 0U);
    const auto mapped = [&](const std::string& status) {
        host.files["/proc/5000/status"] = status;
        return mapped_huge_pages(host, {5000, 7000}).value();
    };
    CHECK(mapped("Name:\tqemu\nHugetlbPages:\t 1048576 kB\nCoreDumping:\t0\n") == GiB);
    CHECK(mapped("Name:\tqemu\nHugetlbPages:\t       0 kB\n") == 0);
    CHECK(mapped("Name:\tqemu\n") == 0);
    CHECK(mapped("Name:\tqemu\nHugetlbPages:\n") == 0);
    CHECK(mapped("Name:\tqemu\nHugetlbPages:\tmany kB\n") == 0);
    CHECK(mapped("Name:\tqemu\nHugetlbPages:\t4 kB") == 4 * KiB);
    CHECK(mapped("") == 0);
}

TEST_CASE("the memory that a process has touched is counted in bytes") {
    FakeHost host;
    CHECK(resident_memory(host, {5000, 7000}) == 0U);
    host.files["/proc/5000/status"] =
        "Name:\tVmRSS:1\nVmHWM:\t9 kB\nVmRSS:\t  2048 kB\nHugetlbPages:\t 4096 kB\n";
    CHECK(resident_memory(host, {5000, 7000}) == 2 * MiB);
}

TEST_CASE("a process that calls itself HugetlbPages: says nothing about its pages") {
    FakeHost host;
    host.files["/proc/5000/status"] = "Name:\tHugetlbPages:9\nState:\tS\nHugetlbPages:\t2048 kB\n";
    CHECK(mapped_huge_pages(host, {5000, 7000}) == 2 * MiB);
}

TEST_CASE("a process that ends while its pages are counted has none; an unreadable one is an error") {
    FakeHost host;
    FaultyHost vanished(host, FaultyHost::Fault::fail, 1, ESRCH);
    CHECK(mapped_huge_pages(vanished, {5000, 7000}) == 0U);
    FaultyHost broken(host, FaultyHost::Fault::fail, 1, EACCES);
    CHECK_FALSE(mapped_huge_pages(broken, {5000, 7000}));
}

#include "doctor/hook_place.hpp"

#include "support/fake_host.hpp"

#include <cerrno>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
constexpr unsigned long libvirt_9 = 9'000'000;
const std::string program = "/usr/sbin/hostlease-hook";
const std::string copy = std::string("\x7f"
                                     "ELF and so on ") +
                         std::string(hook_marker) + "; it is called as";

/// A machine with libvirt and an installed hostlease.
void furnish(FakeHost& host) {
    host.directories.insert({"/usr", "/usr/sbin", "/etc", "/etc/libvirt"});
    for (const char* directory : {"/usr", "/usr/sbin", "/etc", "/etc/libvirt"})
        host.statuses[directory] = {FileStatus::Type::directory, 0, 0755};
    host.files[program] = copy;
    host.statuses[program] = {FileStatus::Type::regular, 0, 0755};
}

std::string put_at(FakeHost& host, unsigned long version = libvirt_9) {
    const auto place = install_hook(host, program, version);
    return place ? place->path : "error: " + place.error().text();
}
} // namespace

TEST_CASE("the hook is installed where no other program's hook is") {
    FakeHost host;
    furnish(host);

    SUBCASE("nothing exists") {
        CHECK(put_at(host) == "/etc/libvirt/hooks/qemu");
        CHECK(host.links["/etc/libvirt/hooks/qemu"] == program);
        CHECK(host.directories.contains("/etc/libvirt/hooks"));
    }
    SUBCASE("another program's script") {
        host.files["/etc/libvirt/hooks/qemu"] = "#!/bin/sh\necho '" + std::string(hook_marker) + "'\n";
        CHECK(put_at(host) == "/etc/libvirt/hooks/qemu.d/10-hostlease");
        CHECK(host.files["/etc/libvirt/hooks/qemu"].starts_with("#!/bin/sh"));
    }
    SUBCASE("another program's link, dangling or to its program") {
        for (const char* target : {"/nowhere", "/usr/sbin/other"}) {
            host.files["/usr/sbin/other"] = "\x7f"
                                            "ELF other";
            host.links["/etc/libvirt/hooks/qemu"] = target;
            CHECK(put_at(host) == "/etc/libvirt/hooks/qemu.d/10-hostlease");
            CHECK(host.links["/etc/libvirt/hooks/qemu"] == target);
        }
    }
    SUBCASE("a folder") {
        host.directories.insert("/etc/libvirt/hooks/qemu");
        CHECK(put_at(host) == "/etc/libvirt/hooks/qemu.d/10-hostlease");
    }
    SUBCASE("other programs' hooks in both places") {
        host.files["/etc/libvirt/hooks/qemu"] = host.files["/etc/libvirt/hooks/qemu.d/10-hostlease"] =
            "#!/bin/sh\n";
        CHECK(put_at(host).find("do not belong to hostlease") != std::string::npos);
        CHECK(own_hooks(host) == std::vector<std::string>{});
    }
    SUBCASE("a libvirt without qemu.d") {
        host.files["/etc/libvirt/hooks/qemu"] = "#!/bin/sh\n";
        CHECK(put_at(host, first_libvirt_with_folder - 1).find("libvirt before 6.5") != std::string::npos);
        CHECK(own_hooks(host) == std::vector<std::string>{});
    }
}

TEST_CASE("an existing hook of ours is replaced, and additional ones are removed") {
    FakeHost host;
    furnish(host);

    SUBCASE("the same link") {
        REQUIRE(put_at(host) == "/etc/libvirt/hooks/qemu");
        CHECK_FALSE(install_hook(host, program, libvirt_9)->is_new);
    }
    SUBCASE("a copy, as made by an admin") {
        host.files["/etc/libvirt/hooks/qemu"] = copy;
        const auto place = install_hook(host, program, libvirt_9);
        REQUIRE(place);
        CHECK(place->is_new);
        CHECK(host.links["/etc/libvirt/hooks/qemu"] == program);
        CHECK_FALSE(host.files.contains("/etc/libvirt/hooks/qemu"));
    }
    SUBCASE("in qemu.d, now that `qemu` is free") {
        host.links["/etc/libvirt/hooks/qemu.d/50-mine"] = "/old/hostlease-hook";
        CHECK(put_at(host) == "/etc/libvirt/hooks/qemu.d/50-mine");
        CHECK(host.links["/etc/libvirt/hooks/qemu.d/50-mine"] == program);
    }
    SUBCASE("twice") {
        host.links["/etc/libvirt/hooks/qemu"] = program;
        host.links["/etc/libvirt/hooks/qemu.d/10-hostlease"] = program;
        host.files["/etc/libvirt/hooks/qemu.d/20-theirs"] = "#!/bin/sh\n";
        const auto place = install_hook(host, program, libvirt_9);
        REQUIRE(place);
        CHECK(place->removed == std::vector<std::string>{"/etc/libvirt/hooks/qemu.d/10-hostlease"});
        CHECK(own_hooks(host) == std::vector<std::string>{"/etc/libvirt/hooks/qemu"});
        CHECK(host.files.contains("/etc/libvirt/hooks/qemu.d/20-theirs"));
    }
}

TEST_CASE("only our own hook is removed") {
    FakeHost host;
    furnish(host);
    host.files["/etc/libvirt/hooks/qemu"] = "#!/bin/sh\n";
    REQUIRE(put_at(host) == "/etc/libvirt/hooks/qemu.d/10-hostlease");
    host.links["/etc/libvirt/hooks/qemu.d/20-theirs"] = "/usr/sbin/other";
    CHECK(remove_hooks(host) == std::vector<std::string>{"/etc/libvirt/hooks/qemu.d/10-hostlease"});
    CHECK(host.files.contains("/etc/libvirt/hooks/qemu"));
    CHECK(host.links.contains("/etc/libvirt/hooks/qemu.d/20-theirs"));
    CHECK(remove_hooks(host) == std::vector<std::string>{});
}

TEST_CASE("only the hook is installed, and only where it can run") {
    FakeHost host;
    furnish(host);

    SUBCASE("another program") {
        host.files[program] = "\x7f"
                              "ELF other";
        CHECK(put_at(host) == "error: /usr/sbin/hostlease-hook is not the hostlease hook");
    }
    SUBCASE("a program that others may write") {
        host.statuses[program].mode = 0775;
        CHECK(put_at(host).find("may be written by others") != std::string::npos);
    }
    SUBCASE("under a profile of AppArmor that does not allow it") {
        host.files["/etc/apparmor.d/usr.sbin.libvirtd"] = "";
        CHECK(put_at(host) == "/etc/libvirt/hooks/qemu");
        const std::string local = "/usr/local/sbin/hostlease-hook";
        host.files[local] = copy;
        for (const char* directory : {"/usr/local", "/usr/local/sbin"})
            host.statuses[directory] = {FileStatus::Type::directory, 0, 0755};
        host.statuses[local] = {FileStatus::Type::regular, 0, 0755};
        const auto place = install_hook(host, local, libvirt_9);
        REQUIRE_FALSE(place);
        CHECK(place.error().text().find("does not allow libvirt to run programs from /usr/local/sbin") !=
              std::string::npos);
        host.files.erase("/etc/apparmor.d/usr.sbin.libvirtd");
        CHECK(install_hook(host, local, libvirt_9));
    }
    CHECK_FALSE(host.links.contains("/etc/libvirt/hooks/.hostlease-hook.tmp"));
}

TEST_CASE("libvirt's daemons are told, and no other process") {
    FakeHost host;
    const auto process = [&](const std::string& pid, const std::string& name) {
        host.files["/proc/" + pid + "/stat"] =
            pid + " (" + name + ") S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0\n";
    };
    CHECK(reload_daemons(host) == std::vector<std::string>{});
    host.files["/run/libvirtd.pid"] = "77\n";
    CHECK(reload_daemons(host) == std::vector<std::string>{}); // the process is gone
    process("77", "bash");
    CHECK(reload_daemons(host) == std::vector<std::string>{}); // another process has its number now
    process("77", "libvirtd");
    host.files["/run/virtqemud.pid"] = "78\n";
    process("78", "virtqemud");
    CHECK(reload_daemons(host) == std::vector<std::string>{"libvirtd", "virtqemud"});
    CHECK(host.hung_up == std::vector<std::int64_t>{77, 78});
}

TEST_CASE("a notified daemon is remembered as long as it runs, and forgotten with the hooks") {
    constexpr const char* note = "/run/hostlease-told";
    FakeHost host;
    furnish(host);
    host.files["/run/libvirtd.pid"] = "77\n";
    host.files["/proc/77/stat"] = "77 (libvirtd) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0\n";
    REQUIRE(put_at(host) == "/etc/libvirt/hooks/qemu");
    CHECK(told_at(host, {77, 4711}) == std::nullopt);
    REQUIRE(reload_daemons(host) == std::vector<std::string>{"libvirtd"});
    host.statuses[note] = {FileStatus::Type::regular, 0, 0600, {}, 1234};
    CHECK(told_at(host, {77, 4711}) == 1234);
    for (const ProcessId& other :
         {ProcessId{77, 47}, ProcessId{77, 47110}, ProcessId{7, 4711}, ProcessId{177, 4711}})
        CHECK(told_at(host, other) == std::nullopt);

    SUBCASE("another daemon runs now") {
        host.files["/run/libvirtd.pid"] = "78\n";
        REQUIRE(reload_daemons(host) == std::vector<std::string>{});
        CHECK(told_at(host, {77, 4711}) == std::nullopt);
    }
    SUBCASE("the hooks are removed") {
        REQUIRE(remove_hooks(host));
        CHECK_FALSE(host.files.contains(note));
    }
}

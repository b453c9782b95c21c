// Settings in sysctl.d(5), and doctor's findings about them.
#include "doctor/checks.hpp"
#include "doctor/sysctl_files.hpp"
#include "support/builders.hpp"
#include "support/fake_host.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
/// "FILE:LINE NAME=VALUE" for each setting.
std::string lines_of(Host& host) {
    std::string text;
    for (const auto& line : read_sysctl_files(host).lines)
        text += line.file + ":" + std::to_string(line.line) + " " + line.name + "=" + line.value + "\n";
    return text;
}

std::string told(const DoctorFacts& facts) {
    std::string text;
    for (const auto& line : check_sysctls(facts)) {
        CHECK((line.verdict == Readiness::pass) == line.fix.empty());
        text += std::string(to_text(line.verdict)) + " " + line.what.substr(0, line.what.find(": the next")) +
                "\n";
    }
    return text;
}

DoctorFacts facts_with(const std::vector<SysctlLine>& lines) {
    DoctorFacts facts;
    facts.sysctls.lines = lines;
    return facts;
}

SysctlLine line(const std::string& name, const std::string& value) {
    return {"/etc/sysctl.d/90-vm.conf", 3, "vm." + name, "/proc/sys/vm/" + name, value};
}
} // namespace

TEST_CASE("the last file by name wins, and of files with one name that of the first folder") {
    FakeHost host;
    host.files["/usr/lib/sysctl.d/50-default.conf"] = "vm.swappiness = 60\n";
    host.files["/etc/sysctl.d/40-own.conf"] = "# ours\n\n vm.swappiness=10\nvm.nr_hugepages = 4\n";
    CHECK(lines_of(host) == "/etc/sysctl.d/40-own.conf:4 "
                            "vm.nr_hugepages=4\n/usr/lib/sysctl.d/50-default.conf:1 vm.swappiness=60\n");
    host.files["/run/sysctl.d/50-default.conf"] = "vm/swappiness = 30\n";
    CHECK(
        lines_of(host) ==
        "/etc/sysctl.d/40-own.conf:4 vm.nr_hugepages=4\n/run/sysctl.d/50-default.conf:1 vm.swappiness=30\n");
    host.files["/etc/sysctl.d/50-default.conf"] = "; nothing\nvm.swappiness\nvm.* = 1\n-vm.dirty_ratio = 5\n";
    CHECK(lines_of(host) ==
          "/etc/sysctl.d/50-default.conf:4 vm.dirty_ratio=5\n/etc/sysctl.d/40-own.conf:4 vm.nr_hugepages=4\n"
          "/etc/sysctl.d/40-own.conf:3 vm.swappiness=10\n");
    host.files["/etc/sysctl.conf"] = "vm.nr_hugepages = 8\n";
    CHECK(lines_of(host).find("/etc/sysctl.conf:1 vm.nr_hugepages=8\n") != std::string::npos);
}

TEST_CASE("a link to /dev/null hides a file of the same name") {
    FakeHost host;
    host.files["/usr/lib/sysctl.d/50-default.conf"] = "vm.swappiness = 60\n";
    host.links["/etc/sysctl.d/50-default.conf"] = "/dev/null";
    CHECK(lines_of(host) == "");
}

TEST_CASE("the first of a name's dots and slashes decides which of them separates words") {
    FakeHost host;
    host.files["/etc/sysctl.d/a.conf"] = "net.ipv4.conf.eth0/1.mtu = 1\nnet/ipv4/conf/eth1.1/mtu = 2\n";
    const auto lines = read_sysctl_files(host).lines;
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].path == "/proc/sys/net/ipv4/conf/eth0.1/mtu");
    CHECK(lines[1].path == "/proc/sys/net/ipv4/conf/eth1.1/mtu");
}

TEST_CASE("a pool size is a warning with its file and line, and extra pages on demand are reported") {
    CHECK(told(facts_with({})) == "PASS no file in sysctl.d sets a value that policies lease\n");
    CHECK(told(facts_with({line("nr_hugepages", "4506")})) ==
          "WARN /etc/sysctl.d/90-vm.conf:3: vm.nr_hugepages = 4506\n");
    CHECK(told(facts_with({line("nr_hugepages_mempolicy", "0")})) ==
          "WARN /etc/sysctl.d/90-vm.conf:3: vm.nr_hugepages_mempolicy = 0\n");
    CHECK(told(facts_with({line("nr_overcommit_hugepages", "64")})) ==
          "PASS /etc/sysctl.d/90-vm.conf:3: vm.nr_overcommit_hugepages = 64: VMs may use that many pages "
          "beyond the pool if memory allows\n");
    CHECK(told(facts_with({line("nr_overcommit_hugepages", "0")})) ==
          "PASS no file in sysctl.d sets a value that policies lease\n");
}

TEST_CASE("a setting in both a policy and sysctl.d is reported with both positions") {
    auto facts = facts_with({line("swappiness", "60"), line("dirty_ratio", "5")});
    CHECK(told(facts) == "PASS no file in sysctl.d sets a value that policies lease\n");
    facts.policies = {policy_with({{"memory.swappiness", "10"}})};
    facts.policies[0].settings.begin()->second.position = {"/etc/hostlease/a.toml", 4, 1};
    CHECK(told(facts) == "PASS /etc/sysctl.d/90-vm.conf:3: vm.swappiness = 60: this value applies while no "
                         "VM leases it (/etc/hostlease/a.toml:4:1); running `sysctl --system` during a lease "
                         "overwrites the leased value\n");
    facts.policies[0].settings.clear();
    facts.policies[0].sysfs = {
        {"/proc/sys/vm/dirty_ratio", "3", Enforce::best_effort, {"/etc/hostlease/a.toml", 9, 1}}};
    CHECK(told(facts).starts_with("PASS /etc/sysctl.d/90-vm.conf:3: vm.dirty_ratio = 5: "));
}

TEST_CASE("an unreadable file is reported, and does not count as empty") {
    DoctorFacts facts;
    facts.sysctls.problems = {"/etc/sysctl.d/x.conf: Permission denied"};
    CHECK(told(facts) == "WARN /etc/sysctl.d/x.conf: Permission denied\n");
}

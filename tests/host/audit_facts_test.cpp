#include "host/audit_facts.hpp"

#include "host/linux_host.hpp"
#include "support/captured_hosts.hpp"

using namespace hostlease;
using namespace hostlease::test;

namespace {
AuditFacts facts_of(const HostTree& tree, const Domain& domain = {}) {
    const auto host = LinuxHost::open(tree.root());
    REQUIRE(host.has_value());
    const auto facts = read_audit_facts(**host, domain);
    REQUIRE_MESSAGE(facts.has_value(), facts.error().text());
    return *facts;
}

std::string lists(const std::vector<CpuSet>& sets) {
    std::string text;
    for (const auto& set : sets)
        text += to_list(set) + " ";
    return text;
}

std::string pinned_domain(const std::string& name, unsigned number, const std::string& cpus) {
    return "<domain type='kvm'><name>" + name + "</name><uuid>11111111-2222-3333-4444-55555555555" +
           std::to_string(number) +
           "</uuid><memory unit='GiB'>1</memory><vcpu>2</vcpu><os><type "
           "arch='x86_64'>hvm</type></os><cputune><vcpupin vcpu='0' "
           "cpuset='" +
           cpus + "'/></cputune></domain>";
}

void start_qemu(const HostTree& tree, const std::string& name, const std::string& pid) {
    tree.put("/run/libvirt/qemu/" + name + ".pid", pid + "\n");
    tree.put("/proc/" + pid + "/stat",
             pid + " (qemu-system-x86) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 700 0\n");
}
} // namespace

TEST_CASE("the CPU, its caches and kinds of cores are those of the host") {
    const HostTree hybrid("core-i9-12900k");
    const auto intel = facts_of(hybrid);
    CHECK(intel.cpu_vendor == "GenuineIntel");
    CHECK(intel.cpu_flags.contains("constant_tsc"));
    CHECK(to_list(intel.performance_cpus) == "0-15");
    CHECK(to_list(intel.efficient_cpus) == "16-23");
    CHECK(lists(intel.caches) == "0-23 ");
    CHECK(intel.host.cores.size() == 16);

    const HostTree two_caches("ryzen-7-3700x");
    const auto amd = facts_of(two_caches);
    CHECK(amd.cpu_vendor == "AuthenticAMD");
    CHECK(amd.performance_cpus.empty());
    CHECK(lists(amd.caches) == "0-3,8-11 4-7,12-15 ");
    CHECK(lists(amd.host.cores) == "0,8 1,9 2,10 3,11 4,12 5,13 6,14 7,15 ");
}

TEST_CASE("a second-level cache is not a last-level cache, and offline CPUs have none") {
    CHECK(facts_of(HostTree("xeon-e5410-dual")).caches.empty());
    const HostTree tree("xeon-quad-offline");
    const auto facts = facts_of(tree);
    CHECK(to_list(facts.host.online) == "0-1,3-4,6-12,15");
    CHECK(lists(facts.caches) == "0,4,8,12 1,9 3,7,11,15 6,10 ");
}

TEST_CASE("nodes have their CPUs and memory") {
    const HostTree tree("xeon-6542y-snc2");
    const auto facts = facts_of(tree);
    REQUIRE(facts.host.nodes.size() == 4);
    CHECK(to_list(facts.host.nodes[1].cpus) == "12-23,60-71");
    CHECK(facts.host.nodes[1].memory == 128ULL << 30);
    CHECK(lists(facts.caches) == "0-23,48-71 24-47,72-95 ");
}

TEST_CASE("knobs, devices, mounts and units are looked up, and what is missing has no entry") {
    const HostTree tree("core-i7-6700");
    auto facts = facts_of(tree);
    CHECK(facts.value("/proc/sys/vm/swappiness") == "60");
    CHECK(facts.value("/sys/kernel/mm/transparent_hugepage/enabled") == "madvise");
    CHECK(facts.value("/sys/devices/system/cpu/cpufreq/policy0/scaling_governor") == "schedutil");
    CHECK(facts.has("/dev/kvm"));
    CHECK_FALSE(facts.has("/sys/devices/system/cpu/isolated"));
    CHECK(facts.has_hugetlb_mount);
    CHECK_FALSE(facts.trims_disks);

    tree.put("/sys/devices/system/cpu/isolated", "2-3,6-7\n");
    tree.put("/sys/module/kvm_intel/parameters/ept", "Y\n");
    tree.put("/proc/mounts", "proc /proc proc rw 0 0\n");
    tree.put("/etc/systemd/system/timers.target.wants/fstrim.timer", "");
    facts = facts_of(tree);
    CHECK(facts.value("/sys/devices/system/cpu/isolated") == "2-3,6-7");
    CHECK(facts.value("/sys/module/kvm_intel/parameters/ept") == "Y");
    CHECK_FALSE(facts.has_hugetlb_mount);
    CHECK(facts.trims_disks);
}

TEST_CASE("other domains are listed with their pins, running or not, without the domain itself") {
    const HostTree tree("core-i7-6700");
    tree.put("/etc/libvirt/qemu/own.xml", pinned_domain("own", 1, "1"));
    tree.put("/etc/libvirt/qemu/renamed.xml", pinned_domain("renamed", 1, "1"));
    tree.put("/etc/libvirt/qemu/still.xml", pinned_domain("still", 2, "2-3"));
    tree.put("/etc/libvirt/qemu/running.xml", pinned_domain("running", 3, "6"));
    tree.put("/etc/libvirt/qemu/broken.xml", "<domain");
    tree.put("/etc/libvirt/qemu/networks.txt", "no domain");
    start_qemu(tree, "running", "4711");
    Domain domain;
    domain.name = "own";
    domain.uuid = "11111111-2222-3333-4444-555555555551";
    auto facts = facts_of(tree, domain);
    CHECK(facts.others == std::vector<OtherDomain>{{"running", {6}, true}, {"still", {2, 3}, false}});
    CHECK(facts.others_problem.empty());
    CHECK_FALSE(facts.is_running);

    start_qemu(tree, "own", "4712");
    CHECK(facts_of(tree, domain).is_running);
}

TEST_CASE("threads of other domains without a pin of their own run on the CPUs of <vcpu cpuset>") {
    const HostTree tree("core-i7-6700");
    tree.put("/sys/devices/system/cpu/online", "0-7\n");
    const auto define = [&](unsigned number, const std::string& body) {
        const auto name = "vm" + std::to_string(number);
        tree.put("/etc/libvirt/qemu/" + name + ".xml",
                 "<domain type='kvm'><name>" + name + "</name><uuid>11111111-2222-3333-4444-55555555555" +
                     std::to_string(number) + "</uuid><memory unit='GiB'>1</memory>" + body +
                     "<os><type arch='x86_64'>hvm</type></os></domain>");
    };
    define(1, "<vcpu cpuset='2,6'>2</vcpu>");
    define(2, "<vcpu cpuset='0-1'>1</vcpu><cputune><vcpupin vcpu='0' cpuset='3'/></cputune>");
    define(3, "<vcpu cpuset='0-7'>2</vcpu>");
    std::string pins;
    for (const auto& other : facts_of(tree).others)
        pins += other.name + ": " + to_list(other.pinned) + "; helpers: " + to_list(other.helpers) + "\n";
    CHECK(pins == "vm1: 2,6; helpers: \nvm2: 3; helpers: 0-1\nvm3: ; helpers: \n");
}

TEST_CASE("unreadable definitions are a reported problem, not an error") {
    const HostTree tree("core-i7-6700");
    tree.put("/etc/libvirt/qemu/folder.xml/file", "no definition");
    CHECK(facts_of(tree).others_problem.starts_with("cannot read the definitions of other VMs: "));
}

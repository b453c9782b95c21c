// The kernel's command line for VMs: each word has a reason, and nothing that a policy can set is included.
#include "advice/suggest/boot_line.hpp"

#include "core/units.hpp"
#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
/// Four cores with two threads on two nodes: CPU 0-3 and 4-7.
HostFacts host() {
    auto facts = host_with_nodes(2);
    for (unsigned cpu = 0; cpu < 8; cpu += 2)
        facts.cores.push_back({cpu, cpu + 1});
    return facts;
}

BootVm vm(const std::string& name, const std::vector<unsigned>& cpus) {
    BootVm made;
    made.domain.name = name;
    made.domain.memory = made.domain.current_memory = 4 * GiB;
    made.domain.vcpus = made.domain.current_vcpus = static_cast<unsigned>(cpus.size());
    for (unsigned vcpu = 0; vcpu < cpus.size(); ++vcpu)
        made.domain.vcpu_pins.push_back({vcpu, {cpus[vcpu]}, 1});
    return made;
}

void give_pages(BootVm& made, std::uint64_t size) {
    made.domain.backing.hugepages = true;
    made.domain.backing.pages = {{size, std::nullopt, 1}};
}

std::string notes_of(const BootLine& line) {
    std::string text;
    for (const auto& note : line.notes)
        text += note + "\n";
    return text;
}
} // namespace

TEST_CASE("the CPUs of all VMs are in one list, and each word has its reason") {
    const auto line = boot_line({vm("a", {2, 3}), vm("b", {6, 7})}, host(), "");
    CHECK(line.text() == "isolcpus=managed_irq,domain,2-3,6-7 nohz_full=2-3,6-7 rcu_nocbs=2-3,6-7");
    for (const auto& one : line.words) {
        CHECK(one.why.ends_with('.'));
        CHECK_FALSE(one.is_there);
    }
    CHECK(notes_of(line) == "");
}

TEST_CASE("CPUs that a policy's [cpus] isolates are not suggested again") {
    auto own = vm("a", {2, 3});
    own.policy = policy_with({{"cpus.isolate", "pinned"}});
    CHECK(boot_line({own}, host(), "").text() == "isolcpus=managed_irq,2-3 nohz_full=2-3 rcu_nocbs=2-3");
    CHECK(boot_line({own, vm("b", {6, 7})}, host(), "")
              .text()
              .starts_with("isolcpus=managed_irq,domain,2-3,6-7 "));
}

TEST_CASE("CPU 0's core and cores shared with the host are omitted, with a message") {
    const auto line = boot_line({vm("a", {0, 1, 2, 3, 4})}, host(), "");
    CHECK(line.text() == "isolcpus=managed_irq,domain,2-3 nohz_full=2-3 rcu_nocbs=2-3");
    CHECK(notes_of(line) ==
          "CPU 4 is not isolated: CPU 5 of the same core is not pinned and stays with the host\n"
          "CPU 0-1 is not isolated: the kernel does its timekeeping on CPU 0\n");
    CHECK(boot_line({vm("a", {0, 1})}, host(), "").words.empty());
    CHECK(boot_line({vm("a", {})}, host(), "").words.empty());
    CHECK(notes_of(boot_line({vm("a", {})}, host(), "")) == "no vCPU is pinned: no CPU is isolated\n");
}

TEST_CASE("gigantic pages are reserved on the nodes that VMs bind them to, and ordinary ones are left to the "
          "policies") {
    auto first = vm("a", {2, 3});
    give_pages(first, GiB);
    auto second = vm("b", {6, 7});
    give_pages(second, GiB);
    second.domain.numa_memory = NumaMemory{NumaMode::strict, {0, 1}, false, 1};
    const auto line = boot_line({first, second}, host(), "");
    CHECK(line.words.back().text == "hugepagesz=1G hugepages=0:6,1:2");
    auto with_cpus_only = host();
    with_cpus_only.nodes[1].memory = 0;
    CHECK(boot_line({first, second}, with_cpus_only, "").words.back().text == "hugepagesz=1G hugepages=0:8");
    second.domain.numa_memory.reset();
    CHECK(boot_line({second}, with_cpus_only, "").words.back().text == "hugepagesz=1G hugepages=4");
    auto anywhere = vm("c", {});
    give_pages(anywhere, GiB);
    CHECK(boot_line({anywhere}, host(), "").text() == "hugepagesz=1G hugepages=4");
    const auto is_there = [&](const char* booted) {
        return boot_line({anywhere}, host(), booted).words.back().is_there;
    };
    CHECK(is_there("hugepagesz=2M hugepages=8 hugepagesz=1G hugepages=4"));
    CHECK_FALSE(is_there("hugepagesz=2M hugepages=4 hugepagesz=1G hugepages=8"));
    CHECK(notes_of(boot_line({first, anywhere}, host(), ""))
              .starts_with("4 more pages of 1 GiB serve VMs that are bound to no node"));
    give_pages(first, 2 * MiB);
    const auto small = boot_line({first}, host(), "");
    CHECK(small.text().find("hugepages") == std::string::npos);
    CHECK(notes_of(small).starts_with("small huge pages (such as 2 MiB) need no boot parameter"));
}

TEST_CASE("words of the current command line are marked") {
    const auto line = boot_line({vm("a", {2, 3})}, host(), "quiet nohz_full=2-3 rcu_nocbs=2-5\n");
    REQUIRE(line.words.size() == 3);
    CHECK_FALSE(line.words[0].is_there);
    CHECK(line.words[1].is_there);
    CHECK_FALSE(line.words[2].is_there);
}

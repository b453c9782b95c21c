// Domains within libvirt's limits that are as expensive to plan for as possible.
#include "plan/planner.hpp"

#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
/// The numbers that fit into a domain's XML of 4 MiB.
constexpr unsigned most_iothreads = 90'000;

Plan plan_scene(const Scene& scene) { return finish_plan(scene.input(), plan_claims(scene.input()), {}); }

Domain pinned_all_over(const CpuSet& of_vcpus, const CpuSet& of_iothreads) {
    auto domain = domain_with_memory(GiB);
    domain.vcpus = domain.current_vcpus = CpuSet::limit;
    domain.iothreads = most_iothreads;
    for (unsigned id = 0; id < domain.vcpus; ++id)
        domain.vcpu_pins.push_back({.id = id, .cpus = of_vcpus});
    domain.vcpu_pins.back().cpus |= of_iothreads; // found only by code that looks at all pins
    for (unsigned id = 1; id <= domain.iothreads; ++id)
        domain.iothread_pins.push_back({.id = id, .cpus = of_iothreads});
    return domain;
}

Policy asks_for_all() {
    return policy_with({{"cpus.isolate", "pinned"},
                        {"irqs.affinity", "housekeeping"},
                        {"irqs.vfio", "pinned"},
                        {"storage.scheduler", "none"},
                        {"threads.vcpu", "fifo:1"},
                        {"threads.iothread", "fifo:1"}});
}
} // namespace

TEST_CASE("as many pins as fit into a domain's XML are planned for with few words") {
    CpuSet even; // the longest possible list
    for (unsigned cpu = 0; cpu < CpuSet::limit; cpu += 2)
        even.add(cpu);
    for (const auto& [of_vcpus, of_iothreads] :
         {std::pair(CpuSet{4}, CpuSet{5}), std::pair(even, even), std::pair(CpuSet{4}, even)}) {
        const auto plan =
            plan_scene({pinned_all_over(of_vcpus, of_iothreads), asks_for_all(), host_with_nodes(2)});
        CHECK_FALSE(plan.notes.all().empty());
        CHECK(plan.notes.all().size() < 400);
    }
}

TEST_CASE("a domain that would need more claims than a lease can hold is refused") {
    auto domain = with_pins(domain_with_memory(GiB), {{4}, {5}});
    for (unsigned number = 0; number < 10'001; ++number)
        domain.host_devices.push_back({.address = {number / 256, number % 256, 0, 0}});
    const Scene scene{domain, asks_for_all(), host_with_nodes(2)};
    const auto plan = plan_scene(scene);
    CHECK(plan.notes.has_errors());
    CHECK(plan.changes.empty());
    CHECK(plan.notes.text().find("a lease may have only 10000") != std::string::npos);
    domain.host_devices.resize(9'000);
    CHECK(plan_scene({domain, asks_for_all(), host_with_nodes(2)}).notes.text().find("one may have") ==
          std::string::npos);
}

TEST_CASE(
    "a file that does not hold one short text is not written, since it could not be kept and put back") {
    const std::string path = "/sys/kernel/x";
    const auto notes_with = [&](const std::string& value) {
        Scene scene{domain_with_memory(GiB), with_sysfs(policy_with({}), path, "1"), host_with_nodes(1)};
        set_file(scene.facts, path, value);
        const auto plan = plan_scene(scene);
        CHECK(plan.changes.empty() == !plan.notes.all().empty());
        return plan.notes.text();
    };
    CHECK(notes_with("0") == "");
    CHECK(notes_with(std::string(64 * KiB, '0')) == "");
    const std::string refusal =
        path + " does not contain a single short text, so hostlease could not restore it";
    CHECK(notes_with(std::string(64 * KiB + 1, '0')).find(refusal) != std::string::npos);
    CHECK(notes_with("\xff").find(refusal) != std::string::npos);
}

// A host on which VMs without pins are placed.
#pragma once

#include "core/parse.hpp"
#include "engine/apply.hpp"
#include "engine/policy_store.hpp"
#include "engine/verify.hpp"
#include "knobs/parts/partitions.hpp"
#include "knobs/parts/placed.hpp"
#include "read/domain_xml.hpp"
#include "support/world.hpp"

#include <doctest/doctest.h>
#include <map>
#include <string>

namespace hostlease::test {

/// A policy of all VMs with these lines in [cpus].
inline std::string placing_policy(const std::string& cpus) {
    return "version = 1\n[match]\ndomain = [\"vm*\"]\n[hugepages]\nreserve = \"leave\"\n[cpus]\n" + cpus;
}

struct PlacingWorld : World {
    FakeVm one = unpinned(1);
    FakeVm two = unpinned(2);
    FakeVm three = unpinned(3);
    std::map<std::string, std::string> before;

    explicit PlacingWorld(const std::string& cpus = "place = \"auto\"\n") : World(placing_policy(cpus)) {
        pool(1).persistent = 1024;
        host.partitions.enable();
        before = host.snapshot();
    }

    static FakeVm unpinned(unsigned number, int node = -1) {
        FakeVm vm = make_vm(number, 16, node, "");
        vm.emulator.clear();
        return vm;
    }

    /// The place that its lease holds.
    Placement place(const FakeVm& vm) { return placement_of(*ledger().find(vm.uuid)).value(); }
    CpuSet all(const FakeVm& vm) { return leased_cpus(*ledger().find(vm.uuid)).all(); }

    std::string cpus_of(const FakeVm& vm, const std::string& thread) {
        return std::string(
            trim(host.files["/sys/fs/cgroup" + vm.scope + "/libvirt/" + thread + "/cpuset.cpus"]));
    }

    void check_threads(const FakeVm& vm) {
        const auto chosen = place(vm);
        CHECK(cpus_of(vm, "vcpu0") == std::to_string(chosen.vcpus[0]));
        CHECK(cpus_of(vm, "vcpu1") == std::to_string(chosen.vcpus[1]));
        CHECK(cpus_of(vm, "emulator") == to_list(chosen.emulator));
        CHECK(verify(host, ledger()).empty());
    }

    void check_end() {
        CHECK(difference(before, host.snapshot()) == "");
        CHECK(ledger().records.empty());
        CHECK(ledger().leases.empty());
    }

    Status apply_now(const FakeVm& vm, Place place = Place::kept) {
        Call call;
        const auto status = apply_now(host, vm, place, call);
        said.clear();
        for (const auto& entry : call.report.entries)
            said += entry.message + "\n";
        return status;
    }

    std::string said; // by apply_now

    /// Through another view of the host.
    Status apply_now(Host& view, const FakeVm& vm, Place place, Call& call) {
        Diagnostics warnings;
        const auto domain = read_domain_xml(vm.xml(), "vm.xml").value();
        const auto policy = policy_for(host, read_policy_heads(host), domain, warnings).value().value();
        return apply_policy(view, domain, policy, call, place);
    }
};

inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// The messages of a call, a line each.
inline std::string text_of(const HookOutcome& outcome) {
    std::string text;
    for (const auto& entry : outcome.report.entries)
        text += entry.message + "\n";
    return text;
}

} // namespace hostlease::test

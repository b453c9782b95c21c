// A host, a libvirt and policies for tests.
#pragma once

#include "core/units.hpp"
#include "engine/operations.hpp"
#include "ledger/ledger.hpp"
#include "support/fake_libvirt.hpp"

#include <doctest/doctest.h>
#include <string>

namespace hostlease::test {

/// Uses every knob of this version; matches vm*.
inline const std::string full_policy = R"(version = 1
[match]
domain = ["vm*"]
[hugepages]
host_free_min = "1GiB"
[power]
governor = "performance"
[memory]
swappiness = 10
ksm = "off"
transparent_hugepages = "never"
defrag = "never"
numa_balancing = "off"
compaction_proactiveness = 0
stat_interval = 10
[[sysfs]]
path = "/sys/kernel/mm/lru_gen/min_ttl_ms"
value = 1000
)";

struct World {
    static constexpr const char* policy_file = "/etc/hostlease/vms.toml";

    FakeHost host;
    FakeLibvirt libvirt{host};

    explicit World(const std::string& policy = full_policy) { host.files[policy_file] = policy; }
    World(const World& other) : host(other.host), libvirt(host, other.libvirt) {}

    FakePool& pool(unsigned node) { return host.nodes[node].pools[2 * MiB]; }
    LedgerContent ledger() { return Ledger::peek(host).value(); }

    /// The messages of a reconcile, one line each.
    std::string reconcile_all() {
        Call call;
        CHECK(reconcile(host, call));
        std::string text;
        for (const auto& entry : call.report.entries)
            text += entry.message + "\n";
        return text;
    }
};

/// vm1, vm2, ...
inline FakeVm make_vm(unsigned number, std::uint64_t pages, int node = 1, const std::string& pins = "4,5") {
    return {.name = "vm" + std::to_string(number),
            .uuid = "4dea22b3-1d52-d8f3-2516-00000000000" + std::to_string(number),
            .pages = pages,
            .node = node,
            .pins = pins,
            .emulator = std::to_string((number - 1) % 4)};
}

} // namespace hostlease::test

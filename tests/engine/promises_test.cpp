#include "engine/promises.hpp"

#include "core/units.hpp"
#include "support/faulty_host.hpp"
#include "support/world.hpp"

#include <array>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
using Open = std::map<PoolId, std::uint64_t>;

constexpr PoolId small0{0, 2 * MiB};
constexpr PoolId small1{1, 2 * MiB};
constexpr PoolId large1{1, GiB};

Lease promising(const std::string& name, std::vector<Promise> promises,
                LeaseState state = LeaseState::prepared) {
    Lease lease;
    lease.uuid = name + "-uuid";
    lease.domain = name;
    lease.state = state;
    lease.promises = std::move(promises);
    return lease;
}

/// A QEMU of that name that has touched this many bytes of huge pages.
ProcessId add_qemu(FakeHost& host, const std::string& name, std::int64_t pid, std::uint64_t mapped) {
    const std::string directory = "/proc/" + std::to_string(pid);
    host.files[directory + "/stat"] =
        std::to_string(pid) + " (qemu) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 7000 0 0\n";
    host.files[directory + "/status"] =
        "Name:\tqemu\nHugetlbPages:\t" + std::to_string(mapped / KiB) + " kB\n";
    host.files["/run/libvirt/qemu/" + name + ".pid"] = std::to_string(pid) + "\n";
    return {pid, 7000};
}

Open open_of(FakeHost& host, const std::vector<Lease>& leases, const std::string& except = {}) {
    const auto open = open_promises(host, leases, except);
    REQUIRE(open);
    return open->pages;
}
} // namespace

TEST_CASE("pages are promised until a QEMU has mapped them") {
    FakeHost host;
    const std::vector leases{promising("vm1", {{small1, 512}})};
    CHECK(open_of(host, leases) == Open{{small1, 512}});
    add_qemu(host, "vm1", 5000, 0);
    CHECK(open_of(host, leases) == Open{{small1, 512}});
    add_qemu(host, "vm1", 5000, 200 * 2 * MiB);
    CHECK(open_of(host, leases) == Open{{small1, 312}});
    add_qemu(host, "vm1", 5000, 512 * 2 * MiB);
    CHECK(open_of(host, leases).empty());
    add_qemu(host, "vm1", 5000, 9999 * 2 * MiB); // more than promised: it has other shared memory
    CHECK(open_of(host, leases).empty());
}

TEST_CASE("half a mapped page counts as none") {
    FakeHost host;
    add_qemu(host, "vm1", 5000, 3 * MiB);
    CHECK(open_of(host, {promising("vm1", {{small1, 2}})}) == Open{{small1, 1}});
}

TEST_CASE("pages that a QEMU has mapped are subtracted from its promises pool by pool") {
    FakeHost host;
    add_qemu(host, "vm1", 5000, GiB + 4 * MiB);
    CHECK(open_of(host, {promising("vm1", {{small0, 1}, {large1, 2}, {small1, 4}})}) ==
          Open{{large1, 1}, {small1, 3}});
}

TEST_CASE("promises of several VMs in one pool add up, except those of the VM that asks") {
    FakeHost host;
    const std::vector leases{promising("vm1", {{small1, 10}}), promising("vm2", {{small1, 20}, {large1, 1}}),
                             promising("vm3", {{small0, 40}})};
    CHECK(open_of(host, leases) == Open{{small0, 40}, {small1, 30}, {large1, 1}});
    CHECK(open_of(host, leases, "vm2-uuid") == Open{{small0, 40}, {small1, 10}});
    CHECK(open_of(host, leases, "vm2") == open_of(host, leases)); // a uuid, not a name
    CHECK(open_of(host, {}).empty());
}

TEST_CASE("promises hold from prepare until the VM ends") {
    FakeHost host;
    for (const auto state : {LeaseState::preparing, LeaseState::prepared, LeaseState::starting})
        CHECK(open_of(host, {promising("vm1", {{small1, 10}}, state)}) == Open{{small1, 10}});
    for (const auto state : {LeaseState::ending, LeaseState::releasing})
        CHECK(open_of(host, {promising("vm1", {{small1, 10}}, state)}).empty());
}

TEST_CASE("a running VM that cannot be inspected has mapped all") {
    FakeHost host;
    CHECK(open_of(host, {promising("vm1", {{small1, 10}, {large1, 1}}, LeaseState::running)}).empty());
}

TEST_CASE("a running VM that has not touched all of its memory keeps the rest promised") {
    FakeHost host;
    Lease lease = promising("vm1", {{small1, 10}}, LeaseState::running);
    lease.qemu = add_qemu(host, "renamed", 5000, 8 * MiB); // identified by its process, not by its name
    CHECK(open_of(host, {lease}) == Open{{small1, 6}});
}

TEST_CASE("a VM without promises is not inspected") {
    FakeHost host;
    FaultyHost counter(host, FaultyHost::Fault::none, 0);
    const std::vector leases{promising("vm1", {}), promising("vm2", {{small1, 1}}, LeaseState::ending)};
    REQUIRE(open_promises(counter, leases, {}));
    CHECK(counter.accesses() == 0);
}

TEST_CASE("promises that cannot be counted are an error, not none") {
    FakeHost host;
    add_qemu(host, "vm1", 5000, 0);
    const std::vector leases{promising("vm1", {{small1, 10}})};
    FaultyHost counter(host, FaultyHost::Fault::none, 0);
    REQUIRE(open_promises(counter, leases, {}));
    for (unsigned at = 1; at <= counter.accesses(); ++at) {
        FaultyHost faulty(host, FaultyHost::Fault::fail, at, EIO);
        CHECK_FALSE(open_promises(faulty, leases, {}));
    }
}

TEST_CASE("pages that others have reserved are not subtracted from the promises of VMs without a QEMU yet") {
    FakeHost host;
    const std::vector leases{promising("vm1", {{small1, 500}, {large1, 2}}),
                             promising("vm2", {{small0, 100}})};
    const auto before = open_promises(host, leases, {}).value();
    CHECK(before.foreign(600, 2 * MiB) == 600);
    CHECK(before.foreign(0, 2 * MiB) == 0);
    add_qemu(host, "vm1", 5000, 0); // it may have mapped all of its pages without touching any
    const auto after = open_promises(host, leases, {}).value();
    CHECK(after.pages == before.pages);
    CHECK(after.foreign(600, 2 * MiB) == 100);
    CHECK(after.foreign(400, 2 * MiB) == 0);
    CHECK(after.foreign(3, GiB) == 1);
}

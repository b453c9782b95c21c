#include "host/pools.hpp"

#include "core/units.hpp"
#include "support/fake_host.hpp"
#include "support/faulty_host.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::string pool_of_node0 = "/sys/devices/system/node/node0/hugepages/hugepages-2048kB";
} // namespace

TEST_CASE("a missing pool and an unreadable one are distinguished") {
    FakeHost host;
    const auto missing =
        read_pool(host, "/sys/devices/system/node/node0/hugepages/hugepages-64kB", {0, 64 * KiB});
    REQUIRE_FALSE(missing);
    CHECK(is_missing(missing.error()));
    CHECK(read_reserved_pages(host, 64 * KiB) == 0U);
    FaultyHost broken(host, FaultyHost::Fault::fail, 1, EIO);
    CHECK_FALSE(read_reserved_pages(broken, 2 * MiB));
}

TEST_CASE("a pool is as large as memory allows, and pages that others use beyond it are not its own") {
    FakeHost host;
    host.nodes[0].stuck = 15 * GiB; // 512 pages left
    const auto clamped = set_persistent_pages(host, pool_of_node0, 1000);
    CHECK(clamped.written);
    CHECK(clamped.pages == 512U);
    host.nodes[0].pools[2 * MiB].in_use = 100;
    const auto given_back = set_persistent_pages(host, pool_of_node0, 10);
    CHECK(given_back.written);
    CHECK(given_back.pages == 10U); // of 100
}

TEST_CASE("a refused write and an unreadable counter are distinguished") {
    using Fault = FaultyHost::Fault;
    FakeHost host;
    FaultyHost refusing(host, Fault::fail, 1, EPERM);
    const auto refused = set_persistent_pages(refusing, pool_of_node0, 1);
    REQUIRE_FALSE(refused.written);
    CHECK(refused.written.error().errno_value == EPERM);
    CHECK(refused.pages == 0U);
    for (const unsigned file : {2U, 3U}) {
        FaultyHost unreadable(host, Fault::fail, file, EIO);
        const auto unknown = set_persistent_pages(unreadable, pool_of_node0, 1);
        CHECK(unknown.written);
        REQUIRE_FALSE(unknown.pages);
        CHECK(unknown.pages.error().errno_value == EIO);
    }
    const auto missing = set_persistent_pages(host, "/sys/kernel/mm/hugepages/hugepages-64kB", 1);
    CHECK_FALSE(missing.written);
    REQUIRE_FALSE(missing.pages);
    CHECK(is_missing(missing.pages.error()));
}

// Two VMs start and stop in every order in which libvirt can call the hook.
#include "support/faulty_host.hpp"
#include "support/world.hpp"

#include <array>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
constexpr std::array life{Step::prepare, Step::start, Step::started, Step::stopped, Step::release};

struct Setting {
    std::uint64_t boot_pages;
    FakeVm first;
    FakeVm second;
};

/// One order of ten calls, as bits: 0 is the first VM's next step, 1 the second's.
void play(const Setting& setting, unsigned order) {
    CAPTURE(order);
    CAPTURE(setting.boot_pages);
    World world;
    world.pool(1).persistent = setting.boot_pages;
    const auto before = world.host.snapshot();
    std::array<FakeVm, 2> vms{setting.first, setting.second};
    std::array<std::size_t, 2> at{};
    for (unsigned call = 0; call < 10; ++call) {
        const unsigned who = order >> call & 1;
        FakeVm& vm = vms[who];
        const Step step = life[at[who]++];
        if (step == Step::started)
            REQUIRE_MESSAGE(world.libvirt.launch(vm), vm.name << " found its promised pages taken");
        if (step == Step::stopped) world.libvirt.quit(vm);
        const auto outcome = world.libvirt.call(vm, step);
        REQUIRE_MESSAGE(outcome.code == ExitCode::done, outcome.reason);
    }
    CHECK(world.host.snapshot() == before);
    CHECK(world.ledger().leases.empty());
    CHECK_FALSE(world.ledger().has_records());
}

/// The same orders when one start fails in libvirt after its prepare: prepare, stopped, release.
void play_with_failure(const Setting& setting, unsigned order) {
    CAPTURE(order);
    World world;
    world.pool(1).persistent = setting.boot_pages;
    const auto before = world.host.snapshot();
    std::array<FakeVm, 2> vms{setting.first, setting.second};
    const std::array<std::vector<Step>, 2> lives{std::vector<Step>{life.begin(), life.end()},
                                                 std::vector{Step::prepare, Step::stopped, Step::release}};
    std::array<std::size_t, 2> at{};
    for (unsigned call = 0; call < 8; ++call) {
        const unsigned who = order >> call & 1;
        const Step step = lives[who][at[who]++];
        if (step == Step::started) REQUIRE(world.libvirt.launch(vms[who]));
        if (step == Step::stopped) world.libvirt.quit(vms[who]);
        REQUIRE(world.libvirt.call(vms[who], step).code == ExitCode::done);
    }
    CHECK(world.host.snapshot() == before);
    CHECK(world.ledger().leases.empty());
}

template <typename Act>
unsigned for_every_order(unsigned length, unsigned ones, Act act) {
    unsigned orders = 0;
    for (unsigned order = 0; order < 1U << length; ++order)
        if (static_cast<unsigned>(__builtin_popcount(order)) == ones) {
            act(order);
            ++orders;
        }
    return orders;
}

const std::array settings{Setting{0, make_vm(1, 512), make_vm(2, 512)},
                          Setting{512, make_vm(1, 512), make_vm(2, 512)},
                          Setting{700, make_vm(1, 512), make_vm(2, 300)},
                          Setting{300, make_vm(1, 512, -1), make_vm(2, 300, 1)},
                          Setting{0, make_vm(1, 100, 0, "0,1"), make_vm(2, 50)},
                          Setting{4096, make_vm(1, 100), make_vm(2, 50)}};
} // namespace

TEST_CASE(
    "two VMs, in every order of their five calls: each finds its pages, and the host ends as it began") {
    for (const auto& setting : settings)
        CHECK(for_every_order(10, 5, [&](unsigned order) { play(setting, order); }) == 252);
}

TEST_CASE("the same when one of them fails to start") {
    for (const auto& setting : settings)
        CHECK(for_every_order(8, 3, [&](unsigned order) { play_with_failure(setting, order); }) == 56);
}

TEST_CASE("a QEMU that maps its pages at any moment of another VM's prepare does not take that VM's pages") {
    unsigned at = 0;
    for (unsigned accesses = 1; at < accesses;) {
        World world;
        FakeVm mapping = make_vm(1, 512);
        FakeVm other = make_vm(2, 512);
        REQUIRE(world.libvirt.call(mapping, Step::prepare).code == ExitCode::done);
        FaultyHost host(world.host, FaultyHost::Fault::meddle_before, ++at, 0,
                        [&](const Access&) { CHECK(world.libvirt.launch(mapping)); });
        REQUIRE(world.libvirt.call(host, other, Step::prepare).code == ExitCode::done);
        CAPTURE(at);
        CHECK(world.libvirt.launch(other));
        accesses = host.accesses();
    }
    CHECK(at > 50);
}

TEST_CASE(
    "a QEMU that maps its pages at any moment of another VM's release does not take a third VM's pages") {
    unsigned at = 0;
    for (unsigned accesses = 1; at < accesses;) {
        World world;
        FakeVm ending = make_vm(1, 512);
        FakeVm mapping = make_vm(2, 512);
        FakeVm waiting = make_vm(3, 512);
        REQUIRE(world.libvirt.bring_up(world.host, ending));
        REQUIRE(world.libvirt.call(mapping, Step::prepare).code == ExitCode::done);
        REQUIRE(world.libvirt.call(waiting, Step::prepare).code == ExitCode::done);
        REQUIRE(world.libvirt.call(ending, Step::stopped).code == ExitCode::done);
        FaultyHost host(world.host, FaultyHost::Fault::meddle_before, ++at, 0,
                        [&](const Access&) { CHECK(world.libvirt.launch(mapping)); });
        // its own pages are not free yet: QEMU exits slowly
        world.libvirt.call(host, ending, Step::release);
        CAPTURE(at);
        CHECK(world.libvirt.launch(waiting));
        accesses = host.accesses();
    }
    CHECK(at > 50);
}

// The hook dies, or one access of it fails, at every place there is; afterwards nothing is lost.
#include "engine/operations.hpp"
#include "support/faulty_host.hpp"
#include "support/world.hpp"

#include <array>
#include <doctest/doctest.h>
#include <functional>

using namespace hostlease;
using namespace hostlease::test;

namespace {
using Fault = FaultyHost::Fault;
constexpr std::array life{Step::prepare, Step::start, Step::started, Step::stopped, Step::release};

/// How the world is made before the VM under test comes.
struct Scene {
    const char* name;
    std::function<void(World&)> set;
    FakeVm vm = make_vm(1, 512);
};

std::vector<Scene> scenes() {
    return {{"an empty host", [](World&) {}},
            {"a boot-time pool", [](World& world) { world.pool(1).persistent = 100; }},
            {"a fragmented node", [](World& world) { world.host.nodes[1].fragmented = 15 * GiB + 512 * MiB; }},
            {"pages from both nodes", [](World& world) { world.host.nodes[1].stuck = 15 * GiB; }, make_vm(1, 600, -1)},
            {"too few pages", [](World& world) { world.host.nodes[1].stuck = 15 * GiB; }, make_vm(1, 600)},
            {"another VM running", [](World& world) {
                 FakeVm other = make_vm(2, 256, 1, "5,6");
                 REQUIRE(world.libvirt.bring_up(world.host, other));
             }}};
}

void check_nothing_lost(World& world, const std::map<std::string, std::string>& before, std::size_t leases) {
    CHECK(difference(before, world.host.snapshot()) == "");
    const auto ledger = world.ledger();
    CHECK(ledger.leases.size() == leases);
    CHECK(ledger.unreadable.empty());
    CHECK(ledger.problems.empty());
}

/// The steps of a VM's life through `host` up to and including `last`; false when one was refused.
bool live_until(World& world, Host& host, FakeVm& vm, std::size_t last) {
    for (std::size_t index = 0; index <= last; ++index) {
        if (life[index] == Step::started && !world.libvirt.launch(vm)) return false;
        if (life[index] == Step::stopped) world.libvirt.quit(vm);
        const auto outcome = world.libvirt.call(host, vm, life[index]);
        if (outcome.code != ExitCode::done && index < 2) return false;
    }
    return true;
}

unsigned count_accesses(const Scene& scene, std::size_t step) {
    World world;
    scene.set(world);
    FakeVm vm = scene.vm;
    if (step > 0 && !live_until(world, world.host, vm, step - 1)) return 0;
    if (life[step] == Step::started && !world.libvirt.launch(vm)) return 0;
    if (life[step] == Step::stopped) world.libvirt.quit(vm);
    FaultyHost counter(world.host, Fault::none, 0);
    world.libvirt.call(counter, vm, life[step]);
    return counter.accesses();
}

/// Plays `scene` with a fault at access `at` of `step`, then lets `recover` go on, and compares with the host before.
void play(const Scene& scene, std::size_t step, Fault fault, unsigned at, int error,
          const std::function<void(World&, FakeVm&, bool died)>& recover) {
    const std::string scene_name = scene.name;
    CAPTURE(scene_name);
    CAPTURE(step);
    CAPTURE(at);
    CAPTURE(error);
    World world;
    scene.set(world);
    const auto before = world.host.snapshot();
    const auto leases = world.ledger().leases.size();
    FakeVm vm = scene.vm;
    if (step > 0) REQUIRE(live_until(world, world.host, vm, step - 1));
    if (life[step] == Step::started) REQUIRE(world.libvirt.launch(vm));
    if (life[step] == Step::stopped) world.libvirt.quit(vm);
    bool died = false;
    FaultyHost faulty(world.host, fault, at, error);
    try {
        world.libvirt.call(faulty, vm, life[step]);
    } catch (const Died&) {
        died = true;
    }
    recover(world, vm, died);
    check_nothing_lost(world, before, leases);
}

template <typename Act>
unsigned at_every_access(Act act) {
    unsigned points = 0;
    for (const auto& scene : scenes())
        for (std::size_t step = 0; step < life.size(); ++step)
            for (unsigned at = 1, last = count_accesses(scene, step); at <= last; ++at, ++points)
                act(scene, step, at);
    return points;
}

void reconcile_all(World& world) {
    Report report;
    CHECK(reconcile(world.host, report));
}
} // namespace

TEST_CASE("killed before and after every access, with libvirt's daemon gone too: reconcile puts everything back") {
    unsigned points = 0;
    for (const auto fault : {Fault::die_before, Fault::die_after})
        points += at_every_access([&](const Scene& scene, std::size_t step, unsigned at) {
            play(scene, step, fault, at, 0, [](World& world, FakeVm& vm, bool) {
                world.libvirt.quit(vm);
                // the other VM's daemon dies with it; a running QEMU is known by its own process
                world.libvirt.kill_daemon();
                reconcile_all(world);
            });
        });
    MESSAGE("points tried: ", points);
    CHECK(points > 1000);
}

TEST_CASE("killed before and after every access, and libvirt goes on: stopped and release put everything back") {
    for (const auto fault : {Fault::die_before, Fault::die_after})
        at_every_access([&](const Scene& scene, std::size_t step, unsigned at) {
            play(scene, step, fault, at, 0, [](World& world, FakeVm& vm, bool) {
                world.libvirt.bring_down(world.host, vm);
                // a release that died is not called again by libvirt
                world.libvirt.kill_daemon();
                reconcile_all(world);
            });
        });
}

TEST_CASE("killed at every access of the reconcile that follows a kill: the next one finishes") {
    World model;
    FakeVm vm = make_vm(1, 512);
    REQUIRE(model.libvirt.bring_up(model.host, vm));
    model.libvirt.quit(vm);
    FaultyHost counter(model.host, Fault::none, 0);
    Report report;
    REQUIRE(reconcile(counter, report));
    for (const auto fault : {Fault::die_before, Fault::die_after, Fault::fail})
        for (unsigned at = 1; at <= counter.accesses(); ++at) {
            CAPTURE(at);
            World world;
            const auto before = world.host.snapshot();
            FakeVm guest = make_vm(1, 512);
            REQUIRE(world.libvirt.bring_up(world.host, guest));
            world.libvirt.quit(guest);
            FaultyHost faulty(world.host, fault, at);
            try {
                static_cast<void>(reconcile(faulty, report));
            } catch (const Died&) {
            }
            reconcile_all(world);
            check_nothing_lost(world, before, 0);
        }
}

TEST_CASE("every access fails once, with each plausible error: the call reports or copes, and nothing is lost") {
    unsigned points = 0;
    for (const int error : {EIO, EINVAL, EBUSY, ENOSPC, EPERM})
        points += at_every_access([&](const Scene& scene, std::size_t step, unsigned at) {
            play(scene, step, Fault::fail, at, error, [](World& world, FakeVm& vm, bool died) {
                CHECK_FALSE(died);
                world.libvirt.bring_down(world.host, vm);
                reconcile_all(world);
            });
        });
    MESSAGE("points tried: ", points);
    CHECK(points > 2000);
}

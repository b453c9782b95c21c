// Frequency limits on a host where they limit each other and other programs influence them.
#include "engine/operations.hpp"
#include "engine/verify.hpp"
#include "support/world.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::string policy4 = "/sys/devices/system/cpu/cpufreq/policy4/";

std::string policy_text(const std::string& minimum, const std::string& maximum) {
    return "version = 1\n[match]\ndomain = \"vm*\"\n[hugepages]\nreserve = \"leave\"\n[power]\nmin_frequency "
           "= \"" +
           minimum + "\"\nmax_frequency = \"" + maximum + "\"\n";
}

/// The VM's host has pages, and policy4 has these limits.
struct FrequencyWorld : World {
    FrequencyWorld(const std::string& policy, const std::string& minimum, const std::string& maximum)
        : World(policy) {
        pool(1).persistent = 128;
        host.files[policy4 + "scaling_min_freq"] = minimum + "\n";
        host.files[policy4 + "scaling_max_freq"] = maximum + "\n";
    }

    std::string limits() { return knob_text("scaling_min_freq") + "-" + knob_text("scaling_max_freq"); }

  private:
    std::string knob_text(const std::string& name) {
        const std::string text = host.read(policy4 + name).value();
        return text.substr(0, text.size() - 1);
    }
};
} // namespace

TEST_CASE("both limits move past each other and back, even if the kernel refuses crossed limits") {
    struct Case {
        const char* before[2];
        const char* leased[2];
    };
    for (const auto& [before, leased] : {Case{{"800000", "2000000"}, {"2500000", "3500000"}},
                                         Case{{"2500000", "3500000"}, {"800000", "2000000"}},
                                         Case{{"800000", "3500000"}, {"1200000", "1200000"}},
                                         Case{{"2000000", "2000000"}, {"800000", "3500000"}}})
        for (const bool refuses : {false, true}) {
            CAPTURE(leased[0]);
            CAPTURE(refuses);
            FrequencyWorld world(policy_text(std::string(leased[0]) + "kHz", std::string(leased[1]) + "kHz"),
                                 before[0], before[1]);
            world.host.refuses_crossed_limits = refuses;
            const auto host_before = world.host.snapshot();
            FakeVm vm = make_vm(1, 64);
            REQUIRE(world.libvirt.bring_up(world.host, vm));
            CHECK(world.limits() == std::string(leased[0]) + "-" + leased[1]);
            CHECK(verify(world.host, world.ledger()).empty());
            world.libvirt.bring_down(world.host, vm);
            CHECK(difference(host_before, world.host.snapshot()) == "");
            CHECK_FALSE(world.ledger().has_records());
        }
}

TEST_CASE("a hot host limits what was written: no drift, and the baseline comes back") {
    FrequencyWorld world(policy_text("leave", "3200000kHz"), "800000", "2800000");
    const auto before = world.host.snapshot();
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    CHECK(world.limits() == "800000-3200000");
    world.host.heat_limit = 1'500'000;
    world.libvirt.call(world.host, vm, "reconnect", "begin");
    CHECK(world.limits() == "800000-1500000");
    CHECK(verify(world.host, world.ledger()).empty());
    world.host.writes.clear();
    world.libvirt.call(world.host, vm, "reconnect", "begin");
    CHECK(world.host.writes.empty()); // not written repeatedly
    world.libvirt.quit(vm);
    CHECK(world.libvirt.call(vm, Step::release).report.entries.empty());
    CHECK(difference(before, world.host.snapshot()) == "");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a limit that heat lowers and then lets rise is still the one that was written") {
    FrequencyWorld world(policy_text("leave", "3200000kHz"), "800000", "2800000");
    const auto before = world.host.snapshot();
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    world.host.heat_limit = 1'500'000;
    world.reconcile_all();
    world.host.heat_limit = 2'000'000;
    world.libvirt.bring_down(world.host, vm);
    world.host.heat_limit = 0;
    CHECK(difference(before, world.host.snapshot()) == "");
    CHECK_FALSE(world.ledger().has_records());
}

TEST_CASE("a limit that another program has raised is left alone") {
    FrequencyWorld world(policy_text("leave", "1200000kHz"), "800000", "3500000");
    FakeVm vm = make_vm(1, 64);
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    world.host.files[policy4 + "scaling_max_freq"] = "2000000\n";
    world.libvirt.bring_down(world.host, vm);
    CHECK(world.limits() == "800000-2000000");
}

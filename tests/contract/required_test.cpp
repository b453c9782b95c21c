// If a policy requires something that this host or this domain cannot provide, the start is refused; if the
// policy does not require it, there is a message.
#include "support/knob_world.hpp"

#include <algorithm>
#include <array>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
/// Knobs of the CPUs that a VM has for itself.
constexpr std::array<std::string_view, 11> of_own_cpus{
    "irqs.affinity",       "irqs.balancer",       "workqueues.affinity",      "kthreads.affinity",
    "kernel.watchdog",     "power.governor",      "power.energy_performance", "power.boost",
    "power.min_frequency", "power.max_frequency", "power.wakeup_latency"};

bool is_among(std::span<const std::string_view> keys, const Knob& knob) {
    return std::find(keys.begin(), keys.end(), knob.key) != keys.end();
}

void take_cpufreq_away(FakeHost& host) {
    std::erase_if(host.files, [](const auto& file) {
        return file.first.starts_with("/sys/devices/system/cpu/cpufreq") ||
               file.first.find("/intel_pstate/") != std::string::npos;
    });
}

/// The knob's example under both kinds of enforcement, on a host that lacks what the knob needs.
template <typename TakeAway>
void check_enforcement(const Knob& knob, const FakeVm& vm, TakeAway take_away) {
    for (const bool is_required : {false, true}) {
        CAPTURE(is_required);
        World world(policy_for_knob(knob) + (is_required ? "enforce = \"required\"\n" : ""));
        world.pool(1).persistent = 128;
        take_away(world.host);
        const auto outcome = world.libvirt.call(vm, Step::prepare);
        CHECK((outcome.code == ExitCode::done) == !is_required);
        const std::string key(knob.key);
        CHECK((outcome.reason.find(key) != std::string::npos) == is_required);
        const auto& entries = outcome.report.entries;
        CHECK(std::any_of(entries.begin(), entries.end(), [&](const ReportEntry& entry) {
            return entry.severity == (is_required ? Severity::error : Severity::warning) &&
                   entry.message.find(key) != std::string::npos;
        }));
        CHECK(world.host.writes.empty());
    }
}
} // namespace

TEST_CASE("a domain whose vCPUs are not pinned has no CPUs to tune") {
    for_every_knob([](const Knob& knob) {
        if (is_among(of_own_cpus, knob)) check_enforcement(knob, make_vm(1, 64, 1, ""), [](FakeHost&) {});
    });
}

TEST_CASE("a host without cpufreq, or with unreadable cpufreq, has no frequencies to tune") {
    for_every_knob([](const Knob& knob) {
        if (!knob.key.starts_with("power.") || knob.key == "power.wakeup_latency") return;
        check_enforcement(knob, make_vm(1, 64), take_cpufreq_away);
    });
}

TEST_CASE("a disk whose device is unknown has no scheduler to set") {
    const Knob& knob = *find_knob("storage.scheduler");
    check_enforcement(knob, make_vm(1, 64), [](FakeHost& host) { host.files.erase("/dev/sda"); });
    check_enforcement(knob, make_vm(1, 64), [](FakeHost& host) { host.links.erase("/sys/dev/block/8:0"); });
}

TEST_CASE("a missing file of a knob refuses the start if the knob is required") {
    for_every_knob([](const Knob& knob) {
        // an irqbalance that does not run does not have to leave anything alone; the others are not files of
        // the kernel
        const std::set others{KnobForm::interrupt_balancer, KnobForm::kernel_thread,
                              KnobForm::sleep_inhibitor};
        if (others.contains(knob.form) || knob.paths.empty() || is_of_pools(knob) || is_for_unpinned(knob))
            return;
        World world(policy_for_knob(knob) + "enforce = \"required\"\n");
        world.pool(1).persistent = 128;
        const auto is_its = [&](const std::string& path) {
            return std::any_of(knob.paths.begin(), knob.paths.end(),
                               [&](std::string_view glob) { return matches_path(glob, path); });
        };
        std::erase_if(world.host.files, [&](const auto& file) { return is_its(file.first); });
        auto vm = make_vm_for(knob, 1, 64);
        auto outcome = world.libvirt.call(vm, Step::prepare);
        if (outcome.code == ExitCode::done) outcome = world.libvirt.call(vm, Step::start);
        CHECK(outcome.code != ExitCode::done);
        CHECK_FALSE(outcome.reason.empty());
    });
}

TEST_CASE("a governor that the driver does not have is refused if it is required") {
    check_enforcement(*find_knob("power.governor"), make_vm(1, 64), [](FakeHost& host) {
        for (auto& [path, text] : host.files)
            if (path.ends_with("/scaling_available_governors")) text = "powersave schedutil\n";
    });
}

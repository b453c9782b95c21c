// Runs random stories of up to eight VMs, an admin and a machine on hostlease and on a model of a few rules,
// and reports the shortest story that fails. RC_PARAMS="seed=... max_success=..." tries others,
// RC_PARAMS="reproduce=..." repeats a failed one.
#include "model/story.hpp"

#include <array>
#include <cstdlib>
#include <doctest/doctest.h>
#include <random>
#include <rapidcheck.h>
#include <sstream>

using namespace hostlease;
using namespace hostlease::test;

namespace {
/// A generator of list elements that shrinks to earlier ones.
template <typename T, std::size_t count>
rc::Gen<T> one_of(const std::array<T, count>& list) {
    return rc::gen::map(rc::gen::inRange<std::size_t>(0, count),
                        [list](std::size_t index) { return list[index]; });
}

rc::Gen<Event> any_event() {
    using enum Happening;
    constexpr std::array happenings{start,          start,
                                    start,          start,
                                    stop,           stop,
                                    stop_slowly,    started_missed,
                                    clock_steps,    reconcile,
                                    edit_and_apply, edit_and_apply,
                                    admin_writes,   admin_writes,
                                    qemu_crashes,   daemon_restarts,
                                    start_fails,    migrate_in,
                                    restore,        cpu_goes,
                                    cpu_comes,      admin_adds_pages,
                                    hook_dies,      hook_dies,
                                    reboot};
    return rc::gen::build<Event>(rc::gen::set(&Event::what, one_of(happenings)),
                                 rc::gen::set(&Event::vm, rc::gen::inRange(0U, 8U)),
                                 rc::gen::set(&Event::value, rc::gen::inRange(0U, 24U)),
                                 rc::gen::set(&Event::at, rc::gen::inRange(0U, 300U)));
}

rc::Gen<PolicyChoice> any_policy() {
    return rc::gen::container<PolicyChoice>(model_knobs().size(), one_of(std::array{0U, 0U, 1U, 2U, 3U}));
}

rc::Gen<VmChoice> any_vm() {
    return rc::gen::build<VmChoice>(rc::gen::set(&VmChoice::pages, rc::gen::inRange(1U, 300U)),
                                    rc::gen::set(&VmChoice::node, rc::gen::inRange(0U, 2U)),
                                    rc::gen::set(&VmChoice::first_cpu, rc::gen::inRange(0U, 7U)),
                                    rc::gen::set(&VmChoice::policy, any_policy()),
                                    rc::gen::set(&VmChoice::edited, any_policy()));
}

void tell(const std::vector<VmChoice>& vms, const std::vector<Event>& events, Tally& tally) {
    Story story(vms, tally);
    for (const auto& event : events)
        if (const auto fault = story.play(event); !fault.empty()) {
            std::ostringstream text;
            text << event << ": " << fault;
            RC_FAIL(text.str());
        }
    if (const auto fault = story.end(); !fault.empty()) RC_FAIL("in the end: " + fault);
}

/// Prints nothing, because results are printed at the end.
struct Silent : rc::detail::TestListener {
    void onTestCaseFinished(const rc::detail::CaseDescription&) override {}
    void onShrinkTried(const rc::detail::CaseDescription&, bool) override {}
    void onTestFinished(const rc::detail::TestMetadata&, const rc::detail::TestResult&) override {}
};

/// Runs `count` stories from one seed; with a known seed, they must include every kind of event.
void tell_stories(std::uint64_t seed, int count, bool must_have_all = true) {
    rc::detail::TestParams params = rc::detail::configuration().testParams;
    if (std::getenv("RC_PARAMS") == nullptr) {
        params.seed = seed;
        params.maxSuccess = count;
    }
    rc::detail::TestMetadata metadata;
    metadata.id = metadata.description = "stories";
    Tally tally;
    const auto any_story = [&tally] {
        const auto vms = *rc::gen::inRange<std::size_t>(1, 9);
        tell(*rc::gen::container<std::vector<VmChoice>>(vms, any_vm()),
             *rc::gen::container<std::vector<Event>>(any_event()), tally);
    };
    Silent listener;
    const auto result = rc::detail::checkTestable(any_story, metadata, params, listener,
                                                  rc::detail::configuration().reproduce);
    std::ostringstream text;
    rc::detail::printResultMessage(result, text);
    INFO("RC_PARAMS=\"seed=", params.seed, "\": ", text.str());
    std::string came_of_it;
    for (const auto& [what, count_of_it] : tally)
        came_of_it += ", " + what + " " + std::to_string(count_of_it);
    MESSAGE("stories: ", params.maxSuccess, ", RC_PARAMS=\"seed=", params.seed, "\"", came_of_it);
    CHECK(result.is<rc::detail::SuccessResult>());
    if (!result.is<rc::detail::SuccessResult>() || !must_have_all) return;
    for (const char* what : {"started", "refused", "hooks killed", "applied", "reconciled",
                             "reconciled with drift", "stopped slowly", "started missed"})
        CHECK_MESSAGE(tally[what] > 0, what);
}
} // namespace

TEST_CASE("for all stories of VMs, admin and machine: leases, values and pages match the model, and the host "
          "ends as it began") {
    for (const std::uint64_t seed : {1U, 20240229U})
        tell_stories(seed, 60);
}

TEST_CASE("the same with a new seed each time") { tell_stories(std::random_device{}(), 60, false); }

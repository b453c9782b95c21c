// Requirements on every knob, tested for the whole registry: a new knob is tested as soon as it is in the
// list.
#include "core/parse.hpp"
#include "core/units.hpp"
#include "engine/form.hpp"
#include "engine/operations.hpp"
#include "engine/policy_store.hpp"
#include "engine/survey.hpp"
#include "engine/verify.hpp"
#include "knobs/knob.hpp"
#include "plan/render.hpp"
#include "read/domain_xml.hpp"
#include "read/policy_toml.hpp"
#include "support/faulty_host.hpp"
#include "support/knob_world.hpp"
#include "text/toml_plain.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <fnmatch.h>
#include <set>

using namespace hostlease;
using namespace hostlease::test;

namespace {
Plan plan_of(World& world, const FakeVm& vm) {
    const auto domain = read_domain_xml(vm.xml(), "vm.xml");
    REQUIRE(domain);
    Diagnostics warnings;
    const auto policy = policy_for(world.host, read_policy_heads(world.host), *domain, warnings);
    REQUIRE(policy);
    REQUIRE(policy->has_value());
    return plan_domain(world.host, *domain, **policy, world.ledger()).value();
}

/// The changes of the knob's example; there must be some.
Plan plan_of_example(World& world, const FakeVm& vm, const Knob& knob) {
    Plan plan = plan_of(world, vm);
    REQUIRE_MESSAGE(
        !plan.changes.empty(),
        knob.key << ": its example changes nothing. Give the knob a baseline_text, or the host of "
                    "tests/support/fake_host.cpp the knob's files. "
                 << plan.notes.text());
    return plan;
}

/// If QEMU's start decides what a knob writes, its plan does not show the change: such knobs have tests of
/// their own.
bool is_known_before(const Knob& knob) { return knob.resolve == nullptr; }

/// Removes what the change needs from the host.
void take_away(FakeHost& host, const Knob& knob, const Change& change) {
    if (knob.form == KnobForm::sleep_inhibitor) host.directories.erase("/run/systemd/system");
    if (knob.form == KnobForm::unit_cpus) host.files.erase("/sys/fs/cgroup/cgroup.controllers");
    host.files.erase(change.path);
}

/// Whether only the files that the plan names have changed; '*' stands for targets that are known once QEMU
/// runs.
bool are_as_planned(const std::set<std::string>& changed, const std::set<std::string>& planned) {
    const auto fits = [](const std::string& glob, const std::string& path) {
        return fnmatch(glob.c_str(), path.c_str(), FNM_NOESCAPE) == 0; // unit names contain "\\x2d"
    };
    const auto is_planned = [&](const auto& path) {
        return std::any_of(planned.begin(), planned.end(),
                           [&](const auto& glob) { return fits(glob, path); });
    };
    const auto is_done = [&](const auto& glob) {
        return std::any_of(changed.begin(), changed.end(),
                           [&](const auto& path) { return fits(glob, path); });
    };
    return std::all_of(changed.begin(), changed.end(), is_planned) &&
           std::all_of(planned.begin(), planned.end(), is_done);
}

bool shows_once_it_runs(const Change& change) { return change.path.find('*') != std::string::npos; }

/// A file content that hostlease never writes.
std::string foreign_text(const Knob& knob) {
    const bool is_text = knob.form == KnobForm::value || knob.form == KnobForm::frequency ||
                         knob.form == KnobForm::cpu_partition;
    return is_text ? "somebody-else\n" : "4\n";
}

/// A second VM on the CPUs of the first, if CPUs may be shared.
FakeVm make_second_vm(const Knob& knob) {
    return make_vm_for(knob, 2, 32, knob.form == KnobForm::cpu_partition ? "6,7" : "4,5");
}

/// Another program changes the target of the change.
void change_by_another(FakeHost& host, const Knob& knob, const Change& change) {
    if (knob.form == KnobForm::kernel_thread)
        host.threads[parse_integer<std::int64_t>(change.path.substr(change.path.rfind('/') + 1)).value()]
            .cpus = {1};
    else
        host.files[change.path] = foreign_text(knob);
}

void reconcile_dead(World& world) {
    world.libvirt.kill_daemon();
    Call call;
    CHECK(reconcile(world.host, call));
}
} // namespace

TEST_CASE("each knob is described: key, source, example, and a file that it owns") {
    for_every_knob([](const Knob& knob) {
        CHECK(knob.key == knob.keys.front().key);
        CHECK_FALSE(knob.source.empty());
        CHECK_FALSE(knob.combine.words.empty());
        CHECK_FALSE(knob.keys.front().example.empty());
        for (const auto& spec : knob.keys) {
            const std::string key(spec.key);
            CAPTURE(key);
            CHECK_FALSE(spec.summary.empty());
        }
    });
}

TEST_CASE("what each knob writes into the ledger is read by the fast reader") {
    for_every_knob([](const Knob& knob) {
        KnobWorld world(knob);
        FakeVm vm = make_vm_for(knob, 1, 64);
        REQUIRE(world.libvirt.bring_up(world.host, vm));
        const std::string directory = std::string(Ledger::directory) + "/";
        for (const auto& [path, text] : world.host.files) {
            if (!path.starts_with(directory)) continue;
            CAPTURE(path);
            CHECK(parse_plain_toml(text, path));
        }
    });
}

TEST_CASE("the example of each knob changes the host, and only files that the plan names") {
    for_every_knob([](const Knob& knob) {
        if (!is_known_before(knob)) return;
        KnobWorld world(knob);
        FakeVm vm = make_vm_for(knob, 1, 64);
        auto before = world.host.snapshot();
        const Plan plan = plan_of_example(world, vm, knob);
        CHECK_FALSE(plan.notes.has_errors());
        REQUIRE(world.libvirt.call(vm, Step::prepare).code == ExitCode::done);
        REQUIRE(world.libvirt.call(vm, Step::start).code == ExitCode::done);
        if (knob.phase == Phase::started) {
            REQUIRE(world.libvirt.launch(vm));
            before = world.host.snapshot(); // without QEMU's own changes
            world.libvirt.call(vm, Step::started);
        }
        std::set<std::string> planned;
        for (const auto& change : plan.changes) {
            if (change.knob != knob.key && !needs_of(knob).empty()) continue;
            CHECK(change.knob == knob.key);
            CHECK(change.from != change.to);
            planned.insert(is_of_pools(knob) ? "pool " + change.target : change.path);
        }
        // only the admin knows what the program does
        if (knob.form == KnobForm::command) planned = {"/run/quiet"};
        auto changed = changed_files(before, world.host.snapshot());
        std::erase_if(changed, [&](const auto& path) {
            return !planned.contains(path) && is_beside(path, knob, plan.changes);
        });
        CHECK(are_as_planned(changed, planned));
    });
}

TEST_CASE("planning is deterministic and writes nothing") {
    for_every_knob([](const Knob& knob) {
        KnobWorld world(knob);
        const auto before = world.host.snapshot();
        const auto first = render_json(plan_of(world, make_vm_for(knob, 1, 64)));
        CHECK(first == render_json(plan_of(world, make_vm_for(knob, 1, 64))));
        CHECK(world.host.writes.empty());
        CHECK(world.host.snapshot() == before);
    });
}

TEST_CASE("the host reads as planned, and the next call writes nothing more") {
    for_every_knob([](const Knob& knob) {
        if (!is_known_before(knob)) return;
        KnobWorld world(knob);
        FakeVm vm = make_vm_for(knob, 1, 64);
        const Plan plan = plan_of_example(world, vm, knob);
        REQUIRE(world.libvirt.bring_up(world.host, vm));
        for (const auto& change : plan.changes) {
            if (shows_once_it_runs(change) || traits_of(knob.form).echo == Echo::silent) continue;
            auto ledger = world.ledger();
            if (is_of_pools(knob)) {
                CHECK(std::to_string(ledger.pools.at(0).wrote) == change.to);
                continue;
            }
            const auto* record = ledger.record(change.knob, change.target);
            REQUIRE(record != nullptr);
            const auto value = form_of(knob.form).read(world.host, *record);
            REQUIRE(value);
            CHECK(knob.same(*value, change.to));
        }
        CHECK(verify(world.host, world.ledger()).empty());
        world.host.writes.clear();
        world.libvirt.call(world.host, vm, "reconnect", "begin");
        CHECK(world.host.writes.empty());
    });
}

TEST_CASE("release leaves the host byte for byte as it was; a second one is harmless") {
    for_every_knob([](const Knob& knob) {
        KnobWorld world(knob);
        FakeVm vm = make_vm_for(knob, 1, 64);
        const auto before = world.host.snapshot();
        REQUIRE(world.libvirt.bring_up(world.host, vm));
        world.libvirt.bring_down(world.host, vm);
        CHECK(difference(before, world.host.snapshot()) == "");
        world.libvirt.bring_down(world.host, vm);
        CHECK(difference(before, world.host.snapshot()) == "");
        CHECK_FALSE(world.ledger().has_records());
    });
}

TEST_CASE(
    "under each governor and driver, values that a write changed beside its file are restored as well") {
    for_every_knob([](const Knob& knob) {
        for (const char* governor : {"schedutil", "conservative", "userspace", "performance", "powersave"})
            for (const bool keeps_preference : {false, true}) {
                CAPTURE(governor);
                CAPTURE(keeps_preference);
                KnobWorld world(knob);
                world.host.keeps_preference = keeps_preference;
                world.host.set_governor(governor);
                world.host.tune_by_hand();
                const auto before = world.host.snapshot();
                FakeVm one = make_vm_for(knob, 1, 64);
                FakeVm two = make_second_vm(knob);
                REQUIRE(world.libvirt.bring_up(world.host, one));
                REQUIRE(world.libvirt.bring_up(world.host, two));
                CHECK(verify(world.host, world.ledger()).empty());
                world.libvirt.bring_down(world.host, one);
                CHECK(verify(world.host, world.ledger()).empty());
                world.libvirt.bring_down(world.host, two);
                CHECK(difference(before, world.host.snapshot()) == "");
                CHECK_FALSE(world.ledger().has_records());
            }
    });
}

TEST_CASE("two VMs, in each order of stopping: the host ends as it began") {
    for_every_knob([](const Knob& knob) {
        for (const bool first_goes_first : {true, false}) {
            KnobWorld world(knob);
            const auto before = world.host.snapshot();
            FakeVm one = make_vm_for(knob, 1, 64);
            FakeVm two = make_second_vm(knob);
            REQUIRE(world.libvirt.bring_up(world.host, one));
            const auto with_one = world.host.snapshot();
            REQUIRE(world.libvirt.bring_up(world.host, two));
            world.libvirt.bring_down(world.host, first_goes_first ? one : two);
            CHECK(verify(world.host, world.ledger()).empty());
            if (!first_goes_first) CHECK(changed_files(with_one, world.host.snapshot()).empty());
            world.libvirt.bring_down(world.host, first_goes_first ? two : one);
            CHECK(difference(before, world.host.snapshot()) == "");
        }
    });
}

TEST_CASE(
    "another program's change during the lease is found by verify, reported at release and left alone") {
    for_every_knob([](const Knob& knob) {
        if (!is_known_before(knob)) return;
        if (is_of_pools(knob)) return;                      // pools share: tests/engine/lifecycle_test.cpp
        if (knob.form == KnobForm::sleep_inhibitor) return; // both values are known
        if (traits_of(knob.form).echo == Echo::none) return;
        KnobWorld world(knob);
        FakeVm vm = make_vm_for(knob, 1, 64);
        const Plan plan = plan_of_example(world, vm, knob);
        REQUIRE(world.libvirt.bring_up(world.host, vm));
        if (shows_once_it_runs(plan.changes.front()) || traits_of(knob.form).echo == Echo::silent) return;
        change_by_another(world.host, knob, plan.changes.front());
        const auto changed = world.host.snapshot();
        CHECK(verify(world.host, world.ledger()).size() == 1);
        world.libvirt.quit(vm);
        const auto outcome = world.libvirt.call(vm, Step::release);
        CHECK(outcome.code == ExitCode::done);
        CHECK(
            std::any_of(outcome.report.entries.begin(), outcome.report.entries.end(), [&](const auto& entry) {
                return entry.severity == Severity::warning && entry.knob == knob.key;
            }));
        const std::string& path = plan.changes.front().path;
        CHECK(world.host.snapshot()[path] == changed.at(path));
        CHECK_FALSE(world.ledger().has_records());
    });
}

TEST_CASE("a host without the knob's file: a best-effort policy starts with a warning, a required one is "
          "refused before any write") {
    for_every_knob([](const Knob& knob) {
        if (!is_known_before(knob)) return;
        for (const bool required : {false, true}) {
            // a switch is never required
            if (is_of_pools(knob) || (required && is_switch(knob))) continue;
            std::string policy = policy_for_knob(knob);
            if (required)
                // the knob's table, or its [[sysfs]] entry, is the last in the policy
                policy += "enforce = \"required\"\n";
            World world(policy);
            world.pool(1).persistent = 128;
            FakeVm vm = make_vm_for(knob, 1, 64);
            const Plan plan = plan_of_example(world, vm, knob);
            const bool is_for_what_there_is =
                std::any_of(plan.claims.begin(), plan.claims.end(), [](const Claim& claim) {
                    return claim.is_for_every_target() || claim.is_open();
                });
            if (is_for_what_there_is) continue; // without targets, there is nothing to do
            for (const auto& change : plan.changes)
                take_away(world.host, knob, change);
            const auto before = world.host.snapshot();
            const auto outcome = world.libvirt.call(vm, Step::prepare);
            CHECK((outcome.code == ExitCode::done) == !required);
            CHECK(world.host.writes.empty());
            world.libvirt.bring_down(world.host, vm);
            CHECK(difference(before, world.host.snapshot()) == "");
        }
    });
}

TEST_CASE(
    "killed or failing at every access of a start under each knob alone, then reconcile: nothing is left") {
    for_every_knob([](const Knob& knob) {
        KnobWorld model(knob);
        FakeVm sample = make_vm_for(knob, 1, 64);
        FaultyHost counter(model.host, FaultyHost::Fault::none, 0);
        REQUIRE(model.libvirt.bring_up(counter, sample));
        for (const auto fault :
             {FaultyHost::Fault::die_before, FaultyHost::Fault::die_after, FaultyHost::Fault::fail})
            for (unsigned at = 1; at <= counter.accesses(); ++at) {
                CAPTURE(at);
                KnobWorld world(knob);
                FakeVm vm = make_vm_for(knob, 1, 64);
                const auto before = world.host.snapshot();
                FaultyHost faulty(world.host, fault, at);
                try {
                    world.libvirt.bring_up(faulty, vm);
                } catch (const Died&) {
                }
                world.libvirt.quit(vm);
                reconcile_dead(world);
                CHECK(difference(before, world.host.snapshot()) == "");
                CHECK(world.ledger().leases.empty());
            }
    });
}

TEST_CASE("each key reports its position when its value has a wrong type, word or range") {
    for (const auto& spec : policy_keys()) {
        const std::string key(spec.key);
        CAPTURE(key);
        const auto dot = key.find('.');
        if (dot == std::string::npos) continue;
        const std::string head = "version = 1\n[" + key.substr(0, dot) + "]\n" + key.substr(dot + 1) + " = ";
        std::vector<std::string> wrong{"{ a = 1 }", "1979-05-27", "\"\"", "[ \"x\", \"y\" ]", "1.5"};
        if ((spec.kinds & an_integer) != 0) {
            wrong.push_back(std::to_string(spec.maximum + 1));
            wrong.push_back(std::to_string(spec.minimum - 1));
        }
        if (spec.longest.count() != 0) {
            const std::string longer = format_time(spec.longest + std::chrono::microseconds(1));
            for (const auto& time : {longer, std::string("1440min"), std::string("9223372036854775807us")})
                wrong.push_back('"' + time + '"');
        }
        if ((spec.kinds & a_name) == 0) wrong.emplace_back("\"no such word\"");
        for (const auto& value : wrong) {
            CAPTURE(value);
            const auto policy = read_policy(head + value + "\n", "p.toml", "p", policy_keys());
            REQUIRE_FALSE(policy);
            const std::string text = policy.error().text();
            CHECK(text.starts_with("p.toml:3:"));
            CHECK(text.find(key) != std::string::npos);
        }
    }
}

TEST_CASE("\"leave\" takes a knob out that a base policy sets") {
    for_every_knob([](const Knob& knob) {
        const auto dot = knob.key.find('.');
        if (dot == std::string_view::npos) return; // [[sysfs]] is an array, which replaces the base's
        World world(
            "version = 1\nextends = \"base\"\n[match]\ndomain = \"vm*\"\n[hugepages]\nreserve = \"leave\"\n" +
            (is_of_pools(knob) ? std::string()
                               : "[" + std::string(knob.key.substr(0, dot)) + "]\n" +
                                     std::string(knob.key.substr(dot + 1)) + " = \"leave\"\n"));
        std::string base = policy_for_knob(knob);
        base.replace(base.find("vm*"), 3, "nobody");
        world.host.files["/etc/hostlease/base.toml"] = base;
        const auto changes = plan_of(world, make_vm_for(knob, 1, 64)).changes;
        CHECK(std::none_of(changes.begin(), changes.end(), [&](const Change& change) {
            return change.knob == knob.key || needs_of(knob).empty();
        }));
    });
}

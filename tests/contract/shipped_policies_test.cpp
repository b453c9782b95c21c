// The policies in policies/: each is valid, extends existing policies, and plans a pinned VM on the fake
// host.
#include "engine/policy_store.hpp"
#include "support/shipped_policies.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <sstream>

using namespace hostlease;
using namespace hostlease::test;

namespace {
/// A host with all shipped policies, and one more that extends `base` for the domain vm1.
struct ShippedWorld : World {
    explicit ShippedWorld(const std::string& base) : World(policy_extending(base, "vm1")) {
        add_shipped_policies(host);
        host.partitions.enable(); // realtime requires them
    }
};
} // namespace

TEST_CASE("each shipped policy is valid, and explains each line in a comment") {
    for (const auto& [name, text] : shipped_texts()) {
        CAPTURE(name);
        ShippedWorld world(name);
        const auto policy = load_policy(world.host, World::policy_file);
        if (!policy) FAIL(policy.error().text());
        std::istringstream lines(text);
        bool explained = false;
        for (std::string line; std::getline(lines, line);) {
            const bool is_key = line.find(" = ") != std::string::npos && !line.starts_with('#');
            const bool needs_none = line.starts_with("version") || line.starts_with("extends");
            const bool has_comment = line.find('#') != std::string::npos;
            CAPTURE(line);
            if (is_key && !needs_none && name != "reference") CHECK((has_comment || explained));
            explained = line.starts_with('#');
        }
    }
}

TEST_CASE("each shipped policy plans, starts and releases a pinned VM") {
    for (const auto& [name, text] : shipped_texts()) {
        CAPTURE(name);
        ShippedWorld world(name);
        FakeVm vm = make_vm(1, 64);
        const auto before = world.host.snapshot();
        const auto prepared = world.libvirt.call(vm, Step::prepare);
        CAPTURE(prepared.reason);
        CHECK(prepared.code == ExitCode::done);
        CHECK(std::none_of(prepared.report.entries.begin(), prepared.report.entries.end(),
                           [](const auto& entry) { return entry.severity == Severity::error; }));
        REQUIRE(world.libvirt.bring_up(world.host, vm));
        CHECK((name == "reference" || world.host.snapshot() != before));
        world.libvirt.bring_down(world.host, vm);
        CHECK(difference(before, world.host.snapshot()) == "");
    }
}

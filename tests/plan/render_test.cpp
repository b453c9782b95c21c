#include "plan/render.hpp"

#include "support/builders.hpp"

#include <doctest/doctest.h>
#include <set>

using namespace hostlease;
using namespace hostlease::test;

namespace {
Plan example() {
    Plan plan;
    plan.domain = "win11";
    plan.uuid = "11111111-2222-3333-4444-555555555555";
    plan.policy = "low-latency";
    plan.policy_file = "/etc/hostlease/win11.toml";
    plan.pools = {{{0, GiB}, 8, 2, 1, 7, 0, 3 * GiB},
                  {{1, 2 * MiB}, 1024, 4096, 0, 0, 0, 10 * GiB + 512 * MiB}};
    plan.changes = {
        {"hugepages.reserve", "node0/hugepages-1048576kB",
         "/sys/devices/system/node/node0/hugepages/hugepages-1048576kB/nr_hugepages", "2", "9",
         Phase::prepare, "8 pages of 1 GiB needed, 2 free, 1 promised to other VMs"},
        {"memory.ksm", "run", "/sys/kernel/mm/ksm/run", "1", "0", Phase::start, "memory.ksm = off"}};
    plan.notes.warning({"win11.toml", 9, 1}, "say \"hello\"", "a\\b");
    plan.notes.error({"win11.toml", 3, 5}, "not enough huge pages", "the largest size that fits is 1 GiB");
    return plan;
}

/// The keys of all objects at this depth, in any order; strings must not contain braces.
std::set<std::string> keys_at(const std::string& json, int depth) {
    std::set<std::string> keys;
    int now = 0;
    for (std::size_t at = 0; at < json.size(); ++at) {
        if (json[at] == '{') ++now;
        if (json[at] == '}') --now;
        if (json[at] != '"') continue;
        const auto first = at + 1;
        for (++at; json[at] != '"'; ++at)
            if (json[at] == '\\') ++at;
        const auto next = json.find_first_not_of(" \n", at + 1);
        if (now == depth && next != std::string::npos && json[next] == ':')
            keys.insert(json.substr(first, at - first));
    }
    return keys;
}
} // namespace

TEST_CASE("a plan as text is two aligned tables under its names; the first one says why pages are reserved") {
    auto plan = example();
    plan.notes = {};
    CHECK(render_text(plan) == R"(domain win11 (11111111-2222-3333-4444-555555555555)
policy low-latency (/etc/hostlease/win11.toml)

  huge pages   needed  free  promised  to grow  left for the host
  node0 1 GiB  8       2     1         7        3 GiB
  node1 2 MiB  1024    4096  0         0        10.5 GiB

  phase    knob               from  to  file  why
  prepare  hugepages.reserve  2     9   /sys/devices/system/node/node0/hugepages/hugepages-1048576kB/nr_hugepages
  start    memory.ksm         1     0   /sys/kernel/mm/ksm/run  memory.ksm = off
)");
}

TEST_CASE("changes that differ only in their targets are one row, and separate in JSON") {
    const auto slice = [](const std::string& name, const std::string& from) {
        return Change{"cpus.isolate", name,       "/sys/fs/cgroup/" + name + "/cpuset.cpus", from, "0-5",
                      Phase::start,   "keeps off"};
    };
    const auto policy = [](const std::string& number) {
        return Change{"power.governor",
                      "policy" + number,
                      "/sys/devices/system/cpu/cpufreq/policy" + number + "/scaling_governor",
                      "schedutil",
                      "performance",
                      Phase::start,
                      "pinned"};
    };
    auto plan = example();
    plan.notes = {};
    plan.pools.clear();
    plan.changes = {slice("a.slice", "0-7"),
                    slice("b.slice", "0-6"),
                    slice("c.slice", "0-7"),
                    policy("4"),
                    policy("5"),
                    policy("7")};
    const std::string rows = R"(
  phase  knob            from       to           file  why
  start  cpus.isolate    0-7        0-5          /sys/fs/cgroup/{a.slice, c.slice}/cpuset.cpus  keeps off
  start  cpus.isolate    0-6        0-5          /sys/fs/cgroup/b.slice/cpuset.cpus
  start  power.governor  schedutil  performance  /sys/devices/system/cpu/cpufreq/policy{4-5,7}/scaling_governor  pinned
)";
    CHECK(render_text(plan).ends_with(rows));
    CHECK(
        render_text(std::span<const Change>(plan.changes).subspan(3, 2)) ==
        R"(  knob            from       to           file                                                          why
  power.governor  schedutil  performance  /sys/devices/system/cpu/cpufreq/policy{4-5}/scaling_governor  pinned
)");
    CHECK(change_rows(plan.changes).size() == 6);
    plan.changes[4].phase = Phase::started; // another phase is another row
    CHECK(render_text(plan).find("policy{4,7}") != std::string::npos);
}

TEST_CASE("no line of a plan is wider than a terminal, and no reason that the row lacks is lost") {
    const std::string reason =
        "because of a reason that has many more words than there is room for behind the name of the file " +
        std::string("and therefore is on lines of its own");
    const auto slice = [&](const std::string& name) {
        return Change{"cpus.isolate", name,  "/sys/fs/cgroup/" + name + "/cpuset.cpus", name, "0-5",
                      Phase::start,   reason};
    };
    auto plan = example();
    plan.notes = {};
    plan.changes = {slice("a.slice"), slice("b.slice")};
    plan.changes.push_back({"sysfs", "x",
                            "/sys/devices/" + std::string(60, 'p') + "/" + std::string(60, 'q') + "/value",
                            "0", "1", Phase::start, "[[sysfs]] entry"});
    const auto text = render_text(plan);
    CHECK(text.find("/a.slice/cpuset.cpus\n    because of") != std::string::npos);
    CHECK(text.find("because of") == text.rfind("because of")); // the next row does not repeat it
    CHECK(text.find("own\n") != std::string::npos);             // its last word
    CHECK(text.find(".../" + std::string(60, 'q') + "/value") != std::string::npos);
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
        CHECK(text.find('\n', at) - at <= 120);
}

TEST_CASE("nodes with the same account are one row, with the minimum and maximum of the rest") {
    auto plan = example();
    plan.notes = {};
    plan.changes.clear();
    plan.pools = {{{0, GiB}, 8, 0, 0, 8, 0, 3 * GiB},     {{1, GiB}, 8, 0, 0, 8, 0, 5 * GiB},
                  {{2, GiB}, 8, 1, 0, 7, 0, 5 * GiB},     {{3, GiB}, 8, 0, 0, 8, 0, 4 * GiB},
                  {{4, 2 * MiB}, 8, 0, 0, 8, 0, 3 * GiB}, {{5, 2 * MiB}, 8, 0, 0, 8, 0, 3 * GiB}};
    CHECK(render_text(plan).ends_with(R"(
  huge pages         needed  free  promised  to grow  left for the host
  node{0-1,3} 1 GiB  8       0     0         8        3 GiB to 5 GiB
  node2 1 GiB        8       1     0         7        5 GiB
  node{4-5} 2 MiB    8       0     0         8        3 GiB

nothing to change
)"));
}

TEST_CASE("the files of a cgroup are one row if only their values differ") {
    const auto file = [](const std::string& vcpu, const std::string& name, const std::string& to) {
        return Change{
            "cpus.method",  name + " " + vcpu, "/sys/fs/cgroup/*/" + vcpu + "/cpuset.cpus." + name, "", to,
            Phase::started, "the VM's"};
    };
    auto plan = example();
    plan.pools.clear();
    plan.notes = {};
    plan.changes = {file("libvirt", "exclusive", "0,6-7"), file("libvirt", "partition", "root"),
                    file("vcpu0", "exclusive", "6"),       file("vcpu0", "partition", "isolated"),
                    file("vcpu1", "exclusive", "7"),       file("vcpu1", "partition", "isolated")};
    CHECK(render_text(plan).ends_with(R"(
  phase    knob         from  to        file                                                          why
  started  cpus.method        root      /sys/fs/cgroup/*/libvirt/cpuset.cpus.{exclusive,partition}    the VM's
  started  cpus.method        isolated  /sys/fs/cgroup/*/vcpu{0-1}/cpuset.cpus.{exclusive,partition}  the VM's
)"));
    plan.changes[1].from = "member"; // another old value is another row
    CHECK(render_text(plan).find("libvirt/cpuset.cpus.partition") != std::string::npos);
}

TEST_CASE("values and files that are too wide for a row are on lines below it") {
    std::string cpus;
    for (unsigned cpu = 100; cpu < 160; cpu += 2)
        cpus += (cpus.empty() ? "" : ",") + std::to_string(cpu);
    auto plan = example();
    plan.pools.clear();
    plan.notes = {};
    plan.changes = {
        {"kernel.watchdog", "w", "/proc/sys/kernel/watchdog", "0-255", cpus, Phase::start, "why not"}};
    for (unsigned number = 100; number < 160; number += 2)
        plan.changes.push_back({"irqs.affinity", std::to_string(number) + " x",
                                "/proc/irq/" + std::to_string(number) + "/smp_affinity_list", "0-255", "0-7",
                                Phase::start, "because"});
    const auto text = render_text(plan);
    CHECK(text.find("  start  kernel.watchdog  0-255  ...  /proc/sys/kernel/watchdog\n    to 100,102,") !=
          std::string::npos);
    CHECK(text.find("  start  irqs.affinity    0-255  0-7\n    /proc/irq/{100,102,") != std::string::npos);
    CHECK(text.find("158}/smp_affinity_list\n") != std::string::npos);
    CHECK(text.find("why not") != std::string::npos);
    CHECK(text.find("because") != std::string::npos);
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
        CHECK(text.find('\n', at) - at <= 120);
}

TEST_CASE("a plan without changes says so") {
    auto plan = example();
    plan.notes = {};
    plan.changes.clear();
    plan.pools.clear();
    CHECK(render_text(plan) == "domain win11 (11111111-2222-3333-4444-555555555555)\n"
                               "policy low-latency (/etc/hostlease/win11.toml)\n"
                               "\n"
                               "nothing to change\n");
}

TEST_CASE("a plan is plain text whatever the VM's name is") {
    auto plan = example();
    plan.domain = "win\xc2\x9b\t11";
    plan.changes[0].target = plan.changes[0].path = "/sys/\xc2\x9b";
    CHECK(render_text(plan).starts_with("domain win???11 ("));
    CHECK(render_text(plan).find("\xc2\x9b") == std::string::npos);
}

TEST_CASE("a plan that would be refused shows its pools and no changes") {
    auto plan = example();
    CHECK(render_text(plan).find("to grow") != std::string::npos);
    CHECK(render_text(plan).find("memory.ksm") == std::string::npos);
    CHECK(render_text(plan).find("nothing to change") == std::string::npos);
}

TEST_CASE("a plan as JSON") {
    CHECK(render_json(example()) == R"({
  "changes": [
    {
      "from": "2",
      "knob": "hugepages.reserve",
      "path": "/sys/devices/system/node/node0/hugepages/hugepages-1048576kB/nr_hugepages",
      "phase": "prepare",
      "target": "node0/hugepages-1048576kB",
      "to": "9",
      "why": "8 pages of 1 GiB needed, 2 free, 1 promised to other VMs"
    },
    {
      "from": "1",
      "knob": "memory.ksm",
      "path": "/sys/kernel/mm/ksm/run",
      "phase": "start",
      "target": "run",
      "to": "0",
      "why": "memory.ksm = off"
    }
  ],
  "domain": "win11",
  "errors": [
    "win11.toml:3:5: error: not enough huge pages\n  hint: the largest size that fits is 1 GiB"
  ],
  "policy": "low-latency",
  "pools": [
    {
      "free": 2,
      "grow": 7,
      "left_for_host": 3221225472,
      "missing": 0,
      "needed": 8,
      "node": 0,
      "page_size": 1073741824,
      "promised": 1
    },
    {
      "free": 4096,
      "grow": 0,
      "left_for_host": 11274289152,
      "missing": 0,
      "needed": 1024,
      "node": 1,
      "page_size": 2097152,
      "promised": 0
    }
  ],
  "uuid": "11111111-2222-3333-4444-555555555555",
  "warnings": [
    "win11.toml:9:1: warning: say \"hello\"\n  hint: a\\b"
  ]
}
)");
}

TEST_CASE("the JSON has exactly the documented keys") {
    const auto json = render_json(example());
    CHECK(keys_at(json, 1) ==
          std::set<std::string>{"domain", "uuid", "policy", "changes", "pools", "warnings", "errors"});
    auto plan = example();
    plan.pools.clear();
    CHECK(keys_at(render_json(plan), 2) ==
          std::set<std::string>{"knob", "target", "path", "from", "to", "phase", "why"});
    plan = example();
    plan.changes.clear();
    CHECK(keys_at(render_json(plan), 2) == std::set<std::string>{"node", "page_size", "needed", "free",
                                                                 "promised", "grow", "missing",
                                                                 "left_for_host"});
}

TEST_CASE("an empty plan as JSON has all its keys and empty lists") {
    CHECK(render_json(Plan{}) == R"({
  "changes": [],
  "domain": "",
  "errors": [],
  "policy": "",
  "pools": [],
  "uuid": "",
  "warnings": []
}
)");
}

TEST_CASE("progress is shown in bytes, with a rate once there is one") {
    using namespace std::chrono_literals;
    CHECK(render_progress(GiB, 16 * GiB, 0, 2s) == "huge pages: 1 GiB of 16 GiB");
    CHECK(render_progress(4 * GiB, 16 * GiB, 4 * GiB, 2s) ==
          "huge pages: 4 GiB of 16 GiB, 2 GiB/s, 6 s left");
    CHECK(render_progress(16 * GiB, 16 * GiB, 16 * GiB, 4s) ==
          "huge pages: 16 GiB of 16 GiB, 4 GiB/s, 0 s left");
    CHECK(render_progress(20 * GiB, 16 * GiB, 20 * GiB, 4s) ==
          "huge pages: 20 GiB of 16 GiB, 5 GiB/s, 0 s left");
}

// The CPUs of top-level cgroups, with a systemd and a kernel that do not report all refusals.
#include "engine/form.hpp"
#include "support/fake_host.hpp"
#include "support/faulty_host.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const Form& form = form_of(KnobForm::unit_cpus);
const std::string runtime = "/run/systemd/system.control/system.slice.d/";

KnobRecord record_of(const std::string& name) {
    KnobRecord record;
    record.knob = "cpus.isolate";
    record.target = name;
    record.path = "/sys/fs/cgroup/" + name + "/cpuset.cpus";
    record.baseline = record.wrote = "0-7";
    return record;
}

/// A host with one leased unit, whose baseline is read like the engine does.
struct LeasedUnit {
    FakeHost host;
    KnobRecord record;
    std::map<std::string, std::string> before;

    explicit LeasedUnit(const std::string& name = "system.slice") : record(record_of(name)) {}

    void adopt() {
        record.baseline = record.wrote = form.read(host, record).value();
        before = host.snapshot();
    }
    Status write(Host& on, const std::string& value) { return form.write(on, record, value); }
    /// Ends a lease like the engine: restores the baseline if necessary, then removes what is left beside it.
    Status give_back(Host& on) {
        const std::string current = TRY(form.read(on, record));
        if (current != record.baseline) TRY_VOID(form.write(on, record, record.baseline));
        return form.forget(on, record);
    }
    [[nodiscard]] std::string tasks() const { return to_list(host.cgroups.task_cpus(record.target)); }
    [[nodiscard]] std::string left_behind() { return difference(before, host.snapshot()); }
};

/// Earlier settings of an admin, as drop-ins of system.slice that systemd has read.
struct Admin {
    std::vector<std::pair<std::string, std::string>> drop_ins; // path, CPUs
    std::string baseline;
};

const std::vector<Admin> admins{
    {{}, "0-7"},
    {{{"/etc/systemd/system/system.slice.d/10-x.conf", "0-5"}}, "0-5"},
    {{{"/etc/systemd/system/system.slice.d/99-x.conf", "0-5"}}, "0-5"},
    {{{"/run/systemd/system.control/system.slice.d/50-AllowedCPUs.conf", "0-5"}}, "0-5"},
    {{{"/etc/systemd/system.control/system.slice.d/50-AllowedCPUs.conf", "0-5"}}, "0-5"},
    {{{"/etc/systemd/system/system.slice.d/10-x.conf", "0-2"},
      {"/etc/systemd/system/system.slice.d/20-x.conf", "5"},
      {"/run/systemd/system.control/system.slice.d/50-AllowedCPUs.conf", ",0-4"}},
     "0-4"},
    {{{"/run/systemd/system.control/system.slice.d/50-AllowedCPUs.conf", "0-7"}}, "0-7 (set)"}};

void set_up(LeasedUnit& unit, const Admin& admin) {
    for (const auto& [path, cpus] : admin.drop_ins) {
        unit.host.directories.insert(path.substr(0, path.rfind('/')));
        const bool resets = cpus.starts_with(',');
        unit.host.files[path] =
            std::string(resets ? "AllowedCPUs=\n" : "") + "AllowedCPUs=" + cpus.substr(resets ? 1 : 0) + "\n";
    }
    unit.host.cgroups.daemon_reload();
    unit.host.cgroups.realize();
    unit.adopt();
    REQUIRE(unit.record.baseline == admin.baseline);
}

template <typename Act>
void for_every_admin(Act act) {
    for (std::size_t index = 0; index < admins.size(); ++index) {
        CAPTURE(index);
        for (const bool can_clear : {false, true}) {
            CAPTURE(can_clear);
            LeasedUnit unit;
            unit.host.cgroups.can_clear = can_clear;
            set_up(unit, admins[index]);
            act(unit);
        }
    }
}
} // namespace

TEST_CASE("the targets are the top-level cgroups with tasks that do not belong to VMs") {
    FakeHost host;
    host.cgroups.add("kubepods.slice");
    host.cgroups.add("docker");
    host.cgroups.add("vms.slice");
    host.directories.insert("/sys/fs/cgroup/vms.slice/vms-fast.slice/machine-qemu\\x2d1\\x2dvm1.scope");
    std::string names;
    const auto targets = form.targets(host).value();
    for (const auto& target : targets)
        names += target.target + " ";
    CHECK(names == "docker init.scope kubepods.slice system.slice user.slice ");
}

TEST_CASE("a host without the cpuset controller of cgroup v2 has no targets") {
    FakeHost host;
    host.files["/sys/fs/cgroup/cgroup.controllers"] = "cpu io\n";
    CHECK(form.targets(host).value().empty());
    host.files.erase("/sys/fs/cgroup/cgroup.controllers");
    CHECK(form.targets(host).value().empty());
}

TEST_CASE("unset CPUs, or a missing controller, read as all possible CPUs; a missing cgroup is no target") {
    LeasedUnit unit;
    CHECK(form.read(unit.host, unit.record).value() == "0-7");
    unit.host.files["/sys/fs/cgroup/cgroup.subtree_control"] = "cpu io\n";
    unit.host.files.erase(unit.record.path);
    CHECK(form.read(unit.host, unit.record).value() == "0-7");
    unit.host.cgroups.remove("system.slice");
    const auto gone = form.read(unit.host, unit.record);
    REQUIRE_FALSE(gone);
    CHECK(is_missing(gone.error()));
}

TEST_CASE("the admin's settings are restored, in the kernel, in systemd and after a daemon-reload") {
    for_every_admin([](LeasedUnit& unit) {
        REQUIRE(unit.write(unit.host, "0-3"));
        CHECK(unit.tasks() == "0-3");
        REQUIRE(unit.give_back(unit.host));
        CHECK(unit.left_behind() == "");
        unit.host.cgroups.daemon_reload();
        unit.host.cgroups.realize();
        CHECK(unit.left_behind() == "");
    });
}

TEST_CASE("a daemon-reload during the lease changes nothing, whatever the admin's drop-ins are called") {
    for_every_admin([](LeasedUnit& unit) {
        REQUIRE(unit.write(unit.host, "0-3"));
        unit.host.cgroups.daemon_reload();
        unit.host.cgroups.realize();
        CHECK(form.read(unit.host, unit.record).value() == "0-3");
        REQUIRE(unit.write(unit.host, "0-1"));
        unit.host.cgroups.daemon_reload();
        unit.host.cgroups.realize();
        CHECK(form.read(unit.host, unit.record).value() == "0-1");
        REQUIRE(unit.give_back(unit.host));
        CHECK(unit.left_behind() == "");
    });
}

TEST_CASE("killed or failing at every access of a lease: another restore leaves nothing") {
    for (const auto& admin : admins)
        for (const auto fault :
             {FaultyHost::Fault::die_before, FaultyHost::Fault::die_after, FaultyHost::Fault::fail})
            for (unsigned at = 1;; ++at) {
                CAPTURE(at);
                LeasedUnit unit;
                set_up(unit, admin);
                FaultyHost faulty(unit.host, fault, at);
                try {
                    if (unit.write(faulty, "0-3")) static_cast<void>(unit.give_back(faulty));
                } catch (const Died&) {
                }
                REQUIRE(unit.give_back(unit.host));
                CHECK(unit.left_behind() == "");
                if (faulty.accesses() < at) break;
            }
}

TEST_CASE("systemd accepts and the kernel refuses: the write fails") {
    LeasedUnit unit;
    unit.adopt();
    unit.host.cgroups.refusing = {"system.slice"};
    const auto written = unit.write(unit.host, "0-3");
    REQUIRE_FALSE(written);
    CHECK(written.error().text() == "system.slice was to have the CPUs 0-3, and the kernel has it at 0-7");
    unit.host.cgroups.refusing.clear();
    REQUIRE(unit.give_back(unit.host));
    CHECK(unit.left_behind() == "");
}

TEST_CASE("CPUs are cleared only when all are restored; otherwise tasks would stay confined without a "
          "visible reason") {
    LeasedUnit unit;
    unit.host.cgroups.delegated = false;
    unit.host.cgroups.can_clear = true;
    unit.adopt();
    REQUIRE(unit.write(unit.host, "0-3"));
    REQUIRE(unit.host.set_unit_cpus("system.slice", {}));
    CHECK(unit.tasks() == "0-3"); // another program has caused the state that the rule is about
    CHECK(form.read(unit.host, unit.record).value() == "0-7");
    REQUIRE(unit.give_back(unit.host));
    CHECK(unit.tasks() == "0-7");
    CHECK(unit.left_behind() == "");
}

TEST_CASE(
    "without a delegated unit the controller comes and goes with the lease, and tasks are free after it") {
    for (const bool can_clear : {false, true}) {
        LeasedUnit unit;
        unit.host.cgroups.delegated = false;
        unit.host.cgroups.can_clear = can_clear;
        REQUIRE(unit.host.set_unit_cpus("user.slice", {0, 1}));
        REQUIRE(unit.host.set_unit_cpus("user.slice", CpuSet::range(0, 7)));
        REQUIRE(unit.host.set_unit_cpus("user.slice", {}));
        CHECK_FALSE(unit.host.files.contains(unit.record.path));
        unit.adopt();
        REQUIRE(unit.write(unit.host, "0-3"));
        CHECK(unit.tasks() == "0-3");
        REQUIRE(unit.give_back(unit.host));
        CHECK(unit.tasks() == "0-7");
        CHECK_FALSE(unit.host.files.contains(unit.record.path));
    }
}

TEST_CASE("a value that another program set stays, and our drop-ins are removed") {
    LeasedUnit unit;
    unit.adopt();
    REQUIRE(unit.write(unit.host, "0-3"));
    REQUIRE(unit.host.set_unit_cpus("system.slice", {2, 3}));
    REQUIRE(form.forget(unit.host, unit.record));
    CHECK(form.read(unit.host, unit.record).value() == "2-3");
    CHECK(unit.host.files.contains(runtime + "50-AllowedCPUs.conf"));
    CHECK_FALSE(unit.host.files.contains(runtime + "zz-hostlease.conf"));
}

TEST_CASE("a unit that stopped during the lease starts without our CPUs") {
    LeasedUnit unit("custom.slice");
    unit.host.cgroups.add("custom.slice");
    unit.adopt();
    REQUIRE(unit.write(unit.host, "0-3"));
    unit.host.cgroups.remove("custom.slice");
    REQUIRE(form.forget(unit.host, unit.record));
    unit.host.cgroups.add("custom.slice");
    CHECK(unit.tasks() == "0-7");
    CHECK(unit.left_behind() == "");
}

TEST_CASE("drafts of a process that died while it wrote its drop-in are removed, too") {
    LeasedUnit unit("init.scope");
    unit.adopt();
    REQUIRE(unit.write(unit.host, "0-3"));
    unit.host.files["/run/systemd/system.control/init.scope.d/.zz-hostlease.conf.tmp"] = "";
    unit.host.files["/run/systemd/transient/init.scope.d/.50-AllowedCPUs.conf.before-hostlease.tmp"] = "";
    REQUIRE(unit.give_back(unit.host));
    CHECK(unit.left_behind() == "");
    CHECK_FALSE(unit.host.directories.contains("/run/systemd/system.control/init.scope.d"));
}

TEST_CASE("init.scope, whose drop-in systemd keeps elsewhere") {
    LeasedUnit unit("init.scope");
    unit.adopt();
    REQUIRE(unit.write(unit.host, "0-3"));
    CHECK(unit.host.files.contains("/run/systemd/transient/init.scope.d/50-AllowedCPUs.conf"));
    CHECK(unit.host.files["/run/systemd/system.control/init.scope.d/zz-hostlease.conf"].find("[Scope]\n") !=
          std::string::npos);
    REQUIRE(unit.give_back(unit.host));
    CHECK(unit.left_behind() == "");
    CHECK_FALSE(unit.host.directories.contains("/run/systemd/transient/init.scope.d"));
    CHECK_FALSE(unit.host.directories.contains("/run/systemd/system.control/init.scope.d"));
}

TEST_CASE("cgroups that are not units, and hosts without systemd, are written as files") {
    for (const bool has_systemd : {true, false})
        for (const bool has_controller : {true, false}) {
            CAPTURE(has_systemd);
            CAPTURE(has_controller);
            LeasedUnit unit(has_systemd ? "docker" : "system.slice");
            unit.host.cgroups.add("docker");
            if (!has_systemd) unit.host.directories.erase("/run/systemd/system");
            if (!has_controller) {
                unit.host.files["/sys/fs/cgroup/cgroup.subtree_control"] = "cpu io\n";
                std::erase_if(unit.host.files,
                              [](const auto& file) { return file.first.ends_with("/cpuset.cpus"); });
            }
            unit.adopt();
            REQUIRE(unit.write(unit.host, "0-3"));
            CHECK(unit.tasks() == "0-3");
            REQUIRE(unit.give_back(unit.host));
            CHECK(unit.left_behind() == "");
            CHECK_FALSE(unit.host.directories.contains("/run/systemd/system.control"));
        }
}

TEST_CASE("CPUs that are in a partition or offline are not missed in a restore") {
    LeasedUnit unit;
    unit.adopt();
    REQUIRE(unit.write(unit.host, "0-3"));
    unit.host.cgroups.isolated = {6, 7};
    unit.host.files["/sys/devices/system/cpu/online"] = "0-4,6-7\n";
    REQUIRE(unit.give_back(unit.host));
    CHECK(unit.tasks() == "0-4");
}

TEST_CASE("only a form that leaves more than the value can remove it") {
    for (const Knob* knob : all_knobs())
        CHECK(traits_of(knob->form).leaves_more == (form_of(knob->form).forget != nullptr));
}

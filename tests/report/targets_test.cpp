#include "advice/report/targets.hpp"

#include "core/units.hpp"

#include <doctest/doctest.h>

using namespace hostlease;

namespace {
Figure figure(std::string_view group, std::string subject, std::string_view quantity,
              std::optional<double> value) {
    for (const auto& kind : figure_kinds())
        if (kind.group == group && kind.quantity == quantity)
            return {&kind, std::move(subject), value, value ? "" : "no reason"};
    FAIL("there is no such figure");
    return {};
}

const GuestSize guest{4, 8 * GiB};

TargetResult judged(std::string_view name, const std::vector<Figure>& figures, const GuestSize& size = guest,
                    const Policy* policy = nullptr) {
    for (auto& result : judge_targets(figures, size, policy))
        if (result.spec->name == name) return result;
    FAIL("there is no such target");
    return {};
}
} // namespace

TEST_CASE("targets: below the first value is good, up to the second acceptable, above it poor") {
    const auto grade = [](double steal) {
        return judged("steal", {figure("vcpu", "0", "delay", steal)}).grade();
    };
    CHECK(grade(0.9) == Grade::pass);
    CHECK(grade(1) == Grade::acceptable);
    CHECK(grade(5) == Grade::acceptable);
    CHECK(grade(5.1) == Grade::fail);
}

TEST_CASE("targets: the worst of all vCPUs and disks counts, without those that could not be measured") {
    CHECK(judged("steal", {figure("vcpu", "0", "delay", {}), figure("vcpu", "1", "delay", 3),
                           figure("vcpu", "2", "delay", 2)})
              .value == Known<double>{3, ""});
    const std::vector<Figure> disks{figure("block", "vda", "read_latency", 2),
                                    figure("block", "vda", "write_latency", 12),
                                    figure("block", "vdb", "flush_latency", 90)};
    CHECK(judged("disk_latency", disks).value.value == 12);
    CHECK(judged("disk_latency", disks).grade() == Grade::acceptable);
}

TEST_CASE("targets: QEMU's CPU time is compared with that of all the guest's vCPUs") {
    CHECK(judged("idle_cpu", {figure("cpu", "", "total", 16)}).value.value == 4);
    CHECK(judged("idle_cpu", {figure("cpu", "", "total", 16)}, {{}, {}}).value ==
          Known<double>{{}, "the number of vCPUs is unknown"});
}

TEST_CASE(
    "targets: memory pressure is the memory that the guest could not provide, as a share of its memory") {
    const std::vector<Figure> figures{figure("memory", "", "balloon_taken", 4.0 * GiB),
                                      figure("memory", "", "guest_usable", 1.0 * GiB)};
    CHECK(judged("memory_pressure", figures).value.value == 75);
    CHECK(judged("memory_pressure", figures, {4, {}}).grade() == std::nullopt);
}

TEST_CASE("targets: no value is invented") {
    for (const auto& result : judge_targets({}, guest, nullptr)) {
        CHECK_FALSE(result.grade());
        const bool is_boot = result.spec->name == "boot_time";
        CHECK(result.value.absent == (is_boot ? "use --boot while the VM starts" : "not measured"));
    }
    CHECK(judged("steal", {figure("vcpu", "0", "delay", {})}).value.absent == "no reason");
}

TEST_CASE("targets: a policy sets its own, and only these can be missed") {
    Policy policy;
    policy.report = {{"idle_cpu", 1, 2, {}}};
    const std::vector<Figure> figures{figure("cpu", "", "total", 16), figure("vcpu", "0", "delay", 50)};
    CHECK(judged("idle_cpu", figures).grade() == Grade::pass);
    CHECK(judged("idle_cpu", figures, guest, &policy).grade() == Grade::fail);
    CHECK(judged("steal", figures, guest, &policy).grade() == Grade::fail);
    CHECK(count_missed(judge_targets(figures, guest, &policy)) == 1);
    CHECK(count_missed(judge_targets(figures, guest, nullptr)) == 0);
}

TEST_CASE("targets: the boot time, and the reason why it could not be measured") {
    CHECK(judged("boot_time", {figure("boot", "", "time", 24'999)}).grade() == Grade::pass);
    CHECK(judged("boot_time", {figure("boot", "", "time", 40'000)}).grade() == Grade::acceptable);
    CHECK(judged("boot_time", {figure("boot", "", "time", 40'001)}).grade() == Grade::fail);
    CHECK(judged("boot_time", {figure("boot", "", "time", {})}).value == Known<double>{{}, "no reason"});
}

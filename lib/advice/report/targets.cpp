#include "advice/report/targets.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

namespace hostlease {

namespace {
class Judging {
  public:
    Judging(std::span<const Figure> figures, const GuestSize& guest) : figures_(figures), guest_(guest) {}

    [[nodiscard]] Known<double> value_of(std::string_view target) const {
        if (target == "boot_time") return boot_time();
        if (target == "idle_cpu") return idle_cpu();
        if (target == "steal") return highest("vcpu", {"delay"});
        if (target == "disk_latency") return highest("block", {"read_latency", "write_latency"});
        return memory_pressure();
    }

  private:
    /// The highest value of these quantities. If none was measured, the reason of the first one.
    [[nodiscard]] Known<double> highest(std::string_view group,
                                        std::initializer_list<std::string_view> quantities) const {
        Known<double> worst{{}, "not measured"};
        bool is_first = true;
        for (const auto& figure : figures_) {
            const auto is_it =
                std::find(quantities.begin(), quantities.end(), figure.kind->quantity) != quantities.end();
            if (figure.kind->group != group || !is_it) continue;
            if (figure.value) worst.value = std::max(worst.value.value_or(*figure.value), *figure.value);
            if (std::exchange(is_first, false)) worst.absent = figure.absent;
        }
        if (worst.value) worst.absent.clear();
        return worst;
    }

    [[nodiscard]] Known<double> boot_time() const {
        const auto is_asked_for = [](const Figure& figure) { return figure.kind->group == "boot"; };
        if (std::none_of(figures_.begin(), figures_.end(), is_asked_for))
            return {{}, "use --boot while the VM starts"};
        return highest("boot", {"time"});
    }

    [[nodiscard]] Known<double> idle_cpu() const {
        Known<double> total = highest("cpu", {"total"});
        if (!total.value) return total;
        if (guest_.vcpus.value_or(0) == 0) return {{}, "the number of vCPUs is unknown"};
        return {*total.value / static_cast<double>(*guest_.vcpus), {}};
    }

    [[nodiscard]] Known<double> memory_pressure() const {
        Known<double> usable = highest("memory", {"guest_usable"});
        if (!usable.value) return usable;
        const auto taken = highest("memory", {"balloon_taken"}).value.value_or(0);
        const auto memory = static_cast<double>(guest_.memory.value_or(0)) - taken;
        if (memory <= 0 || *usable.value > memory) return {{}, "the guest's memory size is unknown"};
        return {100 * (1 - *usable.value / memory), {}};
    }

    std::span<const Figure> figures_;
    const GuestSize& guest_;
};
} // namespace

std::optional<Grade> TargetResult::grade() const {
    if (!value.value) return std::nullopt;
    if (*value.value < static_cast<double>(target)) return Grade::pass;
    return *value.value <= static_cast<double>(acceptable) ? Grade::acceptable : Grade::fail;
}

std::string_view to_text(Grade grade) {
    switch (grade) {
    case Grade::pass: return "PASS";
    case Grade::acceptable: return "acceptable";
    case Grade::fail: return "FAIL";
    }
    return "?";
}

std::vector<TargetResult> judge_targets(std::span<const Figure> figures, const GuestSize& guest,
                                        const Policy* policy) {
    const Judging judging(figures, guest);
    std::vector<TargetResult> results;
    for (const auto& spec : report_targets) {
        TargetResult& result =
            results.emplace_back(TargetResult{&spec, spec.target, spec.acceptable, false, {}});
        result.value = judging.value_of(spec.name);
        if (policy == nullptr) continue;
        for (const auto& own : policy->report)
            if (own.name == spec.name) {
                result.target = own.target;
                result.acceptable = own.acceptable;
                result.is_set = true;
            }
    }
    return results;
}

std::size_t count_missed(std::span<const TargetResult> targets) {
    return static_cast<std::size_t>(
        std::count_if(targets.begin(), targets.end(), [](const TargetResult& result) {
            return result.is_set && result.grade() == Grade::fail;
        }));
}

} // namespace hostlease

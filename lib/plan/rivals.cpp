#include "plan/rivals.hpp"

#include <algorithm>

namespace hostlease {

namespace {
// Sources: the projects' manuals and code, in Debian 12's version if it has one. tuned-profiles(7) and
// tuned's plugins; power-profiles-daemon(8); tlp(8) and its func.d; auto-cpufreq's README; thermald(8);
// intel_lpmd(8), which sets AllowedCPUs of slices; irqbalance(1); ksmtuned's loop, each minute; numad(8),
// which binds the processes that it finds; the README of ananicy and ananicy-cpp.
constexpr std::string_view of_tuned[] = {"power.",   "memory.",       "kernel.",
                                         "storage.", "irqs.affinity", "workqueues."};
constexpr std::string_view of_profiles[] = {"power.governor", "power.energy_performance", "power.boost"};
constexpr std::string_view of_tlp[] = {"power.governor",      "power.energy_performance",
                                       "power.boost",         "power.min_frequency",
                                       "power.max_frequency", "storage.scheduler"};
constexpr std::string_view of_auto_cpufreq[] = {"power.governor", "power.energy_performance", "power.boost",
                                                "power.min_frequency", "power.max_frequency"};
constexpr std::string_view of_thermald[] = {"power.boost", "power.max_frequency"};
constexpr std::string_view of_lpmd[] = {"cpus.", "power.energy_performance"};
constexpr std::string_view of_irqbalance[] = {"irqs.affinity", "irqs.vfio"};
constexpr std::string_view of_ksmtuned[] = {"memory.ksm"};
constexpr std::string_view of_numad[] = {"cpus."};
constexpr std::string_view of_ananicy[] = {"threads."};

constexpr Rival list[] = {{"tuned.service", of_tuned},
                          {"power-profiles-daemon.service", of_profiles},
                          {"tlp.service", of_tlp},
                          {"auto-cpufreq.service", of_auto_cpufreq},
                          {"thermald.service", of_thermald},
                          {"intel_lpmd.service", of_lpmd},
                          {"irqbalance.service", of_irqbalance},
                          {"ksmtuned.service", of_ksmtuned},
                          {"numad.service", of_numad},
                          {"ananicy.service", of_ananicy},
                          {"ananicy-cpp.service", of_ananicy}};
} // namespace

bool Rival::sets(std::string_view key) const {
    return std::any_of(keys.begin(), keys.end(), [&](std::string_view one) { return key.starts_with(one); });
}

std::span<const Rival> rivals() { return list; }

} // namespace hostlease

#include "model/model.hpp"

#include "core/parse.hpp"

#include <algorithm>

namespace hostlease::test {

namespace {
std::string with_number(std::string path, const std::string& number) {
    return path.replace(path.find('#'), 1, number);
}

bool is_of_units(const ModelKnob& knob) { return knob.table == "cpus"; }

CpuSet cpus_of(const VmChoice& vm) { return CpuSet::range(vm.first_cpu, vm.first_cpu + 1); }

/// The knob's files for a VM on these CPUs.
std::vector<std::string> paths_of(const ModelKnob& knob, const CpuSet& cpus) {
    if (knob.path.find('#') == std::string::npos) return {knob.path};
    std::vector<std::string> paths;
    if (is_of_units(knob))
        for (const char* unit : model_units)
            paths.push_back(with_number(knob.path, unit));
    else
        for (const unsigned cpu : cpus.members())
            paths.push_back(with_number(knob.path, std::to_string(cpu)));
    return paths;
}

/// FakeHost's values at boot.
std::string boot_value(const ModelKnob& knob) {
    static const std::map<std::string, std::string> values{{"swappiness", "60"},
                                                           {"compaction_proactiveness", "20"},
                                                           {"stat_interval", "1"},
                                                           {"ksm", "1"},
                                                           {"numa_balancing", "1"},
                                                           {"transparent_hugepages", "madvise"},
                                                           {"timer_migration", "1"},
                                                           {"halt_poll_ns", "200000"},
                                                           {"watchdog", "0-7"},
                                                           {"governor", "schedutil"},
                                                           {"wakeup_latency", "0"},
                                                           {"method", "0-7"},
                                                           {"value", "0"}};
    return values.at(knob.key);
}

/// "n/a" means a latency of zero, "0" means any latency.
long latency_of(const std::string& value) {
    if (value == "n/a") return 0;
    const long number = std::stol(value);
    return number == 0 ? 1L << 40 : number;
}

int rank_of(const std::string& governor) {
    return governor == "performance" ? 0 : governor == "schedutil" ? 1 : 2;
}

/// Claims with the oldest first.
std::string combine(Rule rule, const std::string& baseline, const std::vector<std::string>& claims) {
    switch (rule) {
    case Rule::oldest: return claims.front();
    case Rule::word_wins:
        return std::find(claims.begin(), claims.end(), "0") != claims.end() ? "0" : claims.front();
    case Rule::rank:
        return *std::min_element(claims.begin(), claims.end(),
                                 [](const auto& a, const auto& b) { return rank_of(a) < rank_of(b); });
    case Rule::least:
        return *std::min_element(claims.begin(), claims.end(),
                                 [](const auto& a, const auto& b) { return latency_of(a) < latency_of(b); });
    case Rule::cpus_left: break;
    }
    CpuSet left = CpuSet::range(0, 7);
    for (const auto& claim : claims)
        left &= parse_cpu_list(claim).value();
    const CpuSet before = parse_cpu_list(baseline).value();
    return to_list(before.intersects(left) ? before & left : left);
}

/// 2 is a command, after which KSM is stopped. Source: run_store in mm/ksm.c (6.1).
std::string goes_back_as(const std::string& path, const std::string& found) {
    return path.ends_with("/ksm/run") && found == "2" ? "0" : found;
}
} // namespace

bool asks_for(const PolicyChoice& policy, const std::string& key) {
    const auto& knobs = model_knobs();
    for (std::size_t index = 0; index < knobs.size(); ++index)
        if (knobs[index].key == key) return policy[index] != 0;
    return false;
}

Model::Model() {
    for (const auto& knob : model_knobs()) {
        const bool is_per_cpu = knob.table == "power";
        for (const auto& path : paths_of(knob, CpuSet::range(0, 7))) {
            ModelTarget& target = targets[path];
            target.rule = knob.rule;
            target.is_spread = is_of_units(knob);
            target.now = boot_value(knob);
            const auto number = path.find_first_of("01234567");
            if (is_per_cpu && knob.key == "governor") target.cpu = static_cast<unsigned>(path[number] - '0');
        }
    }
    base_pages = {{0, 0}, {1, 0}};
}

/// Whether the host keeps a CPU besides this VM's and those that other VMs have by the same
/// knob.
bool Model::leaves_host_cpus(const ModelKnob& knob, const CpuSet& cpus, const ModelLease* own) const {
    CpuSet left = online - cpus;
    for (const auto& [number, lease] : leases) {
        const auto claim = lease.claims.find(knob.path);
        if (&lease != own && claim != lease.claims.end()) left &= parse_cpu_list(claim->second.value).value();
    }
    return is_of_units(knob) || !left.empty();
}

std::map<std::string, ModelClaim> Model::claims_of(const VmChoice& vm, const PolicyChoice& policy,
                                                   const ModelLease* held) {
    std::map<std::string, ModelClaim> claims;
    const unsigned age = next_age++;
    const auto& knobs = model_knobs();
    for (std::size_t index = 0; index < knobs.size(); ++index) {
        const auto& knob = knobs[index];
        if (policy[index] == 0) continue;
        if (knob.rule == Rule::cpus_left && !leaves_host_cpus(knob, cpus_of(vm), held)) continue;
        const auto value = knob.rule == Rule::cpus_left
                               ? to_list(CpuSet::range(0, 7) - cpus_of(vm))
                               : knob.in_kernel[(policy[index] - 1) % knob.in_kernel.size()];
        for (const auto& path : paths_of(knob, cpus_of(vm) & online)) {
            const auto old = held == nullptr ? std::map<std::string, ModelClaim>::const_iterator{}
                                             : held->claims.find(path);
            const bool is_old = held != nullptr && old != held->claims.end() && old->second.value == value;
            claims[path] = {value, is_old ? old->second.age : age};
        }
    }
    return claims;
}

bool Model::can_be_pinned(const VmChoice& vm, unsigned number) const {
    return (cpus_of(vm) | CpuSet{number % 4}).is_subset_of(online); // make_vm's pin of the emulator
}

bool Model::is_refused(const VmChoice& vm, const PolicyChoice& policy, unsigned number) const {
    if (!asks_for(policy, "method")) return false;
    CpuSet taken = cpus_of(vm);
    for (const auto& [other, lease] : leases)
        if (other != number && lease.is_isolating) taken |= lease.cpus;
    return !can_be_pinned(vm, number) || (online - taken).empty();
}

std::map<std::string, std::map<unsigned, std::string>> Model::claims_in_force() const {
    std::map<std::string, std::map<unsigned, std::string>> all;
    for (const auto& [number, lease] : leases)
        if (lease.is_started)
            for (const auto& [path, claim] : lease.claims)
                all[path][claim.age] = claim.value;
    return all;
}

bool Model::is_asleep(const ModelTarget& target) const { return target.cpu && !online.contains(*target.cpu); }

void Model::converge() {
    const auto in_force = claims_in_force();
    for (auto& [path, target] : targets) {
        if (is_asleep(target)) continue;
        const auto found = in_force.find(path);
        std::vector<std::string> claims;
        if (found != in_force.end())
            for (const auto& [age, value] : found->second)
                claims.push_back(value);
        if (!target.record && claims.empty()) continue;
        if (!target.record && target.is_spread && combine(target.rule, target.now, claims) == target.now)
            continue;
        if (!target.record) target.record = {goes_back_as(path, target.now), target.now};
        std::string wanted =
            claims.empty() ? target.record->baseline : combine(target.rule, target.record->baseline, claims);
        const auto is_usable = [&] {
            return target.rule != Rule::cpus_left || parse_cpu_list(wanted).value().intersects(online);
        };
        // only offline CPUs of the baseline are left: the host gets other CPUs that no VM has
        if (!is_usable() && !claims.empty()) wanted = combine(target.rule, "0-7", claims);
        // there are none: the host's work stays on its CPUs
        if (!is_usable()) wanted = target.record->baseline;
        if (target.now == wanted || target.now == target.record->wrote ||
            target.now == target.record->baseline)
            target.now = target.record->wrote = wanted;
        if (claims.empty()) target.record.reset();
    }
}

bool Model::has_drift() const {
    return std::any_of(targets.begin(), targets.end(), [&](const auto& entry) {
        const ModelTarget& target = entry.second;
        return is_asleep(target) || (target.record && target.now != target.record->wrote);
    });
}

} // namespace hostlease::test

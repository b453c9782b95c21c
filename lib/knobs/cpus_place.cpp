#include "knobs/parts/claims.hpp"
#include "knobs/parts/combine.hpp"
#include "knobs/parts/page_demand.hpp"
#include "knobs/parts/placed.hpp"

namespace hostlease {

extern const Knob knob_cpus_place;

namespace {
constexpr std::string_view place_words[] = {"auto", "L3", "node", "spread"};
constexpr std::string_view prefer_words[] = {"cache", "frequency", "efficiency"};
constexpr KeySpec keys[] = {
    {.key = place_key,
     .words = place_words,
     .summary =
         "choose CPUs for a VM without pins when it starts; \"L3\", \"node\": only below one last-level "
         "cache, only on one NUMA node; \"spread\": apart from other VMs, where the most cores are free",
     .example = "\"auto\""},
    {.key = "cpus.prefer",
     .words = prefer_words,
     .default_text = "cache",
     .summary =
         "which cores to choose first: those below the largest cache, those with the highest clock, or the "
         "efficient ones of a hybrid CPU"},
    {.key = "cpus.share",
     .kinds = a_boolean,
     .default_text = "false",
     .summary = "start the VM without a place if no CPUs are left for it"}};
constexpr std::string_view paths[] = {"/sys/fs/cgroup/*/*/*/*/cpuset.cpus"};
const std::string cgroup_root = "/sys/fs/cgroup";

Claim limit(const PlanInput& input, LimitKind kind, std::string value) {
    return claim_for(input, place_key,
                     {.target = Limit{kind},
                      .value = std::move(value),
                      .phase = Phase::prepare,
                      .why = input.placement->why});
}

/// `cgroup` is libvirt's name for the threads' cgroups, or a glob.
Claim claim_of(const PlanInput& input, std::string target, const std::string& cgroup, const CpuSet& cpus) {
    return claim_for(input, place_key,
                     {.target = AwaitsQemu{std::move(target), cgroup_root + "/*/" + cgroup + "/cpuset.cpus"},
                      .value = to_list(cpus),
                      .phase = Phase::started,
                      .why = input.placement->why});
}

/// Notes that cpus.prefer and cpus.share have no effect without a place.
void note_without_place(const PlanInput& input, KnobPlan& plan) {
    const std::span rest = std::span(keys).subspan(1);
    for (const auto& spec : rest)
        if (const Setting* setting = input.policy.find(spec.key);
            setting != nullptr && setting->text.find(spec.default_text) == std::string::npos)
            plan.notes.warning(setting->position, std::string(spec.key) + " has no effect without cpus.place",
                               {});
}

void plan(const PlanInput& input, KnobPlan& plan) {
    const Setting* setting = input.policy.find(place_key);
    if (setting == nullptr) return note_without_place(input, plan);
    if (input.placement == nullptr) return;
    const Placement& place = *input.placement;
    for (const auto& warning : place.warnings)
        plan.notes.warning(setting->position, warning, {});
    if (!place.is_found()) {
        plan.notes.add(place.is_optional ? Severity::warning : Severity::error, setting->position,
                       place.problem, place.hint);
        return;
    }
    for (unsigned id = 0; id < place.vcpus.size(); ++id) {
        const std::string role = "vcpu" + std::to_string(id);
        plan.claims.push_back(claim_of(input, role, role, CpuSet{place.vcpus[id]}));
    }
    plan.claims.push_back(
        claim_of(input, std::string(place_emulator), std::string(place_emulator), place.emulator));
    plan.claims.push_back(claim_of(input, std::string(place_iothreads), "iothread*",
                                   place.iothreads.empty() ? place.emulator : place.iothreads));
    if (!place.idle.empty()) plan.claims.push_back(limit(input, LimitKind::idle, to_list(place.idle)));
    plan.claims.push_back(limit(input, LimitKind::nodes, to_list(place.nodes)));
    if (page_sizes_of(input.domain, input.facts).empty())
        plan.claims.push_back(limit(input, LimitKind::memory, std::to_string(ram_size(input.domain))));
}

/// A vCPU that is not plugged in has no cgroup; I/O threads may be added while the VM runs.
std::vector<Claim> resolve(const Claim& open, const RunningFacts& running) {
    const std::string name = open.name();
    std::map<std::string, Claim> claims; // by cgroup, because the emulator's has many threads
    for (const auto& thread : running.threads) {
        const bool is_meant =
            name == place_iothreads ? thread.role.starts_with("iothread") : thread.role == name;
        if (!is_meant || thread.cgroup.empty()) continue;
        Claim claim = open;
        claim.target = FileTarget{thread.cgroup, cgroup_root + thread.cgroup + "/cpuset.cpus"};
        claims.emplace(thread.cgroup, std::move(claim));
    }
    std::vector<Claim> list;
    for (auto& [cgroup, claim] : claims)
        list.push_back(std::move(claim));
    return list;
}
} // namespace

constinit const Knob knob_cpus_place{
    .key = keys[0].key,
    .keys = keys,
    .phase = Phase::started,
    .form = KnobForm::cpu_partition,
    .combine = each_its_own,
    .paths = paths,
    .source =
        "Documentation/admin-guide/cgroup-v2.rst, cpuset.cpus, 6.12: threads in a cgroup run on its CPUs, "
        "whatever sched_setaffinity(2) said before; libvirt 9.0 to 11.3, src/util/vircgroup.c: the names "
        "of the cgroups",
    .plan = plan,
    .resolve = resolve,
};

} // namespace hostlease

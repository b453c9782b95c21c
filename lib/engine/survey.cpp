#include "engine/survey.hpp"

#include "engine/form.hpp"
#include "engine/liveness.hpp"
#include "engine/placing.hpp"
#include "engine/promises.hpp"
#include "host/cpufreq_facts.hpp"
#include "host/disk_facts.hpp"
#include "host/facts.hpp"
#include "host/partition_facts.hpp"
#include "host/trusted_program.hpp"
#include "knobs/parts/isolation.hpp"
#include "knobs/parts/partitions.hpp"
#include "knobs/parts/placed.hpp"
#include "model/admin_command.hpp"
#include "plan/checks.hpp"
#include "plan/planner.hpp"

#include <algorithm>
#include <iterator>

namespace hostlease {

namespace {
/// Why the kernel refuses an access to a file even for root; "" if it does not. In sysfs and among the
/// sysctls, the file mode applies to root as well. Sources: kernfs_fop_open in fs/kernfs/file.c,
/// KERNFS_ROOT_EXTRA_OPEN_PERM_CHECK; test_perm in fs/proc/proc_sysctl.c (6.1).
std::string forbidden_by_mode(Host& host, const std::string& path) {
    constexpr std::uint32_t may_read = 0444;
    constexpr std::uint32_t may_write = 0222;
    const auto status = host.status(path);
    if (!status || status->type != FileStatus::Type::regular) return {};
    if ((status->mode & may_read) == 0) return path + " cannot be read, so it could not be restored";
    if ((status->mode & may_write) == 0) return path + " is read-only";
    return {};
}

FileFacts look_at(Host& host, const Claim& claim, const Knob& knob) {
    FileFacts file;
    const auto resolved = host.resolve(claim.path());
    file.resolved = one_name_of(host, resolved.value_or(claim.path()));
    const auto value = form_of(knob.form).read(host, unknown_record(knob, claim.name(), claim.path()));
    if (value) {
        file.access = FileFacts::Access::readable;
        file.value = *value;
        file.problem = forbidden_by_mode(host, file.resolved);
        return file;
    }
    const bool is_gone = !resolved && is_missing(resolved.error());
    file.access = is_gone ? FileFacts::Access::missing : FileFacts::Access::unreadable;
    if (value.error().kind == ErrorKind::unsupported) file.problem = value.error().message;
    return file;
}

/// Notes why the programs of a [[command]] cannot be run.
void look_at_programs(Host& host, const Claim& claim, HostFacts& facts) {
    const auto command = parse_command(claim.value);
    if (!command) return;
    for (const auto& words : {command->run, command->undo})
        if (!words.empty())
            if (const auto fit = check_program(host, words.front()); !fit)
                facts.unfit_programs[words.front()] = fit.error().text();
}

/// The readable targets of the knob.
Result<std::vector<TargetFacts>> look_at_targets(Host& host, const Knob& knob) {
    const Form& form = form_of(knob.form);
    std::vector<TargetFacts> list;
    for (auto& one : TRY(form.targets(host)))
        if (auto value = form.read(host, unknown_record(knob, one.target, one.path)))
            list.push_back({std::move(one.target), std::move(one.path), std::move(*value)});
    return list;
}

/// Whether a required claim has no target at all. Lists only the names of the targets.
Result<bool> has_no_target(Host& host, const Claim& claim, const Knob& knob) {
    if (claim.enforce != Enforce::required || !traits_of(knob.form).needs_targets) return false;
    return TRY(form_of(knob.form).targets(host)).empty();
}

/// The state of the claims' targets.
Status look_at_claims(Host& host, const std::vector<Claim>& claims, PlanDetail detail, HostFacts& facts) {
    for (const auto& claim : claims) {
        const Knob* knob = find_knob(claim.knob);
        if (knob != nullptr && knob->form == KnobForm::command) look_at_programs(host, claim, facts);
        if (claim.is_limit() || claim.is_open() || traits_of(knob->form).echo == Echo::none) continue;
        if (!claim.is_for_every_target())
            facts.files[claim.path()] = look_at(host, claim, *knob);
        else if (detail == PlanDetail::changes && !facts.targets.contains(claim.knob))
            facts.targets[claim.knob] = TRY(look_at_targets(host, *knob));
        else if (detail == PlanDetail::claims && TRY(has_no_target(host, claim, *knob)))
            facts.targets[claim.knob]; // none: the plan refuses
    }
    return {};
}

/// The leases of other domains, without a copy if none is left out.
class OtherLeases {
  public:
    /// `leaves_out`: leases that do not count either.
    template <typename LeavesOut>
    OtherLeases(const LedgerContent& ledger, const std::string& uuid, LeavesOut leaves_out)
        : leases_(ledger.leases) {
        const auto is_out = [&](const Lease& lease) { return lease.uuid == uuid || leaves_out(lease); };
        if (std::none_of(leases_.begin(), leases_.end(), is_out)) return;
        std::remove_copy_if(leases_.begin(), leases_.end(), std::back_inserter(copies_), is_out);
        leases_ = copies_;
    }
    OtherLeases(const OtherLeases&) = delete;
    OtherLeases& operator=(const OtherLeases&) = delete;

    [[nodiscard]] std::span<const Lease> get() const { return leases_; }

  private:
    std::vector<Lease> copies_;
    std::span<const Lease> leases_;
};

/// The lease of a domain whose VM runs or is starting.
const Lease* held_lease(Host& host, const LedgerContent& ledger, const std::string& uuid) {
    for (const auto& lease : ledger.leases)
        if (lease.uuid == uuid && lease.state < LeaseState::ending && liveness(host, lease) != Liveness::dead)
            return &lease;
    return nullptr;
}
} // namespace

Result<Plan> plan_domain(Host& host, const Domain& domain, const Policy& policy, const LedgerContent& ledger,
                         const std::map<PoolId, std::uint64_t>& growth_limit, PlanDetail detail,
                         OwnLease own) {
    // prepare has already released the dead ones
    const bool may_have_dead = detail == PlanDetail::changes;
    const OtherLeases other_leases(ledger, domain.uuid, [&](const Lease& lease) {
        return may_have_dead && liveness(host, lease) == Liveness::dead;
    });
    const auto others = other_leases.get();
    // before counting free pages: pages that a QEMU maps in between are then missing from the free pages
    // instead of being counted twice
    const auto promised = TRY(open_promises(host, others, domain.uuid));
    const CpuSet pinned = pinned_cpus(domain);
    HostFacts facts = TRY(read_facts(host, &pinned));
    facts.growth_limit = growth_limit;
    for (auto& [page_size, pages] : facts.reserved_pages)
        pages = promised.foreign(pages, page_size);
    const bool is_placed = policy.find(place_key) != nullptr;
    if (is_placed || isolation_setting(policy) != nullptr || !pinned.empty() ||
        !helper_cpus(domain).empty()) {
        auto units = machine_units(host, domain.name);
        // otherwise units whose CPUs are unknown would be ignored in the choice
        if (!units && is_placed) return tl::unexpected<Error>(std::move(units).error());
        facts.cgroups.machine = std::move(units).value_or(std::vector<MachineUnit>{});
    }
    if (policy.find("storage.scheduler") != nullptr) read_disk_facts(host, domain, facts);
    const auto placement = TRY(place_domain(
        host, {domain, policy, facts, others, promised.pages,
               own.lease == nullptr ? held_lease(host, ledger, domain.uuid) : own.lease, own.moves}));
    if (placement && placement->is_found()) complete_cpufreq_facts(host, placement->vcpu_cpus(), facts);
    const Domain subject = placement ? placed(domain, *placement) : domain;
    const PlanInput input{
        subject, policy, facts, others, promised.pages, own.lease, placement ? &*placement : nullptr};
    auto wanted = plan_claims(input);
    TRY_VOID(look_at_claims(host, wanted.claims, detail, facts));
    return finish_plan(input, std::move(wanted), ledger.records);
}

Result<Plan> plan_without_policy(Host& host, const Domain& domain, const LedgerContent& ledger) {
    Plan plan;
    plan.domain = domain.name;
    plan.uuid = domain.uuid;
    const OtherLeases others(ledger, domain.uuid,
                             [&](const Lease& lease) { return liveness(host, lease) == Liveness::dead; });
    const Policy nothing;
    const std::map<PoolId, std::uint64_t> promised;
    HostFacts facts = TRY(read_facts(host));
    facts.cgroups.machine = machine_units(host, domain.name).value_or(std::vector<MachineUnit>{});
    Diagnostics notes;
    check_pins({domain, nothing, facts, others.get(), promised}, notes);
    for (const auto& one : notes.all())
        plan.notes.warning(one.position, one.message, one.hint); // hostlease does not refuse the start
    return plan;
}

} // namespace hostlease

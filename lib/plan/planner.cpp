#include "plan/planner.hpp"

#include "core/parse.hpp"
#include "core/units.hpp"
#include "knobs/parts/form_traits.hpp"
#include "knobs/sysfs.hpp"
#include "model/admin_command.hpp"
#include "plan/checks.hpp"
#include "plan/standing.hpp"
#include "plan/wishes.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace hostlease {

namespace {
/// A lease with this many claims still fits into its file.
constexpr std::size_t most_claims = 10'000;
/// The content of a kernel file goes into the ledger, which is UTF-8.
constexpr std::size_t longest_value = 64 * KiB;

void note(Diagnostics& notes, const Claim& claim, std::string message, std::string hint) {
    notes.add(severity_of(claim.enforce), claim.position, std::move(message), std::move(hint));
}

/// How to do without a key that has no effect on this host. The next upgrade replaces shipped policies, so
/// the admin's own policy has to override the key.
std::string hint_to_drop(const Claim& claim) {
    const bool is_shipped = claim.position.file.starts_with(std::string(shipped_policies) + "/");
    if (!is_shipped || claim.knob.find('.') == std::string::npos) return "remove it from the policy";
    return "write " + claim.knob + " = \"leave\" in your policy";
}

/// Whether the claim is on one file that exists now.
bool is_about_a_file(const Claim& claim) { return std::holds_alternative<FileTarget>(claim.target); }

/// Whether the policy, not a knob, names the claim's target.
bool is_admins(const Claim& claim) {
    const auto* file = std::get_if<FileTarget>(&claim.target);
    return file != nullptr && file->name == file->path;
}

/// Why the file cannot be leased; "" if it can.
std::string file_fault(const Claim& claim, const FileFacts& file) {
    if (!file.problem.empty()) return file.problem;
    if (file.access == FileFacts::Access::missing) return "this host does not have " + claim.path();
    if (const auto why = one_way(file.resolved, claim.value, file.value); is_admins(claim) && !why.empty())
        return claim.path() + " " + std::string(why) + ", so hostlease could not restore it";
    if (file.access == FileFacts::Access::unreadable)
        return claim.path() + " cannot be read, so hostlease could not restore it";
    if (file.value.size() > longest_value || find_invalid_utf8(file.value))
        return claim.path() + " does not contain a single short text, so hostlease could not restore it";
    return {};
}

/// Whether the file is in the expected directory and belongs to no other knob.
bool leads_right(const Claim& claim, const FileFacts& file, Diagnostics& notes) {
    if (is_admins(claim) && !file.resolved.starts_with("/sys/") && !file.resolved.starts_with("/proc/sys/")) {
        notes.error(claim.position,
                    claim.path() + " leads to " + file.resolved + ", outside of /sys and /proc/sys",
                    "name a file below /sys or /proc/sys");
        return false;
    }
    const Knob* owner = owner_of(file.resolved);
    if (owner == nullptr || owner->key == claim.knob) return true;
    notes.error(claim.position,
                claim.path() + " leads to " + file.resolved + ", which belongs to " + std::string(owner->key),
                "use the key " + std::string(owner->key));
    return false;
}

FileFacts facts_of(const std::string& path, const HostFacts& facts) {
    const auto found = facts.files.find(path);
    return found == facts.files.end() ? FileFacts{} : found->second;
}

/// The path of a file that the kernel creates when `other` is written, such as the settings of a
/// scheduler or a governor; otherwise "". These files are the neighbours of a target that already has the
/// value.
std::string path_beside(const std::string& path, const Claim& other, const HostFacts& facts) {
    const Knob* knob = find_knob(other.knob);
    if (knob == nullptr || knob->neighbours == nullptr || !is_about_a_file(other)) return {};
    const std::string resolved = facts_of(other.path(), facts).resolved;
    for (const auto& named : {resolved, other.path()}) {
        KnobRecord record;
        record.target = other.name();
        record.path = named;
        record.baseline = other.value;
        const std::string directory = named.substr(0, named.rfind('/') + 1);
        for (const auto& neighbour : knob->neighbours(record)) {
            if (!neighbour.path.ends_with("/*") || !matches_path(neighbour.path, path)) continue;
            return path.starts_with(directory)
                       ? resolved.substr(0, resolved.rfind('/') + 1) + path.substr(directory.size())
                       : path;
        }
    }
    return {};
}

/// The files of [[sysfs]] entries that other claims of the policy will create: the name in the policy -> the
/// future path.
std::map<std::string, std::string> files_to_come(const std::vector<Claim>& claims, const HostFacts& facts) {
    std::map<std::string, std::string> files;
    for (const auto& claim : claims) {
        if (!is_about_a_file(claim) || !is_admins(claim)) continue;
        if (const FileFacts file = facts_of(claim.path(), facts);
            !file.problem.empty() || file.access != FileFacts::Access::missing)
            continue;
        for (const auto& other : claims)
            if (auto path = path_beside(claim.path(), other, facts); !path.empty())
                files.emplace(claim.path(), std::move(path));
    }
    return files;
}

/// Whether the host can satisfy the claim; replaces the path of a [[sysfs]] claim by the real one, so that
/// two names for a file are one target. Files to come count as existing.
bool settle_claim(Claim& claim, const HostFacts& facts, const std::map<std::string, std::string>& to_come,
                  Diagnostics& notes) {
    FileFacts file = facts_of(claim.path(), facts);
    if (const auto coming = to_come.find(claim.path()); is_admins(claim) && coming != to_come.end()) {
        file.access = FileFacts::Access::readable;
        file.resolved = coming->second;
    }
    if (file.access != FileFacts::Access::missing && !leads_right(claim, file, notes)) return false;
    if (const std::string fault = file_fault(claim, file); !fault.empty()) {
        note(notes, claim, claim.knob + ": " + fault, hint_to_drop(claim));
        return false;
    }
    claim.target = FileTarget{is_admins(claim) ? file.resolved : claim.name(), file.resolved};
    return true;
}

/// Whether the programs of a [[command]] claim can be run.
bool settle_command(const Claim& claim, const HostFacts& facts, Diagnostics& notes) {
    const auto command = parse_command(claim.value);
    if (!command) return false;
    for (const auto& words : {command->run, command->undo}) {
        const auto unfit =
            words.empty() ? facts.unfit_programs.end() : facts.unfit_programs.find(words.front());
        if (unfit == facts.unfit_programs.end()) continue;
        note(notes, claim, "hostlease does not run this command: " + unfit->second,
             "correct this, or remove the entry from the policy");
        return false;
    }
    return true;
}

/// Whether a claim on all targets has any target, if they were listed.
bool settle_every_target(const Claim& claim, const Knob& knob, const HostFacts& facts, Diagnostics& notes) {
    const auto targets = facts.targets.find(claim.knob);
    if (!traits_of(knob.form).needs_targets || targets == facts.targets.end() || !targets->second.empty())
        return true;
    note(notes, claim, nothing_to_act_on(claim.knob, claim.path()), hint_to_drop(claim));
    return false;
}

/// Whether the host can satisfy the claim, as far as that is known now.
bool settle(Claim& claim, const HostFacts& facts, const std::map<std::string, std::string>& to_come,
            Diagnostics& notes) {
    const Knob* knob = find_knob(claim.knob); // nullptr for a limit
    if (knob != nullptr && knob->form == KnobForm::command) return settle_command(claim, facts, notes);
    if (knob != nullptr && claim.is_for_every_target())
        return settle_every_target(claim, *knob, facts, notes);
    return !is_about_a_file(claim) || settle_claim(claim, facts, to_come, notes);
}

/// The ledger's records by knob and target.
class Records {
  public:
    explicit Records(std::span<const KnobRecord> records) {
        for (const auto& record : records)
            by_name_.emplace(std::pair(record.knob, record.target), &record);
    }

    [[nodiscard]] const KnobRecord* find(const Wish& wish) const {
        const auto found = by_name_.find({std::string(wish.knob->key), wish.target});
        return found == by_name_.end() ? nullptr : found->second;
    }

  private:
    std::map<std::pair<std::string, std::string>, const KnobRecord*> by_name_;
};

void note_not_granted(const Wish& wish, const Claim& own, const Combined& wanted, Diagnostics& notes) {
    for (std::size_t index = 0; index < wish.claims.size(); ++index) {
        const Claim& other = *wish.claims[index];
        if (other.value != wanted.value) continue;
        const std::string message = own.knob + " = " + own.value + " cannot be granted: VM '" +
                                    wish.holders[index]->domain + "' holds " + wish.path + " at " +
                                    wanted.value + " (" + other.position.text() + ")";
        const std::string hint = "give both policies the same value";
        if (wanted.agreement == Agreement::conflict)
            note(notes, own, message, hint);
        else
            notes.warning(own.position, message, hint);
        return;
    }
}

void plan_pool_changes(const HostFacts& facts, Plan& plan) {
    for (const auto& claim : plan.claims) {
        const auto id = claim.pool();
        const PoolFacts* pool = id ? facts.pool(*id) : nullptr;
        if (pool == nullptr || claim.pages() == 0) continue;
        plan.changes.push_back({claim.knob, claim.name(), claim.path(), std::to_string(pool->persistent()),
                                std::to_string(pool->persistent() + claim.pages()), claim.phase, claim.why});
    }
}

/// `own`: the domain's claims on the target; more than one if [[sysfs]] entries lead to the same file.
void plan_value_change(const Wish& wish, const std::string& current, const std::vector<const Claim*>& own,
                       const HostFacts& facts, const Records& records, Plan& plan) {
    const KnobRecord* record = records.find(wish);
    const CpuRoom room{facts.online, facts.partitioned()};
    const Combined wanted =
        wanted_now(*wish.knob, &wish, record == nullptr ? current : record->baseline, room);
    for (const Claim* claim : own)
        if (wanted.agreement != Agreement::full && wanted.value != claim->value)
            note_not_granted(wish, *claim, wanted, plan.notes);
    const Claim& first = *own.front();
    switch (record == nullptr ? standing_of_new(wish, wanted.value, current, room)
                              : standing_of(*wish.knob, *record, &wish, wanted.value, current)) {
    case Standing::to_write:
    case Standing::cut_off:
    case Standing::to_take_back:
        plan.changes.push_back(
            {first.knob, wish.target, wish.path, current, wanted.value, first.phase, first.why});
        return;
    case Standing::foreign:
        plan.notes.warning(first.position,
                           wish.path + " is '" + current +
                               "'; hostlease did not write this value and leaves it alone",
                           "set it to '" + record->baseline + "' to return control to hostlease");
        return;
    case Standing::as_wanted:
    case Standing::served:
    case Standing::refused: return; // hostlease would not try again
    case Standing::follows:         // the rest is impossible for a claimed, readable target
    case Standing::wanted_unknown:
    case Standing::gone:
    case Standing::missing:
    case Standing::asleep:
    case Standing::unreadable: return;
    }
}

/// Plans the change of one file, of each existing target, or of a target that only the record describes.
void plan_value_changes(const Wish& wish, const std::vector<const Claim*>& own, const HostFacts& facts,
                        const Records& records, Plan& plan) {
    if (wish.knob->form == KnobForm::command) {
        const KnobRecord* record = records.find(wish);
        return plan_value_change(wish, record == nullptr ? std::string() : record->wrote, own, facts, records,
                                 plan);
    }
    if (wish.is_for_every_target()) {
        const auto found = facts.targets.find(wish.knob->key);
        if (found == facts.targets.end()) return;
        for (const auto& target : found->second) {
            Wish one = wish;
            one.target = target.target;
            one.path = target.path;
            plan_value_change(one, target.value, own, facts, records, plan);
        }
        return;
    }
    const auto file = std::find_if(facts.files.begin(), facts.files.end(),
                                   [&](const auto& entry) { return entry.second.resolved == wish.path; });
    if (file != facts.files.end())
        return plan_value_change(wish, file->second.value, own, facts, records, plan);
    const Claim& first = *own.front(); // the value of a future file is unknown
    plan.changes.push_back(
        {first.knob, wish.target, wish.path, {}, wish.wanted({}).value, first.phase, first.why});
}

/// Changes that are known only once QEMU runs: the values are not known before.
void plan_open_changes(Plan& plan) {
    for (const auto& claim : plan.claims)
        if (claim.is_open() && claim.condition != Condition::fallback)
            plan.changes.push_back(
                {claim.knob, claim.name(), claim.path(), {}, claim.value, claim.phase, claim.why});
}

/// An unchanged claim keeps its age; a new or changed claim is younger than the claims of
/// others.
std::int64_t age_of(const Claim& claim, const Lease& own) {
    const auto same = std::find_if(own.claims.begin(), own.claims.end(), [&](const Claim& old) {
        return old.knob == claim.knob && old.name() == claim.name() && old.value == claim.value;
    });
    return same == own.claims.end() ? youngest : same->order;
}

/// Plans changes in the order of writing: by phase, then by the registry's order of knobs.
void plan_changes(const PlanInput& input, const Records& records, Plan& plan) {
    Lease own;
    own.uuid = plan.uuid;
    own.domain = plan.domain;
    own.state = LeaseState::running; // every phase counts
    own.order = input.own == nullptr ? youngest : input.own->order;
    own.claims = plan.claims;
    plan_pool_changes(input.facts, plan);
    for (const auto& wish : collect_wishes(input.others, any_knob, &own)) {
        std::vector<const Claim*> claims;
        for (std::size_t index = 0; index < wish.claims.size(); ++index)
            if (wish.holders[index] == &own) claims.push_back(wish.claims[index]);
        if (!claims.empty()) plan_value_changes(wish, claims, input.facts, records, plan);
    }
    plan_open_changes(plan);
    std::stable_sort(plan.changes.begin(), plan.changes.end(),
                     [](const auto& a, const auto& b) { return a.phase < b.phase; });
}
} // namespace

KnobPlan plan_claims(const PlanInput& input) {
    KnobPlan plan;
    for (const Knob* knob : all_knobs())
        knob->plan(input, plan);
    return plan;
}

Plan finish_plan(const PlanInput& input, KnobPlan wanted, std::span<const KnobRecord> records) {
    Plan plan;
    plan.domain = input.domain.name;
    plan.uuid = input.domain.uuid;
    plan.policy = input.policy.name;
    plan.policy_file = input.policy.file;
    plan.promises = std::move(wanted.promises);
    plan.pools = std::move(wanted.pools);
    plan.notes = std::move(wanted.notes);
    const auto to_come = files_to_come(wanted.claims, input.facts);
    for (auto& claim : wanted.claims)
        if (settle(claim, input.facts, to_come, plan.notes)) {
            if (input.own != nullptr) claim.order = age_of(claim, *input.own);
            plan.claims.push_back(std::move(claim));
        }
    for (const auto check : {check_topology, check_other_leases, check_machine_units, check_partitions,
                             check_place, check_pins, check_services})
        check(input, plan.notes);
    if (plan.claims.size() > most_claims)
        plan.notes.error({input.policy.file, 0, 0},
                         "the lease would need " + std::to_string(plan.claims.size()) +
                             " claims, but a lease may have only " + std::to_string(most_claims),
                         "reduce the domain's disks, host devices or pins");
    else
        plan_changes(input, Records(records), plan);
    if (plan.notes.has_errors()) plan.changes.clear();
    return plan;
}

} // namespace hostlease

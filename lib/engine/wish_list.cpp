#include "engine/wish_list.hpp"

#include "core/parse.hpp"
#include "engine/form.hpp"
#include "host/top_cgroups.hpp"
#include "plan/standing.hpp"

#include <algorithm>

namespace hostlease {

namespace {
std::string identity_of(const Form& form, const std::string& target) {
    return form.identity == nullptr ? target : form.identity(target);
}

/// Whether "24 eth0-rx-0" and "24 enp3s0-rx-0" may be one interrupt of one driver: they begin or end alike.
bool is_akin(std::string_view left, std::string_view right) {
    constexpr std::ptrdiff_t enough = 3;
    left.remove_prefix(std::min(left.find(' ') + 1, left.size()));
    right.remove_prefix(std::min(right.find(' ') + 1, right.size()));
    const auto begin =
        std::mismatch(left.begin(), left.end(), right.begin(), right.end()).first - left.begin();
    const auto end =
        std::mismatch(left.rbegin(), left.rend(), right.rbegin(), right.rend()).first - left.rbegin();
    return begin >= enough || end >= enough;
}

CpuSet cpus_of(const std::string& list) { return parse_cpu_list(list).value_or(CpuSet{}); }

class WishLister {
  public:
    WishLister(Host& host, const LedgerContent& ledger, KnobFilter among)
        : host_(host), ledger_(ledger), among_(among) {
        for (const auto& record : ledger.records)
            if (const Knob* knob = knob_of(record); knob != nullptr) {
                recorded_[{record.knob, identity_of(form_of(knob->form), record.target)}] = record.target;
                held_.emplace(record.path, &record);
            }
    }

    WishList run() {
        auto wishes = collect_wishes(ledger_.leases, among_);
        look_at_room(wishes);
        for (const auto& wish : wishes)
            if (!wish.is_for_every_target()) own_paths_.insert(wish.path);
        for (const auto& record : ledger_.records)
            find_heirs(record);
        for (const auto& record : ledger_.records)
            drop_taken_over(record);
        for (auto& wish : wishes) {
            if (wish.is_for_every_target())
                spread(wish);
            else
                add(std::move(wish));
        }
        for (const auto& record : ledger_.records)
            look_for(record);
        return std::move(list_);
    }

  private:
    /// nullptr if the knob is unknown or not in `among`.
    const Knob* knob_of(const KnobRecord& record) const {
        const Knob* knob = find_knob(record.knob);
        return knob != nullptr && among_(*knob) ? knob : nullptr;
    }

    /// The current targets of a knob, by name; nullptr if they cannot be listed.
    const std::map<std::string, std::string>* targets_of(const Knob& knob) {
        const std::string key(knob.key);
        if (list_.unknowable.contains(key)) return nullptr;
        if (const auto known = targets_.find(knob.form); known != targets_.end()) return &known->second;
        auto found = form_of(knob.form).targets(host_);
        if (!found) {
            list_.failures.push_back({key, {}, std::move(found).error()});
            list_.unknowable.insert(key);
            return nullptr;
        }
        auto& targets = targets_[knob.form];
        for (auto& one : *found) {
            identities_.emplace(std::pair(knob.form, identity_of(form_of(knob.form), one.target)),
                                one.target);
            targets.emplace(std::move(one.target), std::move(one.path));
        }
        return &targets;
    }

    /// Needed only for sets of CPUs. A value that cannot be read limits nothing.
    void look_at_room(const std::vector<Wish>& wishes) {
        bool has_sets = false;
        bool has_cgroups = false;
        const auto note = [&](const Knob* knob) {
            has_sets = has_sets || (knob != nullptr && knob->leaves_cpus);
            has_cgroups = has_cgroups || (knob != nullptr && knob->form == KnobForm::unit_cpus);
        };
        for (const auto& wish : wishes)
            note(wish.knob);
        for (const auto& record : ledger_.records)
            note(knob_of(record));
        if (has_sets)
            list_.room.online =
                cpus_of(std::string(trim(host_.read("/sys/devices/system/cpu/online").value_or(""))));
        if (!has_cgroups) return;
        const auto partitions =
            top_partitions(host_, top_cgroups(host_).value_or(std::vector<std::string>{}));
        for (const auto& partition : partitions.value_or(std::vector<PartitionFacts>{}))
            if (!partition.is_inside) list_.room.taken |= partition.cpus;
    }

    const std::string* recorded_name(const Knob& knob, const std::string& target) const {
        const auto found = recorded_.find({std::string(knob.key), identity_of(form_of(knob.form), target)});
        return found == recorded_.end() ? nullptr : &found->second;
    }

    Result<std::string> read(const Knob& knob, const std::string& target, const std::string& path) {
        const TargetName name{knob.key, target};
        if (const auto known = list_.found.find(name); known != list_.found.end()) return known->second;
        auto value = form_of(knob.form).read(host_, unknown_record(knob, target, path));
        if (value) list_.found.emplace(name, *value);
        return value;
    }

    /// Whether a target that reads `value` may have been created while the origin read `origin`.
    bool began_with(const Form& form, const std::string& path, const std::string& value,
                    const std::string& origin) {
        const CpuSet cpus = cpus_of(value);
        if (!cpus.is_subset_of(cpus_of(origin))) return false;
        const auto beginning = form.beginning(host_, path, origin);
        return beginning && cpus_of(*beginning) == cpus;
    }

    /// Whether the target at `path` is on record under another name and still has its written value: the
    /// kernel keeps a mask for the next user of the interrupt, such as a driver that renames it. A number
    /// that another device takes over is set up anew. Source: irq_setup_affinity and IRQD_AFFINITY_SET,
    /// kernel/irq/manage.c (6.12).
    bool keeps_mask(const Knob& knob, const std::string& path, const std::string& target,
                    const std::string& value) {
        const auto held = held_.find(path);
        if (held == held_.end() || held->second->knob != knob.key || held->second->target == target)
            return false;
        const KnobRecord& record = *held->second;
        return value == record.wrote && is_akin(record.target, target);
    }

    /// Targets that were created with a leased value: without the lease they would have started with the
    /// origin's baseline.
    void find_heirs(const KnobRecord& origin) {
        const Knob* knob = knob_of(origin);
        if (knob == nullptr) return;
        const Form& form = form_of(knob->form);
        if (form.beginning == nullptr || origin.target != form.origin) return;
        std::set<std::string> leased{origin.wrote, origin.intended.value_or(origin.wrote)};
        std::erase_if(leased, [&](const auto& value) { return knob->same(value, origin.baseline); });
        const auto* targets = leased.empty() ? nullptr : targets_of(*knob);
        if (targets == nullptr) return;
        for (const auto& [target, path] : *targets) {
            const std::string* known = recorded_name(*knob, target);
            if (target == form.origin || own_paths_.contains(path) || (known != nullptr && *known == target))
                continue;
            const auto value = read(*knob, target, path);
            const auto is_heir = [&](const std::string& of) { return began_with(form, path, *value, of); };
            if (!value || std::none_of(leased.begin(), leased.end(), is_heir)) continue;
            const auto baseline = form.beginning(host_, path, origin.baseline);
            if (!baseline || cpus_of(*baseline) == cpus_of(*value)) continue;
            KnobRecord heir = unknown_record(*knob, target, path);
            heir.baseline = keeps_mask(*knob, path, target, *value) ? held_.at(path)->baseline : *baseline;
            heir.wrote = *value;
            recorded_[{heir.knob, identity_of(form, target)}] = target;
            list_.heirs.push_back(std::move(heir));
        }
    }

    /// Drops a number that another driver now uses with other CPUs than were written: these are its own.
    void drop_taken_over(const KnobRecord& record) {
        const Knob* knob = knob_of(record);
        if (knob == nullptr || record.intended) return;
        const Form& form = form_of(knob->form);
        const auto known = recorded_.find({record.knob, identity_of(form, record.target)});
        if (form.beginning == nullptr || known->second != record.target || targets_of(*knob) == nullptr)
            return;
        const auto now = identities_.find({knob->form, identity_of(form, record.target)});
        if (now == identities_.end() || now->second == record.target) return;
        const auto value = read(*knob, now->second, record.path);
        if (!value || *value == record.wrote) return;
        recorded_.erase(known);
        list_.gone.emplace(record.knob, record.target);
    }

    /// The wanted value of the origin of the knob's targets if it differs from the baseline; nullopt if no
    /// new target will start with our value.
    std::optional<std::string> leased_origin(const Wish& wish,
                                             const std::map<std::string, std::string>& targets) {
        const Form& form = form_of(wish.knob->form);
        const auto origin =
            form.beginning == nullptr ? targets.end() : targets.find(std::string(form.origin));
        if (origin == targets.end()) return std::nullopt;
        const auto record =
            std::find_if(ledger_.records.begin(), ledger_.records.end(), [&](const KnobRecord& one) {
                return one.knob == wish.knob->key && one.target == form.origin;
            });
        const auto baseline = record == ledger_.records.end()
                                  ? read(*wish.knob, origin->first, origin->second)
                                  : Result<std::string>(record->baseline);
        if (!baseline) return std::nullopt;
        auto wanted = wanted_now(*wish.knob, &wish, *baseline, list_.room).value;
        return wish.knob->same(wanted, *baseline) ? std::nullopt : std::optional(std::move(wanted));
    }

    /// An error if the claim is required, otherwise a warning.
    void tell_of_nothing(const Wish& wish) {
        if (!traits_of(wish.knob->form).needs_targets) return;
        const std::string key(wish.knob->key);
        std::string text = nothing_to_act_on(key, wish.path);
        const bool is_required = std::any_of(wish.claims.begin(), wish.claims.end(), [](const Claim* claim) {
            return claim->enforce == Enforce::required;
        });
        if (is_required)
            list_.failures.push_back({key, {}, Error{ErrorKind::unsupported, std::move(text), {}, 0}});
        else
            list_.warnings.push_back({Severity::warning, std::move(text), key, {}});
    }

    /// Skips paths that any knob claims individually.
    void spread(const Wish& wish) {
        const auto* targets = targets_of(*wish.knob);
        if (targets == nullptr) return;
        if (targets->empty()) return tell_of_nothing(wish);
        const auto origin = leased_origin(wish, *targets);
        for (const auto& [target, path] : *targets) {
            if (own_paths_.contains(path)) continue;
            const std::string* known = recorded_name(*wish.knob, target);
            Wish one = wish;
            one.target = known == nullptr ? target : *known;
            one.path = path;
            if (known != nullptr || inherits(one) || would_change(one) || may_be_mistaken(one, origin))
                add(std::move(one));
        }
    }

    /// A target that another knob has held until now inherits that knob's baseline: a driver takes an
    /// interrupt back from a VM.
    bool inherits(const Wish& wish) {
        const auto held = held_.find(wish.path);
        if (held == held_.end() || held->second->knob == wish.knob->key) return false;
        KnobRecord heir = unknown_record(*wish.knob, wish.target, wish.path);
        heir.baseline = held->second->baseline;
        heir.wrote = held->second->wrote;
        list_.heirs.push_back(std::move(heir));
        return true;
    }

    /// A target that cannot be read now is skipped: it was never changed.
    bool would_change(const Wish& wish) {
        const auto current = read(*wish.knob, wish.target, wish.path);
        if (!current) return false;
        const auto wanted = wanted_now(*wish.knob, &wish, *current, list_.room).value;
        return standing_of_new(wish, wanted, *current, list_.room) == Standing::to_write;
    }

    /// Whether the target will look as if it had been created with the leased value: its current value goes
    /// on record, and it is not written.
    bool may_be_mistaken(const Wish& wish, const std::optional<std::string>& origin) {
        const auto current = origin ? read(*wish.knob, wish.target, wish.path) : Result<std::string>{};
        return origin && current && began_with(form_of(wish.knob->form), wish.path, *current, *origin);
    }

    void add(Wish wish) {
        list_.index.emplace(TargetName{wish.knob->key, wish.target}, list_.wishes.size());
        list_.wishes.push_back(std::move(wish));
    }

    void look_for(const KnobRecord& record) {
        const Knob* knob = knob_of(record);
        if (knob == nullptr || form_of(knob->form).targets == nullptr) return;
        const Form& form = form_of(knob->form);
        if (targets_of(*knob) == nullptr) return;
        const bool is_target = identities_.contains({knob->form, identity_of(form, record.target)});
        if (!is_target && (form.is_there == nullptr || !form.is_there(host_, record).value_or(true)))
            list_.gone.emplace(record.knob, record.target);
    }

    Host& host_;
    const LedgerContent& ledger_;
    KnobFilter among_;
    // by knob and identity: the target's name on record
    std::map<TargetName, std::string> recorded_;
    std::map<std::string, const KnobRecord*> held_;                      // by path
    std::set<std::string> own_paths_;                                    // of individual claims
    std::map<KnobForm, std::map<std::string, std::string>> targets_;     // by name
    std::map<std::pair<KnobForm, std::string>, std::string> identities_; // names of the targets
    WishList list_;
};
} // namespace

const Wish* WishList::find(const KnobRecord& record) const {
    const auto position = index.find({record.knob, record.target});
    return position == index.end() ? nullptr : &wishes[position->second];
}

bool WishList::holds_beside(const KnobRecord& record) const {
    return std::any_of(record.beside.begin(), record.beside.end(),
                       [&](const TargetName& name) { return index.contains(name); });
}

std::string WishList::wanted(Host& host, const KnobRecord& record) const {
    const Knob* knob = find_knob(record.knob);
    if (knob == nullptr) return record.baseline;
    const Wish* wish = find(record);
    std::string value = wanted_now(*knob, wish, record.baseline, room).value;
    const auto meaning = form_of(knob->form).meaning;
    return wish == nullptr || meaning == nullptr ? value : meaning(host, record, value);
}

WishList list_wishes(Host& host, const LedgerContent& ledger, KnobFilter among) {
    return WishLister(host, ledger, among).run();
}

} // namespace hostlease

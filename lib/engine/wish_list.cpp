#include "engine/wish_list.hpp"

#include "engine/form.hpp"

#include <algorithm>

namespace hostlease {

namespace {
class WishLister {
  public:
    WishLister(Host& host, const LedgerContent& ledger) : host_(host), ledger_(ledger) {
        for (const auto& record : ledger.records)
            recorded_.emplace(record.knob, record.target);
    }

    WishList run() {
        auto wishes = collect_wishes(ledger_.leases);
        for (const auto& wish : wishes)
            if (!wish.is_for_every_target()) own_paths_.insert(wish.path);
        for (auto& wish : wishes) {
            if (wish.knob->form == KnobForm::pool) continue;
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
    /// The targets of a knob now, by name; nullptr when they cannot be listed.
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
        for (auto& one : *found)
            targets.emplace(std::move(one.target), std::move(one.path));
        return &targets;
    }

    /// What has a claim of its own, whichever knob's, is left out.
    void spread(const Wish& wish) {
        const auto* targets = targets_of(*wish.knob);
        if (targets == nullptr) return;
        for (const auto& [target, path] : *targets) {
            if (own_paths_.contains(path)) continue;
            Wish one = wish;
            one.target = target;
            one.path = path;
            if (recorded_.contains({std::string(wish.knob->key), target}) || would_change(one)) add(std::move(one));
        }
    }

    /// A target that cannot be read now is passed over: it was never touched.
    bool would_change(const Wish& wish) {
        const Form& form = form_of(wish.knob->form);
        const auto current = form.read(host_, unknown_record(*wish.knob, wish.target, wish.path));
        if (!current) return false;
        if (wish.knob->same(*current, wish.wanted(*current).value) || wish.is_served({}, *current)) return false;
        list_.found.emplace(TargetName{wish.knob->key, wish.target}, *current);
        return true;
    }

    void add(Wish wish) {
        list_.index.emplace(TargetName{wish.knob->key, wish.target}, list_.wishes.size());
        list_.wishes.push_back(std::move(wish));
    }

    void look_for(const KnobRecord& record) {
        const Knob* knob = find_knob(record.knob);
        if (knob == nullptr || knob->form == KnobForm::pool || form_of(knob->form).targets == nullptr) return;
        const auto* targets = targets_of(*knob);
        if (targets != nullptr && !targets->contains(record.target)) list_.gone.emplace(record.knob, record.target);
    }

    Host& host_;
    const LedgerContent& ledger_;
    std::set<TargetName> recorded_;
    std::set<std::string> own_paths_;                                // of the claims on one target
    std::map<KnobForm, std::map<std::string, std::string>> targets_; // by name
    WishList list_;
};
} // namespace

const Wish* WishList::find(const KnobRecord& record) const {
    const auto position = index.find({record.knob, record.target});
    return position == index.end() ? nullptr : &wishes[position->second];
}

bool WishList::holds_beside(const KnobRecord& record) const {
    return std::any_of(record.beside.begin(), record.beside.end(), [&](const TargetName& name) { return index.contains(name); });
}

std::string wanted_value(Host& host, const KnobRecord& record, const Wish* wish) {
    if (wish == nullptr) return record.baseline;
    std::string value = wish->wanted(record.baseline).value;
    const auto meaning = form_of(wish->knob->form).meaning;
    return meaning == nullptr ? value : meaning(host, record, value);
}

WishList list_wishes(Host& host, const LedgerContent& ledger) { return WishLister(host, ledger).run(); }

} // namespace hostlease

#include "advice/suggest/suggest.hpp"

#include "advice/suggest/join_repeated.hpp"
#include "advice/suggest/pci_places.hpp"
#include "advice/suggest/scene.hpp"
#include "advice/suggest/vcpu_pins.hpp"
#include "core/error.hpp"
#include "core/parse.hpp"
#include "read/domain_xml.hpp"

#include <algorithm>
#include <map>

namespace hostlease {

namespace {
/// Each round starts from the text of the last one, because the change of one group may cause a finding of
/// another. Usually two rounds suffice.
constexpr unsigned most_rounds = 6;

const std::vector<const GroupSetter*>& setters() {
    static const std::vector<const GroupSetter*> list{
        &device_setter(),  &graphics_setter(), &network_setter(), &storage_setter(), &hyperv_setter(),
        &feature_setter(), &clock_setter(),    &cpu_setter(),     &pinning_setter(), &memory_setter()};
    return list;
}

tl::expected<DomainDocument, std::string> read(const SuggestRequest& request, const std::string& text) {
    return read_domain_document(text, request.file, DomainIdentity::may_be_wrong)
        .map_error([](const Diagnostics& problems) { return problems.text(); });
}

AuditInput input_of(const SuggestRequest& request, const DomainDocument& read_domain) {
    return {.root = read_domain.root(),
            .domain = read_domain.domain,
            .guest = request.guest,
            .windows = request.windows,
            .vendor = request.vendor,
            .host = &request.host,
            .policy = request.policy,
            .libvirt_version = request.libvirt_version};
}

const Remedy* remedy_of(const GroupSetter& setter, std::string_view rule) {
    const auto found = std::find_if(setter.remedies.begin(), setter.remedies.end(),
                                    [&](const Remedy& one) { return one.rule == rule; });
    return found == setter.remedies.end() ? nullptr : &*found;
}

/// The notes so far. A note about a change stays valid in later rounds; any other note holds only in the
/// round that made it.
struct Told {
    using Notes = std::vector<SuggestNote>;
    Notes of_size;
    std::map<RuleGroup, Notes> of_changes;
    std::map<RuleGroup, Notes> of_round;
    Notes of_left_out;

    void add(const GroupSetter& setter, Notes notes, bool is_changed) {
        auto& list = (is_changed ? of_changes : of_round)[setter.group];
        list.insert(list.end(), notes.begin(), notes.end());
    }
    [[nodiscard]] Notes all() const {
        Notes list = of_size;
        const auto append = [&](const std::map<RuleGroup, Notes>& from, RuleGroup group) {
            if (const auto found = from.find(group); found != from.end())
                for (const auto& note : found->second)
                    if (std::find(list.begin(), list.end(), note) == list.end()) list.push_back(note);
        };
        for (const auto* setter : setters()) {
            append(of_changes, setter->group);
            append(of_round, setter->group);
        }
        list.insert(list.end(), of_left_out.begin(), of_left_out.end());
        return list;
    }
};

/// The changes of an attempt.
struct Choice {
    std::set<RuleGroup> groups;
    std::set<std::string_view> left = {}; // rules whose findings stay
};

std::string written(const XmlNode& node) {
    std::string text;
    node.write(text);
    return text;
}

/// Applies one change and keeps its notes.
template <typename Change>
void change(const GroupSetter& setter, SuggestScene& scene, Told& told, Change apply) {
    const auto before = written(scene.root);
    scene.notes.clear();
    apply();
    told.add(setter, scene.notes, written(scene.root) != before);
}

void set_group(const GroupSetter& setter, const Choice& choice, SuggestScene& scene, Told& told) {
    if (setter.set != nullptr) return change(setter, scene, told, [&] { setter.set(scene); });
    auto input = scene.audit;
    input.group = setter.group;
    const auto report = audit(input, scene.request.file);
    for (const auto& result : report.results) {
        if (choice.left.contains(result.rule->id)) continue;
        const auto* remedy = remedy_of(setter, result.rule->id);
        for (const auto& finding : result.findings)
            change(setter, scene, told, [&] {
                if (remedy != nullptr)
                    remedy->apply(scene, finding);
                else if (!finding.xml.empty())
                    merge_xml(scene.root, finding.xml);
            });
    }
}

/// Applies `change` to the text.
template <typename Change>
tl::expected<void, std::string> with_scene(const SuggestRequest& request, std::string& text,
                                           std::vector<SuggestNote>& notes, Change change) {
    const auto domain = TRY(read(request, text));
    auto edit = XmlEdit::open(text);
    if (!edit) return tl::unexpected(request.file + ": " + edit.error().message);
    const auto input = input_of(request, domain);
    SuggestScene scene{request, input, edit->root(), notes};
    TRY_VOID(change(scene));
    text = edit->text();
    return {};
}

/// Makes the changes in `text`, in rounds until nothing changes.
tl::expected<void, std::string> set_groups(const SuggestRequest& request, const Choice& choice,
                                           std::string& text, Told& told) {
    std::vector<SuggestNote> notes;
    for (unsigned round = 0; round < most_rounds; ++round) {
        const auto before = text;
        told.of_round.clear();
        for (const auto* setter : setters()) {
            if (!request.groups.contains(setter->group)) continue;
            TRY_VOID(
                with_scene(request, text, notes, [&](SuggestScene& scene) -> tl::expected<void, std::string> {
                    set_group(*setter, choice, scene, told);
                    return {};
                }));
        }
        if (text == before) return {};
    }
    return tl::unexpected(std::string("the changes of its findings trigger each other endlessly"));
}

/// The result of the audit and of the judges for a text; a suggestion must not be worse.
struct Standing {
    // by rule: the number of errors, and the number of errors and warnings
    std::map<std::string_view, std::pair<std::size_t, std::size_t>> findings;
    std::map<std::string_view, std::string> words; // of the rule's most severe finding
    std::set<std::string_view> not_applicable;     // rules
    std::vector<std::string> refusals;             // of each judge; "" if it accepts the text
};

tl::expected<Standing, std::string> standing_of(const SuggestRequest& request, const std::string& text) {
    const auto domain = TRY(read(request, text));
    Standing standing;
    const auto report = audit(input_of(request, domain), request.file);
    each_finding(report, [&](const RuleResult& result, const AuditFinding& finding) {
        if (result.rule->group == RuleGroup::host) return; // no change of the XML resolves these
        const auto severity = severity_of(*result.rule, finding);
        auto& [errors, warnings] = standing.findings[result.rule->id];
        errors += severity == Severity::error ? finding.places : 0;
        warnings += severity != Severity::note ? finding.places : 0;
        standing.words.emplace(result.rule->id, finding.found);
    });
    for (const auto& result : report.results)
        if (result.verdict == Verdict::not_applicable) standing.not_applicable.insert(result.rule->id);
    for (const auto& judge : request.judges)
        standing.refusals.push_back(judge(text));
    return standing;
}

/// The groups whose findings count. Findings about pins do not count if all pins are to be removed.
std::set<RuleGroup> audited_groups(const SuggestRequest& request) {
    auto groups = request.groups;
    if (request.without_pins) groups.erase(RuleGroup::pinning);
    return groups;
}

/// Whether new warnings of a rule mean that the text has become worse. Without pins, vCPUs and memory are on
/// any node, which the rules about pins and near memory cannot see: what they find once there are pins is not
/// worse than that.
bool counts_warnings(const Rule& rule, const std::set<RuleGroup>& groups, const Standing& before) {
    const bool needs_pins = is_about_vcpus(rule) || rule.id == "MEM-NUMA";
    return groups.contains(rule.group) && !(needs_pins && before.not_applicable.contains(rule.id));
}

/// Why `now` is worse than `before`; "" if it is not. A judge that refused the text before does not count.
std::string why_worse(const SuggestRequest& request, const Standing& before, const Standing& now) {
    const auto groups = audited_groups(request);
    for (const auto& [id, counts] : now.findings) {
        const auto former = before.findings.find(id);
        const auto [errors, warnings] =
            former == before.findings.end() ? std::pair<std::size_t, std::size_t>() : former->second;
        if (counts.first > errors ||
            (counts.second > warnings && counts_warnings(*find_rule(id), groups, before)))
            return std::string(id) + ": " + now.words.at(id);
    }
    for (std::size_t index = 0; index < now.refusals.size(); ++index)
        if (before.refusals[index].empty() && !now.refusals[index].empty()) return now.refusals[index];
    return {};
}

/// A text with some changes, and its notes.
struct Attempt {
    std::string text;
    Told told;
    std::vector<std::string> refusals = {}; // as in Standing
};
tl::expected<Attempt, std::string> attempt(SuggestRequest request, const Choice& choice, const Attempt& from,
                                           const Standing& before) {
    request.groups = choice.groups;
    Attempt made = from;
    TRY_VOID(set_groups(request, choice, made.text, made.told));
    if (made.text == from.text) return made;
    auto now = TRY(standing_of(request, made.text));
    if (auto why = why_worse(request, before, now); !why.empty()) return tl::unexpected(std::move(why));
    made.refusals = std::move(now.refusals);
    return made;
}

/// Adds one change after the other, in the order of setters(), and leaves out each that makes the text worse.
class Selection {
  public:
    Selection(const SuggestRequest& request, const Attempt& from, const Standing& before)
        : request_(request), from_(from), before_(before), best_(from) {}

    Attempt select() {
        for (const auto* setter : setters())
            if (request_.groups.contains(setter->group)) add(*setter);
        best_.told.of_left_out = std::move(left_out_);
        return std::move(best_);
    }

  private:
    void add(const GroupSetter& setter) {
        auto more = choice_;
        more.groups.insert(setter.group);
        const auto why = take(more);
        if (why.empty()) return;
        if (setter.set == nullptr) return add_by_rule(setter.group, more);
        leave_out(setter.group, "stays unchanged: " + why);
    }

    /// Adds the changes of the group's rules. Rules with the same reason are one note.
    void add_by_rule(RuleGroup group, Choice more) {
        std::vector<std::string_view> rules;
        for (const auto* rule : all_rules())
            if (rule->group == group) rules.push_back(rule->id);
        more.left.insert(rules.begin(), rules.end());
        std::vector<std::pair<std::string, std::string>> reasons; // with the rules
        for (const auto rule : rules) {
            more.left.erase(rule);
            const auto why = take(more);
            if (why.empty()) continue;
            more.left.insert(rule);
            const auto known = std::find_if(reasons.begin(), reasons.end(),
                                            [&](const auto& reason) { return reason.first == why; });
            if (known == reasons.end())
                reasons.emplace_back(why, rule);
            else
                known->second += ", " + std::string(rule);
        }
        for (const auto& [why, names] : reasons)
            leave_out(group, "stays without the change for " + names + ": " + why);
    }

    /// Makes the choice if it does not make the text worse; otherwise returns why it does.
    std::string take(const Choice& choice) {
        auto made = attempt(request_, choice, from_, before_);
        if (!made) return made.error();
        best_ = std::move(*made);
        choice_ = choice;
        return {};
    }

    void leave_out(RuleGroup group, const std::string& how) {
        left_out_.push_back({Severity::warning, "group '" + std::string(name_of(group)) + "' " + how});
    }

    const SuggestRequest& request_;
    const Attempt& from_;
    const Standing& before_;
    Attempt best_;
    Choice choice_;
    Told::Notes left_out_;
};

/// Repeats until nothing changes: a change that was left out may be possible once the others are set.
/// Suggesting again then changes nothing.
tl::expected<Attempt, std::string> set_all(const SuggestRequest& request, Attempt made) {
    for (unsigned round = 0; round < most_rounds; ++round) {
        const auto before = TRY(standing_of(request, made.text));
        made.refusals = before.refusals;
        made.told.of_left_out.clear();
        if (auto all = attempt(request, {request.groups}, made, before)) return all;
        auto some = Selection(request, made, before).select();
        const bool is_done = some.text == made.text;
        made = std::move(some);
        if (is_done) break;
    }
    return made;
}

/// The request's text with repeated sections joined.
tl::expected<std::string, std::string> text_to_change(const SuggestRequest& request) {
    auto edit = XmlEdit::open(request.text);
    if (!edit) return tl::unexpected(request.file + ": " + edit.error().message);
    return join_repeated(edit->root()) ? edit->text() : request.text;
}

/// A judge that refused the text before does not prevent changes, but its words still apply to the result.
void add_refusals(const std::vector<std::string>& refusals, std::vector<SuggestNote>& notes) {
    for (const auto& refusal : refusals)
        if (!refusal.empty())
            notes.push_back({Severity::warning, "the XML is refused even with these changes: " + refusal});
}

/// Whether each vCPU has the same pin as before.
bool keeps_pins(const Domain& before, const Domain& now) {
    const auto is_same = [](const Pin& left, const Pin& right) {
        return left.id == right.id && left.cpus == right.cpus;
    };
    return !now.vcpu_pins.empty() && std::equal(before.vcpu_pins.begin(), before.vcpu_pins.end(),
                                                now.vcpu_pins.begin(), now.vcpu_pins.end(), is_same);
}
} // namespace

std::vector<SettableGroup> settable_groups() {
    std::vector<SettableGroup> list;
    for (const auto* setter : setters())
        list.push_back({setter->group, setter->by_default, setter->needs_guest});
    std::sort(list.begin(), list.end(),
              [](const SettableGroup& left, const SettableGroup& right) { return left.group < right.group; });
    return list;
}

tl::expected<Suggestion, std::string> suggest(const SuggestRequest& request) {
    const auto joined = TRY(text_to_change(request));
    Attempt sized{.text = joined, .told = {}};
    TRY_VOID(with_scene(request, sized.text, sized.told.of_size, set_size));
    const auto made = TRY(set_all(request, std::move(sized)));
    Suggestion suggestion{.text = made.text, .notes = made.told.all(), .remaining = {}};
    if (made.text == joined)
        suggestion.text = request.text;
    else
        add_refusals(made.refusals, suggestion.notes);
    if (suggestion.text != request.text && joined != request.text)
        suggestion.notes.push_back({Severity::note, "elements that stand more than once are joined: libvirt "
                                                    "reads them as one"});
    if (auto text = lost_ports(request.text, suggestion.text); !text.empty())
        suggestion.notes.push_back({Severity::note, std::move(text)});
    const auto domain = TRY(read(request, suggestion.text));
    if (request.prefer && keeps_pins(TRY(read(request, joined)).domain, domain.domain))
        suggestion.notes.push_back(
            {Severity::note, "--prefer has no effect: the pins stay, and with them the cores and the cache; "
                             "to place the VM anew, remove its <vcpupin> elements first"});
    const auto groups = audited_groups(request);
    for (auto& result : audit(input_of(request, domain), request.file).results)
        if (result.verdict == Verdict::failed && groups.contains(result.rule->group))
            suggestion.remaining.push_back(std::move(result));
    return suggestion;
}

} // namespace hostlease

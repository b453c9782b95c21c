#include "suggest/suggest.hpp"

#include "core/parse.hpp"
#include "read/domain_xml.hpp"
#include "suggest/scene.hpp"

#include <algorithm>
#include <map>

namespace hostlease {

namespace {
/// Each round starts from what the last one wrote; a change of one group may be what another asks for, and two rounds are the rule.
constexpr unsigned most_rounds = 6;

const std::vector<const GroupSetter*>& setters() {
    static const std::vector<const GroupSetter*> list{&device_setter(),  &graphics_setter(), &network_setter(), &storage_setter(),
                                                      &hyperv_setter(),  &feature_setter(),  &clock_setter(),   &cpu_setter(),
                                                      &pinning_setter(), &memory_setter()};
    return list;
}

/// A text with all that was read out of it.
class Reading {
  public:
    static tl::expected<Reading, std::string> of(const SuggestRequest& request, const std::string& text) {
        auto domain = read_domain_xml(text, request.file, DomainIdentity::may_be_wrong);
        if (!domain) return tl::unexpected(domain.error().text());
        auto document = XmlDocument::parse(text);
        auto edit = XmlEdit::open(text);
        if (!document || !edit) return tl::unexpected(request.file + ": " + (document ? edit.error() : document.error()).message);
        return Reading(request, std::move(*domain), std::move(*document), std::move(*edit));
    }

    [[nodiscard]] AuditInput input() const {
        return {.root = document_.root(),
                .domain = domain_,
                .guest = request_->guest,
                .windows = request_->windows,
                .vendor = request_->vendor,
                .host = &request_->host,
                .policy = request_->policy,
                .libvirt_version = request_->libvirt_version};
    }
    XmlEdit& edit() { return edit_; }

  private:
    Reading(const SuggestRequest& request, Domain domain, XmlDocument document, XmlEdit edit)
        : request_(&request), domain_(std::move(domain)), document_(std::move(document)), edit_(std::move(edit)) {}

    const SuggestRequest* request_;
    Domain domain_;
    XmlDocument document_;
    XmlEdit edit_;
};

const Remedy* remedy_of(const GroupSetter& setter, std::string_view rule) {
    const auto found =
        std::find_if(setter.remedies.begin(), setter.remedies.end(), [&](const Remedy& one) { return one.rule == rule; });
    return found == setter.remedies.end() ? nullptr : &*found;
}

/// What was told of changes holds from then on, and the rest in the round in which it was told.
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

std::string written(const XmlNode& node) {
    std::string text;
    node.write(text);
    return text;
}

/// Does one change, and keeps what it tells.
template <typename Change>
void change(const GroupSetter& setter, SuggestScene& scene, Told& told, Change apply) {
    const auto before = written(scene.root);
    scene.notes.clear();
    apply();
    told.add(setter, scene.notes, written(scene.root) != before);
}

void set_group(const GroupSetter& setter, SuggestScene& scene, Told& told) {
    if (setter.set != nullptr) return change(setter, scene, told, [&] { setter.set(scene); });
    const auto report = audit(scene.audit, scene.request.file);
    for (const auto& result : report.results) {
        if (result.rule->group != setter.group) continue;
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

/// Does `change` to the text.
template <typename Change>
tl::expected<void, std::string> with_scene(const SuggestRequest& request, std::string& text, std::vector<SuggestNote>& notes,
                                           Change change) {
    auto reading = Reading::of(request, text);
    if (!reading) return tl::unexpected(reading.error());
    const auto input = reading->input();
    SuggestScene scene{request, input, reading->edit().root(), notes};
    if (const tl::expected<void, std::string> done = change(scene); !done) return done;
    text = reading->edit().text();
    return {};
}

/// The request's groups, set in `text`.
tl::expected<void, std::string> set_groups(const SuggestRequest& request, std::string& text, Told& told) {
    std::vector<SuggestNote> notes;
    for (unsigned round = 0; round < most_rounds; ++round) {
        const auto before = text;
        told.of_round.clear();
        for (const auto* setter : setters()) {
            if (!request.groups.contains(setter->group)) continue;
            const auto done = with_scene(request, text, notes, [&](SuggestScene& scene) -> tl::expected<void, std::string> {
                set_group(*setter, scene, told);
                return {};
            });
            if (!done) return done;
        }
        if (text == before) return {};
    }
    return tl::unexpected(std::string("its changes bring each other about without end"));
}

/// What the audit and the judges say of a text, to hold the text of a suggestion against.
struct Standing {
    std::map<std::string_view, std::pair<std::size_t, std::size_t>> findings; // by rule: errors, and errors or warnings
    std::map<std::string_view, std::string> words;                            // of a rule's gravest finding
    std::vector<std::string> refusals;                                        // of each judge
};

tl::expected<Standing, std::string> standing_of(const SuggestRequest& request, const std::string& text) {
    const auto reading = Reading::of(request, text);
    if (!reading) return tl::unexpected(reading.error());
    Standing standing;
    const auto report = audit(reading->input(), request.file);
    each_finding(report, [&](const RuleResult& result, const AuditFinding& finding) {
        if (result.rule->group == RuleGroup::host) return; // which no XML mends
        const auto severity = severity_of(*result.rule, finding);
        auto& [errors, warnings] = standing.findings[result.rule->id];
        errors += severity == Severity::error ? finding.places : 0;
        warnings += severity != Severity::note ? finding.places : 0;
        standing.words.emplace(result.rule->id, finding.found);
    });
    for (const auto& judge : request.judges)
        standing.refusals.push_back(judge(text));
    return standing;
}

/// Why `now` is worse than `before`, "" when it is not. A judge who refused before says nothing of the change.
std::string why_worse(const SuggestRequest& request, const Standing& before, const Standing& now) {
    for (const auto& [id, counts] : now.findings) {
        const auto former = before.findings.find(id);
        const auto [errors, warnings] = former == before.findings.end() ? std::pair<std::size_t, std::size_t>() : former->second;
        const bool is_set = request.groups.contains(find_rule(id)->group);
        if (counts.first > errors || (is_set && counts.second > warnings)) return std::string(id) + ": " + now.words.at(id);
    }
    for (std::size_t index = 0; index < now.refusals.size(); ++index)
        if (before.refusals[index].empty() && !now.refusals[index].empty()) return now.refusals[index];
    return {};
}

/// A text with these groups set, or why it is none to suggest.
struct Attempt {
    std::string text;
    Told told;
};
tl::expected<Attempt, std::string> attempt(SuggestRequest request, const std::set<RuleGroup>& groups, const Attempt& from,
                                           const Standing& before) {
    request.groups = groups;
    Attempt made = from;
    if (const auto done = set_groups(request, made.text, made.told); !done) return tl::unexpected(done.error());
    if (made.text == from.text) return made;
    const auto now = standing_of(request, made.text);
    if (!now) return tl::unexpected(now.error());
    if (auto why = why_worse(request, before, *now); !why.empty()) return tl::unexpected(std::move(why));
    return made;
}

/// As many of the groups as go together, one after the other in the order in which they are set.
Attempt set_what_holds(const SuggestRequest& request, const Attempt& from, const Standing& before) {
    Attempt best = from;
    std::set<RuleGroup> groups;
    Told::Notes left_out;
    for (const auto* setter : setters()) {
        if (!request.groups.contains(setter->group)) continue;
        auto more = groups;
        more.insert(setter->group);
        if (auto made = attempt(request, more, from, before)) {
            best = std::move(*made);
            groups = std::move(more);
        } else {
            left_out.push_back(
                {Severity::warning, "group '" + std::string(name_of(setter->group)) + "' is left as it is: " + made.error()});
        }
    }
    best.told.of_left_out = std::move(left_out);
    return best;
}

/// What is left out because of one group may hold once the others are set: the result is what a further suggestion leaves as it is.
tl::expected<Attempt, std::string> set_all(const SuggestRequest& request, Attempt made) {
    for (unsigned round = 0; round < most_rounds; ++round) {
        const auto before = standing_of(request, made.text);
        if (!before) return tl::unexpected(before.error());
        made.told.of_left_out.clear();
        if (auto all = attempt(request, request.groups, made, *before)) return all;
        auto some = set_what_holds(request, made, *before);
        const bool is_done = some.text == made.text;
        made = std::move(some);
        if (is_done) break;
    }
    return made;
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
    Attempt sized{.text = request.text, .told = {}};
    if (auto done = with_scene(request, sized.text, sized.told.of_size, set_size); !done) return tl::unexpected(done.error());
    const auto made = set_all(request, std::move(sized));
    if (!made) return tl::unexpected(made.error());
    Suggestion suggestion{.text = made->text, .notes = made->told.all(), .remaining = {}};
    const auto reading = Reading::of(request, suggestion.text);
    if (!reading) return tl::unexpected(reading.error());
    for (auto& result : audit(reading->input(), request.file).results)
        if (result.verdict == Verdict::failed && request.groups.contains(result.rule->group))
            suggestion.remaining.push_back(std::move(result));
    return suggestion;
}

} // namespace hostlease

#include "suggest/suggest.hpp"

#include "core/parse.hpp"
#include "read/domain_xml.hpp"
#include "suggest/scene.hpp"

#include <algorithm>

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
        auto domain = read_domain_xml(text, request.file, DomainIdentity::may_be_missing);
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

void set_group(const GroupSetter& setter, SuggestScene& scene) {
    if (setter.set != nullptr) return setter.set(scene);
    const auto report = audit(scene.audit, scene.request.file);
    for (const auto& result : report.results) {
        if (result.rule->group != setter.group) continue;
        const auto* remedy = remedy_of(setter, result.rule->id);
        for (const auto& finding : result.findings) {
            if (remedy != nullptr)
                remedy->apply(scene, finding);
            else if (!finding.xml.empty())
                merge_xml(scene.root, finding.xml);
        }
    }
}

/// Does `change` to the text of the suggestion.
template <typename Change>
tl::expected<void, std::string> with_scene(const SuggestRequest& request, Suggestion& suggestion, Change change) {
    auto reading = Reading::of(request, suggestion.text);
    if (!reading) return tl::unexpected(reading.error());
    const auto input = reading->input();
    SuggestScene scene{request, input, reading->edit().root(), suggestion.notes};
    if (const tl::expected<void, std::string> done = change(scene); !done) return done;
    suggestion.text = reading->edit().text();
    return {};
}

tl::expected<void, std::string> set_groups(const SuggestRequest& request, Suggestion& suggestion) {
    for (unsigned round = 0; round < most_rounds; ++round) {
        const auto before = suggestion.text;
        for (const auto* setter : setters()) {
            if (!request.groups.contains(setter->group)) continue;
            const auto done = with_scene(request, suggestion, [&](SuggestScene& scene) -> tl::expected<void, std::string> {
                set_group(*setter, scene);
                return {};
            });
            if (!done) return done;
        }
        if (suggestion.text == before) break;
    }
    return {};
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
    Suggestion suggestion{.text = request.text, .notes = {}, .remaining = {}};
    if (auto done = with_scene(request, suggestion, set_size); !done) return tl::unexpected(done.error());
    if (auto done = set_groups(request, suggestion); !done) return tl::unexpected(done.error());
    const auto reading = Reading::of(request, suggestion.text);
    if (!reading) return tl::unexpected(reading.error());
    for (auto& result : audit(reading->input(), request.file).results)
        if (result.verdict == Verdict::failed && request.groups.contains(result.rule->group))
            suggestion.remaining.push_back(std::move(result));
    return suggestion;
}

} // namespace hostlease

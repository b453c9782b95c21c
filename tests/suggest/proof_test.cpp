// A suggestion is compared with the original XML: changes that would make the XML worse are dropped, with a
// reason.
#include "suggest/suggest_support.hpp"

using namespace hostlease;
using namespace hostlease::test;

namespace {
using Groups = std::set<RuleGroup>;

bool has(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

std::size_t count_notes(const Suggestion& suggestion, const std::string& words) {
    return static_cast<std::size_t>(
        std::count_if(suggestion.notes.begin(), suggestion.notes.end(),
                      [&](const SuggestNote& note) { return has(note.text, words); }));
}

Suggestion judged(const std::string& body, const Groups& groups, std::vector<Judge> judges) {
    auto suggestion =
        suggest_for(document_of(body), make_scene(), {.groups = groups, .judges = std::move(judges)});
    if (!suggestion) FAIL(suggestion.error());
    return *std::move(suggestion);
}

/// Refuses a text that contains these words.
Judge refuses(const std::string& words) {
    return [words](const std::string& text) { return has(text, words) ? "no " + words : std::string(); };
}
} // namespace

TEST_CASE(
    "a change that a judge refuses is omitted, and the others of its group and of other groups are made") {
    const auto suggestion = judged("<vcpu>2</vcpu><memory unit='GiB'>4</memory>",
                                   {RuleGroup::memory, RuleGroup::cpu}, {refuses("memballoon")});
    CHECK(has(suggestion.text, "host-passthrough"));
    CHECK(has(suggestion.text, "<hugepages>"));
    CHECK(count_notes(
              suggestion,
              "group 'memory' stays without the change for MEM-BALLOON-OFF, MEM-STATS: no memballoon") == 1);
    CHECK(std::any_of(suggestion.remaining.begin(), suggestion.remaining.end(),
                      [](const RuleResult& result) { return result.rule->id == "MEM-BALLOON-OFF"; }));
}

TEST_CASE(
    "a judge that refuses the original XML prevents no change, and a warning quotes its words about the "
    "result") {
    const Judge dislikes_pins = [](const std::string& text) {
        return has(text, "vcpupin") ? "no pins" : "no vCPUs";
    };
    const auto suggestion = judged("<vcpu>2</vcpu>", {RuleGroup::pinning}, {dislikes_pins});
    CHECK(has(suggestion.text, "vcpupin"));
    CHECK(count_notes(suggestion, "the XML is refused even with these changes: no pins") == 1);
    CHECK(count_notes(suggestion, "no vCPUs") == 0);
    CHECK(count_notes(judged("<vcpu>2</vcpu>", {RuleGroup::pinning}, {refuses("vcpupin"), dislikes_pins}),
                      "even with these changes") == 0); // nothing is changed
    CHECK(count_notes(judged("<vcpu>2</vcpu>", {RuleGroup::pinning}, {refuses("nothing")}),
                      "even with these changes") == 0);
}

TEST_CASE("every judge counts") {
    const auto suggestion = judged("", {RuleGroup::cpu}, {refuses("<domain"), refuses("host-passthrough")});
    CHECK_FALSE(has(suggestion.text, "host-passthrough"));
    CHECK(count_notes(suggestion,
                      "group 'cpu' stays without the change for CPU-PASSTHROUGH: no host-passthrough") == 1);
}

TEST_CASE("pins that a judge refuses are omitted") {
    const auto suggestion =
        judged("<vcpu>2</vcpu>", {RuleGroup::cpu, RuleGroup::pinning}, {refuses("vcpupin")});
    CHECK(has(suggestion.text, "host-passthrough"));
    CHECK(count_notes(suggestion, "group 'pinning' stays unchanged: no vcpupin") == 1);
}

TEST_CASE("pins are set although their rules find what was so without pins") {
    const auto is_pinned = [](const std::string& body) {
        const auto suggestion =
            settled(document_of(body), large_scene(), {.groups = {RuleGroup::pinning, RuleGroup::memory}});
        CHECK(count_notes(suggestion, "stays unchanged") == 0);
        return has(suggestion.text, "<vcpupin");
    };
    CHECK(is_pinned("<vcpu>20</vcpu>")); // more than a node has
    CHECK(is_pinned("<numatune><memory mode='interleave' nodeset='0-1'/></numatune>"));
    CHECK(is_pinned(
        "<memory unit='GiB'>48</memory><numatune><memory mode='strict' nodeset='0-1'/></numatune>"));
}

TEST_CASE("unchanged XML is not judged again") {
    unsigned calls = 0;
    const Judge counting = [&](const std::string&) {
        ++calls;
        return std::string();
    };
    const auto once = judged("", {RuleGroup::cpu}, {counting});
    CHECK(calls == 2);
    CHECK(suggest_for(once.text, make_scene(), {.groups = {RuleGroup::cpu}, .judges = {counting}})->text ==
          once.text);
    CHECK(calls == 3);
}

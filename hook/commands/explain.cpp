#include "engine/explain.hpp"

#include "command.hpp"
#include "core/text_table.hpp"
#include "ledger/ledger.hpp"
#include "plan/target_groups.hpp"
#include "read/policy_value.hpp"

#include <algorithm>
#include <map>

namespace hostlease {

namespace {
/// A knob of thousands of targets of their own is shown by the first few.
constexpr std::size_t most_shown = 8;

/// The knob that reads this policy key, its own or another; nullptr when it is none.
const Knob* knob_of_key(std::string_view key) {
    for (const Knob* knob : all_knobs())
        if (std::any_of(knob->keys.begin(), knob->keys.end(), [&](const KeySpec& spec) { return spec.key == key; })) return knob;
    return nullptr;
}

Result<std::string> no_such(const std::string& word, const LedgerContent& ledger) {
    std::vector<std::string_view> known;
    for (const auto& spec : policy_keys())
        known.push_back(spec.key);
    for (const auto& lease : ledger.leases)
        known.push_back(lease.domain);
    const auto meant = nearest_word(word, known);
    return fail(ErrorKind::usage, "no knob is called '" + word + "', and no VM of that name holds a lease" +
                                      (meant.empty() ? "; `hostlease status` shows the VMs that do"
                                                     : "\n  hint: did you mean '" + std::string(meant) + "'?"));
}

std::string claim_text(const Explanation& one, const ExplainedClaim& held) {
    std::string text = held.claim.value + "  (" + held.claim.position.text() + ", " + std::string(to_text(held.claim.enforce)) +
                       ": " + held.claim.why + ")";
    if (!held.counts) return text + ", not in force now";
    return one.baseline && !held.granted ? text + ", gives way" : text;
}

/// All that is said of a target but its name.
std::string text_of(const Explanation& one) {
    TextTable rows;
    rows.push_back({"now", (one.current.empty() ? "-" : one.current) + "  " + one.writer});
    if (one.baseline) {
        rows.push_back(
            {"wanted", one.wanted + "  " +
                           (one.claims.empty() ? "as before: no VM asks for it any more" : std::string(one.knob->combining))});
        rows.push_back({"before", *one.baseline});
    }
    for (const auto& held : one.claims)
        rows.push_back({"VM " + held.domain, claim_text(one, held)});
    return align(rows);
}

/// One text for targets of which all is the same but their names.
std::string text_of(const std::vector<Explanation>& list) {
    TargetGroups groups;
    for (const auto& one : list)
        groups.add({std::string(one.knob->key), text_of(one)}, {one.target, one.path});
    std::string text;
    std::map<std::string, std::size_t> shown;
    std::map<std::string, std::size_t> left_out;
    for (const auto& group : groups.list()) {
        const std::string& knob = group.cells[0];
        if (++shown[knob] > most_shown)
            left_out[knob] += group.paths.size();
        else
            text += (text.empty() ? "" : "\n") + knob + "  " + joined_paths(group.paths) + "\n" + group.cells[1];
    }
    for (const auto& [knob, count] : left_out)
        text += "\nand " + std::to_string(count) + " more of " + knob + "; name one of them, or use --json\n";
    return text;
}

std::string paths_text(const Knob& knob) {
    std::string text;
    for (const auto path : knob.paths)
        text += (text.empty() ? "" : ", ") + std::string(path);
    return text.empty() ? "-" : text;
}

std::string about(const Knob& knob) {
    TextTable rows;
    for (const auto& spec : knob.keys) {
        rows.push_back({std::string(spec.key), std::string(spec.summary)});
        rows.push_back({"", "takes " + expected_values(spec) +
                                (spec.default_text.empty() ? "" : "; by default " + std::string(spec.default_text))});
    }
    rows.push_back({"written at", std::string(to_text(knob.phase))});
    rows.push_back({"several VMs", std::string(knob.combining)});
    rows.push_back({"files", paths_text(knob)});
    rows.push_back({"source", std::string(knob.source)});
    return align(rows);
}

TomlNode claim_node(const ExplainedClaim& held) {
    TomlTable row;
    put(row, "domain", held.domain);
    put(row, "value", held.claim.value);
    put(row, "policy_line", held.claim.position.text());
    put(row, "enforce", to_text(held.claim.enforce));
    put(row, "why", held.claim.why);
    put(row, "in_force", held.counts);
    put(row, "granted", held.granted);
    return {std::move(row), {}};
}

TomlNode node_of(const Explanation& one) {
    TomlTable row;
    put(row, "knob", one.knob->key);
    put(row, "target", one.target);
    put(row, "path", one.path);
    put(row, "current", one.current);
    put(row, "writer", one.writer);
    put(row, "rule", one.knob->combining);
    if (one.baseline) {
        put(row, "baseline", *one.baseline);
        put(row, "wanted", one.wanted);
    }
    TomlArray claims;
    for (const auto& held : one.claims)
        claims.push_back(claim_node(held));
    put(row, "claims", std::move(claims));
    return {std::move(row), {}};
}

TomlTable table_of(const Knob& knob) {
    TomlTable row;
    TomlArray keys;
    for (const auto& spec : knob.keys) {
        TomlTable key;
        put(key, "key", spec.key);
        put(key, "summary", spec.summary);
        put(key, "takes", expected_values(spec));
        put(key, "default", spec.default_text);
        keys.push_back({std::move(key), {}});
    }
    put(row, "keys", std::move(keys));
    put(row, "phase", to_text(knob.phase));
    put(row, "rule", knob.combining);
    put(row, "source", knob.source);
    return row;
}

/// What the words mean among all that is held.
struct Question {
    const Knob* knob = nullptr;
    std::string domain; // its name or uuid
    std::string target;

    [[nodiscard]] bool is_about(const Explanation& one, const LedgerContent& ledger) const {
        if (!target.empty() && one.target != target && one.path != target && one.knob->key != target) return false;
        if (knob != nullptr) return one.knob == knob;
        return std::any_of(one.claims.begin(), one.claims.end(), [&](const ExplainedClaim& held) {
            const Lease* lease = ledger.find_by_name(held.domain);
            return held.domain == domain || (lease != nullptr && lease->uuid == domain);
        });
    }
};

Result<Question> question_of(const std::vector<std::string>& words, const LedgerContent& ledger) {
    if (words.empty() || words.size() > 2) return fail(ErrorKind::usage, "explain needs a DOMAIN or a KNOB, and maybe a TARGET");
    Question question{knob_of_key(words[0]), words[0], words.size() == 2 ? words[1] : ""};
    const bool holds = std::any_of(ledger.leases.begin(), ledger.leases.end(),
                                   [&](const Lease& lease) { return lease.domain == words[0] || lease.uuid == words[0]; });
    if (question.knob == nullptr && !holds) TRY_VOID(no_such(words[0], ledger));
    return question;
}

/// The single file of a knob that nobody holds.
void add_free_file(Host& host, const Knob& knob, std::vector<Explanation>& list) {
    if (!list.empty() || knob.paths.size() != 1 || knob.paths[0].find('*') != std::string_view::npos) return;
    list.push_back(explain_free(host, knob, std::string(knob.paths[0])));
}

void print_answer(const Question& question, const std::vector<Explanation>& list, bool json) {
    if (!json) {
        if (question.knob != nullptr) print(about(*question.knob) + "\n");
        print(list.empty() ? "no VM holds " + (question.target.empty() ? "it" : "'" + question.target + "'") + "\n"
                           : text_of(list));
        return;
    }
    TomlTable table;
    if (question.knob != nullptr) put(table, "about", table_of(*question.knob));
    TomlArray rows;
    for (const auto& one : list)
        rows.push_back(node_of(one));
    put(table, "targets", std::move(rows));
    print(to_json({std::move(table), {}}));
}
} // namespace

ExitCode run_explain(Host& host, const CommandOptions& options) {
    const auto ledger = Ledger::peek(host);
    if (!ledger) return complain(ledger.error());
    const auto question = question_of(options.words, *ledger);
    if (!question) return complain(question.error());
    auto list = explain(host, *ledger);
    std::erase_if(list, [&](const Explanation& one) { return !question->is_about(one, *ledger); });
    if (question->knob != nullptr) add_free_file(host, *question->knob, list);
    print_answer(*question, list, options.json);
    return ExitCode::done;
}

} // namespace hostlease

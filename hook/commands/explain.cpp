#include "engine/explain.hpp"

#include "command.hpp"
#include "core/text_table.hpp"
#include "ledger/ledger.hpp"
#include "plan/fold_targets.hpp"
#include "read/policy_names.hpp"
#include "read/policy_value.hpp"

#include <algorithm>
#include <map>

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    bool json = false;
    std::vector<std::string> words;
};

/// The number of targets shown for a knob with thousands of different ones.
constexpr std::size_t most_shown = 8;

/// The knob that reads this policy key, its own or an additional one; nullptr if none does.
const Knob* knob_of_key(std::string_view key) {
    for (const Knob* knob : all_knobs())
        if (std::any_of(knob->keys.begin(), knob->keys.end(),
                        [&](const KeySpec& spec) { return spec.key == key; }))
            return knob;
    return nullptr;
}

/// The keys of a table of policies, without its name; empty if the word is not such a table.
std::vector<std::string_view> keys_of_table(std::string_view word) {
    std::vector<std::string_view> keys;
    for (const auto& spec : policy_keys())
        if (table_of(spec.key) == word) keys.push_back(name_in_table(spec.key));
    return keys;
}

Result<std::string> no_such(const std::string& word, const LedgerContent& ledger) {
    if (const auto keys = keys_of_table(word); !word.empty() && !keys.empty())
        return fail(ErrorKind::usage, "'" + word +
                                          "' is a table of policies, not a knob\n  hint: the keys of " +
                                          word + " are " + list_text(keys));
    std::vector<std::string_view> known;
    for (const auto& spec : policy_keys())
        known.push_back(spec.key);
    for (const auto& lease : ledger.leases)
        known.push_back(lease.domain);
    const auto meant = nearest_word(word, known);
    return fail(ErrorKind::usage,
                "'" + word + "' is neither a knob nor a VM that holds a lease\n  hint: " +
                    (meant.empty() ? "`hostlease policy keys` lists the knobs, `hostlease status` the VMs"
                                   : "did you mean '" + std::string(meant) + "'?"));
}

std::string claim_text(const Explanation& one, const ExplainedClaim& held) {
    std::string text = held.claim.value + "  (" + held.claim.position.text() + ", " +
                       std::string(to_text(held.claim.enforce)) + ": " + held.claim.why + ")";
    if (!held.counts) return text + ", not in force now";
    return one.baseline && !held.granted ? text + ", gives way" : text;
}

/// The data of a target without its name, in pairs of cells.
std::vector<std::string> cells_of(const Explanation& one) {
    std::vector<std::string> cells{"now", (one.current.empty() ? "-" : one.current) + "  " + one.writer};
    const auto add = [&](std::string name, std::string text) {
        cells.push_back(std::move(name));
        cells.push_back(std::move(text));
    };
    if (one.baseline) {
        add("wanted", one.wanted + "  " +
                          (one.claims.empty() ? "the baseline, because no VM asks for another value any more"
                                              : std::string(one.knob->combine.words)));
        add("before", *one.baseline);
    }
    for (const auto& held : one.claims)
        add("VM " + held.domain, claim_text(one, held));
    return cells;
}

/// One text for targets that differ only in their names.
std::string text_of(const std::vector<Explanation>& list) {
    std::vector<TargetRow> targets;
    for (const auto& one : list) {
        auto cells = cells_of(one);
        cells.insert(cells.begin(), std::string(one.knob->key));
        targets.push_back({std::move(cells), one.target, one.path});
    }
    std::string text;
    std::map<std::string, std::size_t> shown;
    std::map<std::string, std::size_t> left_out;
    for (const auto& row : fold_targets(targets)) {
        const std::string& knob = row.cells.front();
        if (++shown[knob] > most_shown) {
            left_out[knob] += row.targets;
            continue;
        }
        TextTable lines;
        for (std::size_t index = 1; index + 1 < row.cells.size(); index += 2)
            lines.push_back({row.cells[index], row.cells[index + 1]});
        text += (text.empty() ? "" : "\n") + knob + "  " + row.path + "\n" + align(lines);
    }
    for (const auto& [knob, count] : left_out)
        text += "\nand " + std::to_string(count) + " more of " + knob + "; name one of them or use --json\n";
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
        rows.push_back(
            {"", "takes " + expected_values(spec) +
                     (default_value(spec).empty() ? "" : "; default: " + std::string(default_value(spec)))});
    }
    rows.push_back({"written at", std::string(to_text(knob.phase))});
    rows.push_back({"several VMs", std::string(knob.combine.words)});
    rows.push_back({"files", paths_text(knob)});
    rows.push_back({"source", std::string(knob.source)});
    return align(rows);
}

Value claim_node(const ExplainedClaim& held) {
    ValueTable row;
    put(row, "domain", held.domain);
    put(row, "value", held.claim.value);
    put(row, "policy_line", held.claim.position.text());
    put(row, "enforce", to_text(held.claim.enforce));
    put(row, "why", held.claim.why);
    put(row, "in_force", held.counts);
    put(row, "granted", held.granted);
    return {std::move(row), {}};
}

Value node_of(const Explanation& one) {
    ValueTable row;
    put(row, "knob", one.knob->key);
    put(row, "target", one.target);
    put(row, "path", one.path);
    put(row, "current", one.current);
    put(row, "writer", one.writer);
    put(row, "rule", one.knob->combine.words);
    if (one.baseline) {
        put(row, "baseline", *one.baseline);
        put(row, "wanted", one.wanted);
    }
    ValueArray claims;
    for (const auto& held : one.claims)
        claims.push_back(claim_node(held));
    put(row, "claims", std::move(claims));
    return {std::move(row), {}};
}

ValueTable table_of(const Knob& knob) {
    ValueTable row;
    ValueArray keys;
    for (const auto& spec : knob.keys) {
        ValueTable key;
        put(key, "key", spec.key);
        put(key, "summary", spec.summary);
        put(key, "takes", expected_values(spec));
        put(key, "default", default_value(spec));
        keys.push_back({std::move(key), {}});
    }
    put(row, "keys", std::move(keys));
    put(row, "phase", to_text(knob.phase));
    put(row, "rule", knob.combine.words);
    put(row, "source", knob.source);
    return row;
}

/// The knob, domain and target that the words name.
struct Question {
    const Knob* knob = nullptr;
    std::string domain; // name or uuid
    std::string target;

    [[nodiscard]] bool is_about(const Explanation& one, const LedgerContent& ledger) const {
        if (!target.empty() && one.target != target && one.path != target && one.knob->key != target)
            return false;
        if (knob != nullptr) return one.knob == knob;
        return std::any_of(one.claims.begin(), one.claims.end(), [&](const ExplainedClaim& held) {
            const Lease* lease = ledger.find_by_name(held.domain);
            return held.domain == domain || (lease != nullptr && lease->uuid == domain);
        });
    }
};

Result<Question> question_of(const std::vector<std::string>& words, const LedgerContent& ledger) {
    Question question{knob_of_key(words[0]), words[0], words.size() == 2 ? words[1] : ""};
    const bool holds = std::any_of(ledger.leases.begin(), ledger.leases.end(), [&](const Lease& lease) {
        return lease.domain == words[0] || lease.uuid == words[0];
    });
    if (question.knob == nullptr && !holds) TRY_VOID(no_such(words[0], ledger));
    return question;
}

/// Adds the single file of a knob that no VM holds.
void add_free_file(Host& host, const Knob& knob, const std::string& target, std::vector<Explanation>& list) {
    if (!list.empty() || knob.paths.size() != 1 || knob.paths[0].find('*') != std::string_view::npos) return;
    if (!target.empty() && target != knob.key && target != knob.paths[0]) return;
    list.push_back(explain_free(host, knob, std::string(knob.paths[0])));
}

void print_answer(const Question& question, const std::vector<Explanation>& list, bool json) {
    if (!json) {
        if (question.knob != nullptr) print(about(*question.knob) + "\n");
        print(list.empty()
                  ? "no VM holds " + (question.target.empty() ? "it" : "'" + question.target + "'") + "\n"
                  : text_of(list));
        return;
    }
    ValueTable table;
    if (question.knob != nullptr) put(table, "about", table_of(*question.knob));
    ValueArray rows;
    for (const auto& one : list)
        rows.push_back(node_of(one));
    put(table, "targets", std::move(rows));
    print(to_json({std::move(table), {}}));
}

ExitCode run(Host& host, const Options& options) {
    const auto ledger = Ledger::peek(host);
    if (!ledger) return complain(ledger.error());
    const auto question = question_of(options.words, *ledger);
    if (!question) return complain(question.error());
    auto list = explain(host, *ledger);
    std::erase_if(list, [&](const Explanation& one) { return !question->is_about(one, *ledger); });
    if (question->knob != nullptr) add_free_file(host, *question->knob, question->target, list);
    print_answer(*question, list, options.json);
    return ExitCode::done;
}

void add_options(OptionList& list, Options& options) {
    add_json(list, options.json);
    list.words(1, 2, options.words,
               {{.sources = {Candidates::Source::domains, Candidates::Source::keys}}, {}});
}
} // namespace

extern constinit const Verb verb_explain{
    .name = "explain",
    .category = Category::look,
    .summary = "Explain the origin of each value: which VM asks for it and who wrote it last",
    .details = "",
    .words = "DOMAIN|KNOB [TARGET]",
    .example = "hostlease explain memory.swappiness",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease

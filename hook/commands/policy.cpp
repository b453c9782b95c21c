#include "command.hpp"

#include "core/text_table.hpp"
#include "core/units.hpp"
#include "engine/policy_store.hpp"
#include "help.hpp"
#include "knobs/knob.hpp"
#include "model/admin_command.hpp"
#include "read/policy_value.hpp"
#include "text/value.hpp"

#include <fmt/format.h>

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    bool json = false;
    std::vector<std::string> words;
};

std::string matches_text(const Policy& policy, bool shipped) {
    if (shipped) return "by extends or metadata";
    std::string text;
    for (const auto& pattern : policy.match.domains)
        text += (text.empty() ? "" : ", ") + pattern;
    for (const auto& uuid : policy.match.uuids)
        text += (text.empty() ? "" : ", ") + uuid;
    return text.empty() ? policy.name : text;
}

ExitCode list_policies(Host& host, const Options& options) {
    TextTable rows{{"policy", "matches", "file"}};
    ValueArray list;
    auto code = ExitCode::done;
    for (const std::string directory : {admin_policies, shipped_policies}) {
        const auto paths = policy_files(host, directory);
        if (!paths) return complain(paths.error());
        for (const auto& file : *paths) {
            const auto policy = load_policy(host, file);
            if (!policy) {
                complain(policy.error().text());
                code = ExitCode::bad_input;
                continue;
            }
            const auto matches = matches_text(*policy, directory == shipped_policies);
            rows.push_back({policy->name, matches, file});
            ValueTable row;
            put(row, "name", policy->name);
            put(row, "file", file);
            put(row, "matches", matches);
            list.push_back({std::move(row), {}});
        }
    }
    if (options.json) {
        ValueTable table;
        put(table, "policies", std::move(list));
        print(to_json({std::move(table), {}}));
    } else if (rows.size() > 1) {
        print(align(rows));
    } else if (code == ExitCode::done) {
        print("no policies\n");
    }
    return code;
}

ExitCode show_policy(Host& host, const Options& options) {
    const auto& name = options.words[1];
    auto policy = name.find('/') == std::string::npos ? load_policy_named(host, name)
                                                      : std::optional(load_policy_file(host, name));
    if (!policy)
        return complain(Error{ErrorKind::usage,
                              "no policy '" + name + "'\n  hint: `hostlease policy list` lists the policies",
                              {},
                              0});
    if (!*policy) {
        complain(policy->error().text());
        return ExitCode::bad_input;
    }
    TextTable rows{{"key", "value", "from"}};
    ValueArray list;
    const auto add = [&](const std::string& key, const std::string& value, const SourcePosition& place) {
        rows.push_back({key, value, place.text()});
        ValueTable row;
        put(row, "key", key);
        put(row, "value", value);
        put(row, "from", place.text());
        list.push_back({std::move(row), {}});
    };
    for (const auto& [key, setting] : (*policy)->settings)
        add(key, setting.text, setting.position);
    for (const auto& [table, enforce] : (*policy)->enforce)
        add(table + ".enforce", std::string(to_text(enforce)), {});
    for (const auto& entry : (*policy)->sysfs) {
        add("sysfs " + entry.path, entry.value, entry.position);
        if (entry.enforce == Enforce::required)
            add("sysfs " + entry.path + ", enforce", std::string(to_text(entry.enforce)), entry.position);
    }
    for (const auto& rule : (*policy)->audit_ignore.value_or(std::vector<IgnoredRule>{}))
        add("audit.ignore", rule.id, rule.position);
    for (const auto& target : (*policy)->report)
        add("report." + target.name, fmt::format("{}, {}", target.target, target.acceptable),
            target.position);
    for (const auto& entry : (*policy)->commands) {
        const auto key = "command at " + std::string(to_text(entry.at));
        add(key, words_text(entry.run), entry.position);
        if (!entry.undo.empty()) add(key + ", undo", words_text(entry.undo), entry.position);
        if (entry.deadline != CommandEntry().deadline)
            add(key + ", deadline", format_time(entry.deadline), entry.position);
        if (entry.enforce == Enforce::required)
            add(key + ", enforce", std::string(to_text(entry.enforce)), entry.position);
    }
    if (options.json) {
        ValueTable table;
        put(table, "policy", (*policy)->name);
        put(table, "file", (*policy)->file);
        put(table, "settings", std::move(list));
        print(to_json({std::move(table), {}}));
    } else {
        print("policy " + (*policy)->name + " (" + (*policy)->file + ")\n" +
              (rows.size() == 1 ? "  every key at its default\n" : align(rows)));
    }
    return ExitCode::done;
}

/// "  KEY  MEANING", and below it what the key takes.
std::string key_text(const KeySpec& spec) {
    constexpr std::size_t indent = 4;
    std::string takes = "takes " + expected_values(spec);
    if (!default_value(spec).empty()) takes += "; default: " + std::string(default_value(spec));
    constexpr std::size_t width = line_width - indent;
    return wrapped("  " + std::string(spec.key) + "  " + std::string(spec.summary), width, indent) + "\n" +
           std::string(indent, ' ') + wrapped(takes, width, indent) + "\n";
}

/// The policy language, key by key.
ExitCode list_keys(const Options& options) {
    std::string text;
    ValueArray list;
    for (const auto& spec : policy_keys()) {
        text += key_text(spec);
        ValueTable row;
        put(row, "key", spec.key);
        put(row, "takes", expected_values(spec));
        put(row, "default", default_value(spec));
        put(row, "meaning", spec.summary);
        list.push_back({std::move(row), {}});
    }
    if (options.json) {
        ValueTable table;
        put(table, "keys", std::move(list));
        print(to_json({std::move(table), {}}));
    } else {
        print(text);
    }
    return ExitCode::done;
}

ExitCode run(Host& host, const Options& options) {
    if (options.words.size() == 1 && options.words[0] == "list") return list_policies(host, options);
    if (options.words.size() == 2 && options.words[0] == "show") return show_policy(host, options);
    if (options.words.size() == 1 && options.words[0] == "keys") return list_keys(options);
    complain("hostlease: policy needs `list`, `keys` or `show NAME`" + help_hint("policy"));
    return ExitCode::bad_input;
}

void add_options(OptionList& list, Options& options) {
    add_json(list, options.json);
    list.words(1, 2, options.words,
               {{.words = {"list", "keys", "show"}}, {.sources = {Candidates::Source::policies}}});
}
} // namespace

extern constinit const Verb verb_policy{
    .name = "policy",
    .category = Category::set_up,
    .summary = "List the policies or the policy keys, or show one policy with the source of each value",
    .details = "`show` merges the bases of the policy in.",
    .words = "list | keys | show NAME",
    .example = "hostlease policy show low-latency",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease

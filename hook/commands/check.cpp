#include "command.hpp"

#include "engine/policy_store.hpp"
#include "host/trusted_program.hpp"
#include "knobs/sysfs.hpp"
#include "text/value.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    std::vector<std::string> files;
    bool json = false;
};

/// Reports two policies with equal priority and the same pattern: neither can win.
void check_ties(const std::vector<Policy>& policies, Diagnostics& problems) {
    std::map<std::pair<std::int64_t, std::string>, const Policy*> seen;
    for (const auto& policy : policies) {
        std::set<std::string> patterns(policy.match.domains.begin(), policy.match.domains.end());
        patterns.insert(policy.match.uuids.begin(), policy.match.uuids.end());
        if (patterns.empty()) patterns.insert(policy.name);
        for (const auto& pattern : patterns) {
            const auto [entry, is_new] = seen.insert({{policy.match.priority, pattern}, &policy});
            if (is_new) continue;
            const SourcePosition place =
                policy.match.position.line == 0 ? SourcePosition{policy.file, 0, 0} : policy.match.position;
            problems.error(place, "'" + pattern + "' is matched equally well by " + entry->second->file,
                           "set match.priority in one of them");
        }
    }
}

/// Reports programs that could not be run as root.
void check_commands(Host& host, const Policy& policy, Diagnostics& problems) {
    for (const auto& command : policy.commands)
        for (const auto& words : {command.run, command.undo})
            if (const auto fit = words.empty() ? Status{} : check_program(host, words.front()); !fit) {
                problems.error(command.position, "[[command]]: " + fit.error().text(),
                               "hostlease would not run the program; correct this or remove the entry");
                break; // both are often the same program
            }
}

void check_settings(Host& host, const Policy& policy, Diagnostics& problems) {
    check_commands(host, policy, problems);
    Diagnostics faults;
    for (const auto& entry : policy.sysfs)
        check_sysfs(entry, faults);
    problems.append(faults); // once, even if several policies extend this one
    problems.append(unknown_rules(policy));
}

void print_sound(const std::vector<std::string>& files, const Diagnostics& problems) {
    const auto& all = problems.all();
    for (const auto& file : files)
        if (std::none_of(all.begin(), all.end(),
                         [&](const Diagnostic& one) { return one.position.file == file; }))
            print(file + ": ok\n");
}

std::string as_json(const Diagnostics& problems) {
    ValueArray list;
    for (const auto& one : problems.all()) {
        ValueTable row;
        put(row, "file", one.position.file);
        put(row, "line", std::uint64_t{one.position.line});
        put(row, "column", std::uint64_t{one.position.column});
        put(row, "severity", one.severity == Severity::error ? "error" : "warning");
        put(row, "message", one.message);
        put(row, "hint", one.hint);
        list.push_back({std::move(row), {}});
    }
    ValueTable table;
    put(table, "problems", std::move(list));
    return to_json({std::move(table), {}});
}

ExitCode run(Host& host, const Options& options) {
    std::vector<tl::expected<Policy, Diagnostics>> results;
    std::vector<std::string> files = options.files;
    const bool whole_host = files.empty();
    if (whole_host) {
        for (const std::string directory : {admin_policies, shipped_policies}) {
            const auto paths = policy_files(host, directory);
            if (!paths) return complain(paths.error());
            files.insert(files.end(), paths->begin(), paths->end());
        }
    }
    Diagnostics problems;
    std::vector<Policy> admin; // shipped policies match nothing by themselves
    for (const auto& file : files) {
        auto policy = whole_host ? load_policy(host, file) : load_policy_file(host, file);
        if (policy)
            check_settings(host, *policy, problems);
        else
            problems.append(policy.error());
        if (policy && (!whole_host || file.starts_with(admin_policies))) admin.push_back(std::move(*policy));
    }
    check_ties(admin, problems);
    if (!options.json) print_sound(files, problems);
    if (options.json)
        print(as_json(problems));
    else if (!problems.all().empty())
        complain(problems.text());
    else if (files.empty())
        print("no policies in " + std::string(admin_policies) + "\n");
    return problems.has_errors() ? ExitCode::bad_input : ExitCode::done;
}

void add_options(OptionList& list, Options& options) {
    add_json(list, options.json);
    list.words(0, any_number, options.files, {{.sources = {Candidates::Source::files}}});
}
} // namespace

extern constinit const Verb verb_check{
    .name = "check",
    .category = Category::set_up,
    .summary = "Check policy files, by default all of this host",
    .details = "",
    .words = "[FILE...]",
    .example = "hostlease check /etc/hostlease/win11.toml",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease

#include "audit_host.hpp"
#include "command.hpp"
#include "define_domain.hpp"
#include "host/unified_diff.hpp"
#include "read/domain_xml.hpp"
#include "suggest_judges.hpp"

#include <cstdio>
#include <unistd.h>

namespace hostlease {

namespace {
Status check_options(const CommandOptions& options) {
    if (options.words.size() != 1) return fail(ErrorKind::usage, "suggest needs a DOMAIN, or a FILE.xml");
    if (options.yes && !options.define) return fail(ErrorKind::usage, "--yes answers the question of --define");
    if (options.json && options.write == "-") return fail(ErrorKind::usage, "--json and --write - both go to standard output");
    if (options.define && !options.yes && (isatty(STDIN_FILENO) == 0 || isatty(STDERR_FILENO) == 0))
        return fail(ErrorKind::refused,
                    "--define asks before it does so, and there is no terminal; --yes defines without a question");
    return {};
}

/// With the passwords of screens where the XML is to be used, as it would have none else.
Result<std::string> read_xml(const CommandOptions& options, const SuggestSubject& subject) {
    if (subject.from_file) return read_user_file(subject.file, domain_xml_limit);
    if (options.define || !options.write.empty()) return read_whole_definition(options.connect, subject.file);
    return read_libvirt_domain(options.connect, subject.file, DomainXml::defined);
}

void tell(const Suggestion& suggestion) {
    for (const auto& note : suggestion.notes)
        complain("hostlease: " + std::string(severity_word(note.severity)) + ": " + note.text);
    for (const auto severity : {Severity::error, Severity::warning, Severity::note})
        for (const auto& result : suggestion.remaining)
            for (const auto& finding : result.findings)
                if (severity_of(*result.rule, finding) == severity)
                    complain("hostlease: stays " + std::string(severity == Severity::note ? "advice" : "a") +
                             (severity == Severity::note    ? ""
                              : severity == Severity::error ? "n error"
                                                            : " warning") +
                             ": " + std::string(result.rule->id) + ": " + finding.found + "\n  wanted: " + finding.wanted);
}

void print_json(const SuggestSubject& subject, const Suggestion& suggestion, const std::string& diff) {
    TomlTable table;
    put(table, "domain", subject.domain.name);
    put(table, "changed", suggestion.text != subject.xml);
    put(table, "diff", diff);
    TomlArray notes;
    for (const auto& note : suggestion.notes) {
        TomlTable row;
        put(row, "severity", severity_word(note.severity));
        put(row, "message", note.text);
        notes.push_back({std::move(row), {}});
    }
    put(table, "notes", std::move(notes));
    TomlArray remaining;
    for (const auto& result : suggestion.remaining)
        for (const auto& finding : result.findings) {
            TomlTable row;
            put(row, "rule", result.rule->id);
            put(row, "severity", severity_word(severity_of(*result.rule, finding)));
            put(row, "found", finding.found);
            put(row, "wanted", finding.wanted);
            remaining.push_back({std::move(row), {}});
        }
    put(table, "remaining", std::move(remaining));
    print(to_json({std::move(table), {}}));
}

bool is_confirmed(const std::string& name) {
    std::fflush(stdout);
    std::fputs(("Define '" + name + "' so? [y/N] ").c_str(), stderr);
    const int answer = std::getchar();
    return answer == 'y' || answer == 'Y';
}

/// The planner always, but for a VM that runs and has what it needs; libvirt where it is asked for.
Status add_judges(Host& host, const CommandOptions& options, const SuggestSubject& subject, SuggestRequest& request) {
    if (!subject.facts.is_running) request.judges.push_back(planning_judge(host, subject));
    if (options.check || options.define) request.judges.push_back(TRY(libvirt_judge(options.connect)));
    return {};
}

/// A result is never refused where the XML was accepted as it was; but that may have been refused already.
ExitCode tell_check(const SuggestRequest& request, const Suggestion& suggestion) {
    const auto refusal = request.judges.back()(suggestion.text);
    if (refusal.empty()) {
        complain("hostlease: libvirt accepts this XML");
        return ExitCode::done;
    }
    complain("hostlease: libvirt refuses this XML, and did so before these changes: " + refusal);
    return ExitCode::failed;
}

ExitCode define(Host& host, const CommandOptions& options, const SuggestSubject& subject, const Suggestion& suggestion) {
    const auto& name = subject.domain.name;
    if (!options.yes && !is_confirmed(name)) {
        complain("hostlease: nothing is defined");
        return ExitCode::failed;
    }
    const auto defined =
        define_domain(host, options.connect, name, suggestion.text, subject.from_file ? std::string() : subject.xml);
    if (!defined) return complain(defined.error());
    std::string said = "hostlease: '" + name + "' is defined";
    if (!defined->backup.empty()) said += "; its former definition is in " + defined->backup;
    if (defined->is_running) said += "\n  hint: it runs on as it is, and is so from its next start";
    if (defined->has_saved_state) said += "\n  hint: its saved state is of the former definition: start and shut it down once";
    complain(said);
    return ExitCode::done;
}

Status give_out(const CommandOptions& options, const SuggestSubject& subject, const Suggestion& suggestion) {
    const auto diff = TRY(unified_diff({subject.file, subject.xml}, {subject.file + " (suggested)", suggestion.text}));
    if (options.json)
        print_json(subject, suggestion, diff);
    else if (options.write != "-")
        print(diff);
    if (options.write.empty()) return {};
    return write_user_file(options.write, suggestion.text, subject.from_file ? 0644 : 0600); // there may be passwords in it
}
} // namespace

ExitCode run_suggest(Host& host, const CommandOptions& options) {
    if (const auto fine = check_options(options); !fine) return complain(fine.error());
    const auto wishes = read_wishes(options);
    if (!wishes) return complain(wishes.error());
    SuggestSubject subject;
    subject.file = options.words.front();
    subject.from_file = is_xml_file(subject.file);
    auto xml = read_xml(options, subject);
    if (!xml) return complain(xml.error());
    subject.xml = std::move(*xml);
    auto domain = read_domain_xml(subject.xml, subject.file, DomainIdentity::may_be_wrong);
    if (!domain) {
        complain(domain.error().text());
        return ExitCode::bad_input;
    }
    subject.domain = std::move(*domain);
    auto request = make_request(host, options, *wishes, subject);
    if (!request) return complain(request.error());
    if (const auto judges = add_judges(host, options, subject, *request); !judges) return complain(judges.error());
    const auto suggestion = suggest(*request);
    if (!suggestion) return complain(Error{ErrorKind::domain_invalid, suggestion.error(), {}, 0});
    tell(*suggestion);
    const bool is_new = suggestion->text != subject.xml;
    if (!is_new) complain("hostlease: nothing is to be changed");
    if (const auto given = give_out(options, subject, *suggestion); !given) return complain(given.error());
    if (options.define && is_new) return define(host, options, subject, *suggestion);
    return options.check ? tell_check(*request, *suggestion) : ExitCode::done;
}

} // namespace hostlease

#include "advice/suggest/pci_places.hpp"
#include "audit_host.hpp"
#include "command.hpp"
#include "define_domain.hpp"
#include "host/unified_diff.hpp"
#include "read/domain_xml.hpp"
#include "suggest_boot.hpp"
#include "suggest_judges.hpp"

#include <cstdio>
#include <unistd.h>

namespace hostlease {

namespace {
Status check_options(const SuggestOptions& options) {
    if (options.cmdline) return check_boot_options(options);
    if (options.subjects.size() != 1)
        return fail(ErrorKind::usage, "suggest needs one DOMAIN or FILE.xml" + help_hint("suggest"));
    if (options.yes && !options.define) return fail(ErrorKind::usage, "--yes needs --define");
    if (options.without_pins && options.groups.contains(RuleGroup::pinning))
        return fail(ErrorKind::usage, "--pins none contradicts --set pinning, which suggests pins");
    if (options.json && options.write == "-")
        return fail(ErrorKind::usage, "--json and --write - would both use standard output");
    if (options.define && !options.yes && (isatty(STDIN_FILENO) == 0 || isatty(STDERR_FILENO) == 0))
        return fail(ErrorKind::refused, "--define asks for confirmation and needs a terminal\n  hint: --yes "
                                        "defines without confirmation");
    return {};
}

/// XML that will be used keeps the passwords of the graphics devices; a definition without them would
/// lose them.
Result<std::string> read_xml(const SuggestOptions& options, const SuggestSubject& subject) {
    if (subject.from_file) return read_user_file(subject.file, domain_xml_limit);
    if (options.define || !options.write.empty()) return read_whole_definition(options.connect, subject.file);
    return read_libvirt_domain(options.connect, subject.file, DomainXml::defined, name_a_file);
}

void print_notes(const Suggestion& suggestion) {
    for (const auto& note : suggestion.notes)
        complain("hostlease: " + std::string(to_text(note.severity)) + ": " + note.text);
    for (const auto severity : {Severity::error, Severity::warning, Severity::note})
        for (const auto& result : suggestion.remaining)
            for (const auto& finding : result.findings)
                if (severity_of(*result.rule, finding) == severity)
                    complain("hostlease: remaining " +
                             std::string(severity == Severity::note ? "advice" : to_text(severity)) + ": " +
                             std::string(result.rule->id) + ": " + finding.found +
                             "\n  wanted: " + finding.wanted);
}

void print_json(const SuggestSubject& subject, const Suggestion& suggestion, const std::string& diff) {
    ValueTable table;
    put(table, "domain", subject.domain.name);
    put(table, "changed", suggestion.text != subject.xml);
    put(table, "diff", diff);
    ValueArray notes;
    for (const auto& note : suggestion.notes) {
        ValueTable row;
        put(row, "severity", to_text(note.severity));
        put(row, "message", note.text);
        notes.push_back({std::move(row), {}});
    }
    put(table, "notes", std::move(notes));
    ValueArray remaining;
    for (const auto& result : suggestion.remaining)
        for (const auto& finding : result.findings) {
            ValueTable row;
            put(row, "rule", result.rule->id);
            put(row, "severity", to_text(severity_of(*result.rule, finding)));
            put(row, "found", finding.found);
            put(row, "wanted", finding.wanted);
            remaining.push_back({std::move(row), {}});
        }
    put(table, "remaining", std::move(remaining));
    print(to_json({std::move(table), {}}));
}

bool is_confirmed(const std::string& name) {
    std::fflush(stdout);
    std::fputs(("Define '" + name + "' with these changes? [y/N] ").c_str(), stderr);
    const int answer = std::getchar();
    return answer == 'y' || answer == 'Y';
}

/// The PCI bus always judges, the planner does unless the VM runs and thus has its resources, and libvirt
/// does on request.
Status add_judges(Host& host, const SuggestOptions& options, const SuggestSubject& subject,
                  SuggestRequest& request) {
    request.judges.push_back(why_no_pci_place);
    if (!subject.facts.is_running) request.judges.push_back(planning_judge(host, subject));
    if (options.check || options.define) request.judges.push_back(TRY(libvirt_judge(options.connect)));
    return {};
}

/// libvirt refuses the result only if it also refuses the original, because it is one of the judges. The
/// notes of a changed text say why.
ExitCode report_check(const SuggestRequest& request, const Suggestion& suggestion) {
    const auto refusal = request.judges.back()(suggestion.text);
    if (refusal.empty()) {
        complain("hostlease: libvirt accepts this XML");
        return ExitCode::done;
    }
    complain(suggestion.text == request.text
                 ? "hostlease: libvirt refuses this XML: " + refusal
                 : "hostlease: libvirt refuses this XML, as it refused the XML without these changes");
    return ExitCode::failed;
}

ExitCode define(Host& host, const SuggestOptions& options, const SuggestSubject& subject,
                const Suggestion& suggestion) {
    const auto& name = subject.domain.name;
    if (!options.yes && !is_confirmed(name)) {
        complain("hostlease: not defined");
        return ExitCode::failed;
    }
    const auto defined = define_domain(host, options.connect, name, suggestion.text,
                                       subject.from_file ? std::string() : subject.xml);
    if (!defined) return complain(defined.error());
    std::string said = "hostlease: '" + name + "' is defined";
    if (!defined->backup.empty()) said += "; its former definition is in " + defined->backup;
    if (defined->is_running)
        said += "\n  hint: the running VM is unchanged; the changes apply from its next start";
    if (defined->has_saved_state)
        said += "\n  hint: the saved state has the former definition; start the VM and shut it down once";
    complain(said);
    return ExitCode::done;
}

Status give_out(const SuggestOptions& options, const SuggestSubject& subject, const Suggestion& suggestion) {
    const auto diff =
        TRY(unified_diff({subject.file, subject.xml}, {subject.file + " (suggested)", suggestion.text}));
    if (options.json)
        print_json(subject, suggestion, diff);
    else if (options.write != "-")
        print(diff);
    if (options.write.empty()) return {};
    // the XML may have passwords
    return write_user_file(options.write, suggestion.text, subject.from_file ? 0644 : 0600);
}

ExitCode run(Host& host, const SuggestOptions& options) {
    if (const auto fine = check_options(options); !fine) return complain(fine.error());
    if (options.cmdline) return run_suggest_boot(host, options);
    SuggestSubject subject;
    subject.file = options.subjects.front();
    subject.from_file = is_xml_file(subject.file);
    auto xml = read_xml(options, subject);
    if (!xml) return complain(xml.error());
    subject.xml = std::move(*xml);
    auto domain = read_domain_xml(subject.xml, subject.file, DomainIdentity::may_be_wrong);
    if (!domain) {
        complain(domain.error().text());
        return ExitCode::bad_input;
    }
    if (const auto is_ours = must_be_of_qemu(*domain, subject.file); !is_ours)
        return complain(is_ours.error());
    subject.domain = std::move(*domain);
    auto request = make_request(host, options, subject);
    if (!request) return complain(request.error());
    if (const auto judges = add_judges(host, options, subject, *request); !judges)
        return complain(judges.error());
    const auto suggestion = suggest(*request);
    if (!suggestion) return complain(Error{ErrorKind::domain_invalid, suggestion.error(), {}, 0});
    print_notes(*suggestion);
    const bool is_new = suggestion->text != subject.xml;
    if (!is_new) complain("hostlease: no changes suggested");
    if (const auto given = give_out(options, subject, *suggestion); !given) return complain(given.error());
    if (options.define && is_new) return define(host, options, subject, *suggestion);
    return options.check ? report_check(*request, *suggestion) : ExitCode::done;
}

void add_groups(OptionList& list, SuggestOptions& options) {
    std::string all;
    std::string defaults;
    for (const auto& one : settable_groups()) {
        const std::string name(name_of(one.group));
        all += (all.empty() ? "" : ", ") + name;
        if (!one.by_default) continue;
        const auto* const condition = one.group == RuleGroup::hyperv ? " for Windows" : "";
        defaults += (defaults.empty() ? "" : ", ") + name + condition;
    }
    list.add({"--set",
              Option::Value::required,
              "GROUPS",
              "comma-separated groups to change: " + all + " (default: " + defaults + ")",
              {.words = settable_group_names()},
              [&](const std::string& text) -> Status {
                  options.groups = TRY(parse_groups(text));
                  return {};
              }});
}

void add_options(OptionList& list, SuggestOptions& options) {
    add_json(list, options.json);
    add_connect(list, options.connect);
    list.value("--vcpus", "N", options.vcpus, "number of vCPUs (default: unchanged)", parse_vcpus);
    list.value("--memory", "SIZE", options.memory, "memory size, such as 8GiB (default: unchanged)",
               parse_memory);
    add_guest(list, "--for", options.guest);
    add_prefer(list, options.prefer);
    add_groups(list, options);
    list.choice("--pins", "KIND", options.without_pins,
                "pins to suggest; none removes all, for a policy with cpus.place",
                std::vector<std::pair<std::string, bool>>{{"host", false}, {"none", true}}, "host");
    list.text("--write", "FILE", options.write, "write the whole new XML to FILE; - is standard output",
              {.sources = {Candidates::Source::files}});
    list.flag("--check", options.check, "let libvirt check the new XML: its schema and QEMU's command line");
    list.flag("--define", options.define,
              "define the VM with the new XML after confirmation; a file keeps the former definition");
    list.flag("--yes", options.yes, "define without confirmation");
    list.flag("--cmdline", options.cmdline,
              "show the kernel command line for these domains, or all, and the reason for each word");
    list.words(0, any_number, options.subjects,
               {{.sources = {Candidates::Source::domains, Candidates::Source::files}}});
}
} // namespace

extern constinit const Verb verb_suggest{
    .name = "suggest",
    .category = Category::advise,
    .summary = "Suggest changes of a domain's XML for this host, as a diff; write or define them",
    .details = "Takes one DOMAIN or FILE.xml; with --cmdline any number, by default all defined VMs.",
    .words = "[DOMAIN|FILE.xml...]",
    .example = "hostlease suggest win11 --vcpus 8 --define",
    .add = bind<SuggestOptions, add_options, run>,
};

} // namespace hostlease

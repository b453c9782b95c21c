#include "advice/audit/render.hpp"
#include "audit_host.hpp"
#include "audit_view.hpp"
#include "command.hpp"
#include "core/version.hpp"
#include "read/domain_xml.hpp"

namespace hostlease {

namespace {
struct Options {
    std::string root = "/";
    std::string connect;
    AuditRequest request;
    std::optional<bool> with_host; // default: true for a domain, false for a file
    Output output = Output::text;
    std::vector<std::string> subject; // one word
};

Result<AuditSubject> subject_of(const Options& options) {
    AuditSubject subject;
    subject.file = options.subject.front();
    const bool from_file = is_xml_file(subject.file);
    subject.with_host = options.with_host.value_or(!from_file);
    subject.xml =
        from_file ? TRY(read_user_file(subject.file, domain_xml_limit))
                  : TRY(read_libvirt_domain(options.connect, subject.file, DomainXml::defined, name_a_file));
    return subject;
}

void print_report(const AuditReport& report, Output output) {
    switch (output) {
    case Output::text: return print(render_text(report));
    case Output::json: return print(render_json(report));
    case Output::sarif: return print(render_sarif(report, std::string(program_version)));
    case Output::markdown: return print(render_markdown(report));
    }
}

ExitCode complain_of(const AuditFailure& failure) {
    if (const auto* error = std::get_if<Error>(&failure)) return complain(*error);
    complain(text_of(failure));
    return ExitCode::bad_input;
}

ExitCode run(Host& host, const Options& options) {
    const auto subject = subject_of(options);
    if (!subject) return complain(subject.error());
    const auto view = look_at_audit(host, options.request, *subject);
    if (!view) return complain_of(view.error());
    print_report(view->report, options.output);
    if (!view->warnings.all().empty()) complain(view->warnings.text());
    return view->report.has_warnings() ? ExitCode::findings : ExitCode::done;
}

/// Adds --host or --no-host, which contradict each other.
void add_host_choice(OptionList& list, const char* name, bool choice, const char* help,
                     std::optional<bool>& with_host) {
    list.add({name, Option::Value::none, {}, help, {}, [&with_host, choice](const std::string&) -> Status {
                  if (with_host.value_or(choice) != choice)
                      return fail(ErrorKind::usage, choice ? "contradicts --no-host" : "contradicts --host");
                  with_host = choice;
                  return {};
              }});
}

void add_options(OptionList& list, Options& options) {
    add_output(list, options.output, {Output::json, Output::sarif, Output::markdown});
    add_policy(list, options.request.policy);
    add_connect(list, options.connect);
    add_guest(list, "--guest", options.request.guest);
    list.choice(
        "--cpu", "VENDOR", options.request.vendor, "CPU vendor",
        std::vector<std::pair<std::string, CpuVendor>>{{"intel", CpuVendor::intel}, {"amd", CpuVendor::amd}},
        "from the host or the XML");
    std::vector<std::pair<std::string, std::string>> symptoms;
    for (const auto name : all_symptoms())
        symptoms.emplace_back(name, name);
    list.choice("--symptom", "SYMPTOM", options.request.symptom, "only rules about this symptom", symptoms);
    add_host_choice(list, "--host", true, "check this host too (default for a DOMAIN)", options.with_host);
    add_host_choice(list, "--no-host", false, "check only the XML (default for a FILE.xml)",
                    options.with_host);
    list.words(1, 1, options.subject,
               {{.sources = {Candidates::Source::domains, Candidates::Source::files}}});
}
} // namespace

Diagnostics unknown_rules(const Policy& policy) {
    Diagnostics problems;
    if (!policy.audit_ignore) return problems;
    std::vector<std::string_view> known;
    for (const Rule* rule : all_rules())
        known.push_back(rule->id);
    for (const auto& one : *policy.audit_ignore) {
        if (find_rule(one.id) != nullptr) continue;
        const auto meant = nearest_word(one.id, known);
        problems.error(one.position, "audit.ignore names the unknown rule '" + one.id + "'",
                       meant.empty() ? "`hostlease audit` prints the rules"
                                     : "did you mean \"" + meant + "\"?");
    }
    return problems;
}

extern constinit const Verb verb_audit{
    .name = "audit",
    .category = Category::advise,
    .summary = "Check a domain's XML, and optionally this host, against tuning guidelines",
    .details = "Exit code 3 if there is an error or a warning.",
    .words = "DOMAIN|FILE.xml",
    .example = "hostlease audit win11.xml --cpu intel",
    .add = bind<Options, add_options, run>,
};

} // namespace hostlease

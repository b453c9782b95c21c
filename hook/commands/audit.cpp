#include "audit/render.hpp"
#include "audit_host.hpp"
#include "audit_view.hpp"
#include "command.hpp"
#include "read/domain_xml.hpp"

namespace hostlease {

namespace {
Status check_options(const CommandOptions& options) {
    if (options.host && options.no_host) return fail(ErrorKind::usage, "--host and --no-host contradict each other");
    if (int{options.json} + int{options.sarif} + int{options.markdown} > 1)
        return fail(ErrorKind::usage, "only one of --json, --sarif and --markdown");
    return {};
}

Result<AuditSubject> subject_of(const CommandOptions& options) {
    TRY_VOID(check_options(options));
    if (options.words.size() != 1) return fail(ErrorKind::usage, "audit needs a DOMAIN, or a FILE.xml");
    AuditSubject subject;
    subject.file = options.words.front();
    const bool from_file = is_xml_file(subject.file);
    subject.with_host = options.host || (!from_file && !options.no_host);
    subject.xml = from_file ? TRY(read_user_file(subject.file, domain_xml_limit))
                            : TRY(read_libvirt_domain(options.connect, subject.file, DomainXml::defined));
    return subject;
}

void print_report(const AuditReport& report, const CommandOptions& options) {
    if (options.sarif)
        print(render_sarif(report, HOSTLEASE_VERSION));
    else if (options.json)
        print(render_json(report));
    else
        print(options.markdown ? render_markdown(report) : render_text(report));
}

ExitCode complain_of(const AuditFailure& failure) {
    if (const auto* error = std::get_if<Error>(&failure)) return complain(*error);
    complain(text_of(failure));
    return ExitCode::bad_input;
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
        problems.error(one.position, "audit.ignore names '" + one.id + "', which is no rule",
                       meant.empty() ? "`hostlease audit` prints the rules" : "did you mean \"" + meant + "\"?");
    }
    return problems;
}

ExitCode run_audit(Host& host, const CommandOptions& options) {
    const auto subject = subject_of(options);
    if (!subject) return complain(subject.error());
    const auto view = look_at_audit(host, options, *subject);
    if (!view) return complain_of(view.error());
    print_report(view->report, options);
    if (!view->warnings.all().empty()) complain(view->warnings.text());
    return view->report.has_warnings() ? ExitCode::findings : ExitCode::done;
}

} // namespace hostlease

#include "suggest_judges.hpp"

#include "engine/survey.hpp"
#include "host/linux_host.hpp"
#include "host/temporary_folder.hpp"
#include "ledger/ledger.hpp"
#include "libvirt_handles.hpp"
#include "read/domain_xml.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace hostlease {

namespace {
constexpr const char* validator = "/usr/bin/virt-xml-validate"; // in the package libvirt-clients

/// Without a policy, libvirt pins the VM itself, and warnings say why it could not.
std::string first_refusal(const Diagnostics& notes, bool has_policy) {
    const auto& list = notes.all();
    const auto found = std::find_if(list.begin(), list.end(), [&](const Diagnostic& one) {
        return one.severity == Severity::error || (!has_policy && one.severity == Severity::warning);
    });
    return found == list.end() ? std::string() : "a start would be refused: " + found->message;
}

/// An unreadable host is not a judgement about the XML.
std::string plan_of(Host& host, const SuggestSubject& subject, const std::string& text) {
    const auto domain = read_domain_xml(text, subject.file, DomainIdentity::may_be_missing);
    if (!domain) return domain.error().text();
    const auto ledger = Ledger::peek(host).value_or(LedgerContent{});
    const auto plan = subject.policy
                          ? plan_domain(host, *domain, *subject.policy, ledger, {}, PlanDetail::claims)
                          : plan_without_policy(host, *domain, ledger);
    return plan ? first_refusal(plan->notes, subject.policy.has_value()) : std::string();
}

/// The last line of virt-xml-validate is the first problem that it found.
Status check_schema(Host& machine, const std::string& text) {
    if (!machine.status(validator)) return {};
    const TemporaryFolder folder("hostlease-suggest-");
    if (!folder.is_there()) return fail_io("cannot make a directory", TemporaryFolder::parent(), errno);
    TRY_VOID(machine.replace(folder.file("domain.xml"), text));
    const Program program{.words = {validator, folder.file("domain.xml"), "domain"},
                          .environment = {},
                          .deadline = std::chrono::seconds(60),
                          .is_logged = false};
    return machine.run(program);
}

std::string ask_libvirt(Host& machine, virConnect& connection, const std::string& text) {
    if (const auto fine = check_schema(machine, text); !fine)
        return "libvirt's schema does not allow it: " + fine.error().text();
    const std::unique_ptr<char, Freed<free>> words(
        libvirt().virConnectDomainXMLToNative(&connection, "qemu-argv", text.c_str(), 0));
    if (words) return {};
    return libvirt_error("libvirt does not convert it to QEMU's command line").value().text();
}
} // namespace

Judge planning_judge(Host& host, const SuggestSubject& subject) {
    return [&host, &subject](const std::string& text) { return plan_of(host, subject, text); };
}

Result<Judge> libvirt_judge(const std::string& uri) {
    Connection connection = TRY(connect_to_change_libvirt(uri, "libvirt cannot check the XML"));
    std::shared_ptr<Host> machine = TRY(LinuxHost::open("/"));
    return Judge([machine, shared = std::shared_ptr<virConnect>(std::move(connection))](
                     const std::string& text) { return ask_libvirt(*machine, *shared, text); });
}

} // namespace hostlease

// A domain's XML, written by a user who may define domains, changed to pass the audit.
#include "advice/suggest/suggest.hpp"
#include "advice/suggest/xml_edit.hpp"
#include "read/domain_xml.hpp"
#include "scene.hpp"

using namespace hostlease;
using namespace hostlease::fuzz;

namespace {
tl::expected<Suggestion, std::string> suggest_for(const std::string& text, Guest guest) {
    static const AuditFacts host{.host = made_host()};
    static const HostTopology topology = test::topology_of(host.host);
    SuggestRequest request{
        .text = text, .file = "vm.xml", .guest = guest, .host = host, .topology = &topology, .groups = {}};
    for (const auto& one : settable_groups())
        request.groups.insert(one.group);
    return suggest(request);
}

void check_suggestion(const std::string& text, Guest guest) {
    const auto once = suggest_for(text, guest);
    if (!once) return require(is_printable(once.error()), "a refusal is plain text", once.error());
    for (const auto& note : once->notes)
        require(is_printable(note.text), "a note is plain text", note.text);
    require(read_domain_xml(once->text, "vm.xml", DomainIdentity::may_be_wrong).has_value(),
            "what is suggested is a domain", once->text);
    const auto again = suggest_for(once->text, guest);
    require(again.has_value(), "what is suggested can be suggested upon", again ? "" : again.error());
    require(again->text == once->text, "what is suggested stays as it is", once->text);
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (const auto edit = XmlEdit::open(text))
        require(edit->text() == text, "what is not changed stays as it is written", edit->text());
    if (!read_domain_xml(text, "vm.xml", DomainIdentity::may_be_wrong)) return 0;
    check_suggestion(text, Guest::windows);
    check_suggestion(text, Guest::other);
    return 0;
}

#include "guest_agent.hpp"

#include "core/parse.hpp"

#include <chrono>
#include <cstdlib>
#include <optional>

namespace hostlease {

namespace {
/// Seconds for each answer. libvirt adds up to the same time for guest-sync. Source: qemuAgentGuestSync,
/// which uses the smaller of this value and five seconds (libvirt 9.0).
constexpr int longest_answer = 5;
/// A call that took this long got no answer: libvirt's clock differs from ours, and counts whole
/// milliseconds.
constexpr auto too_late = std::chrono::seconds(longest_answer) - std::chrono::milliseconds(500);

/// libvirt's current timeout for the domain's agent, from the status file of the daemon on this machine;
/// without a status file, libvirt's default: no timeout. Source: qemuDomainObjPrivateXMLFormat,
/// qemuDomainObjPrivateAlloc (libvirt 9.0).
int timeout_of(Host& host, const std::string& domain) {
    constexpr std::string_view tag = "<agentTimeout>";
    const auto status = host.read("/run/libvirt/qemu/" + domain + ".xml");
    if (!status) return VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK;
    const auto at = status->find(tag);
    if (at == std::string::npos) return VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK;
    const auto begin = at + tag.size();
    return parse_integer<int>(status->substr(begin, status->find('<', begin) - begin))
        .value_or(VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK);
}

/// Asks questions one by one, and stops after a question without an answer.
class Asking {
  public:
    /// ask() returns the value, or nothing after a failed libvirt call. A call that took the full time got
    /// no answer, even if it succeeded: libvirt treats an agent that does not answer like one that does not
    /// know the command. Source: qemuAgentSend, which returns -2 for both, and qemuDomainGetGuestInfo
    /// (libvirt 9.0).
    template <typename Ask>
    auto operator()(Ask ask) -> decltype(ask()) {
        if (!silence_.empty()) return {{}, silence_};
        const auto begin = std::chrono::steady_clock::now();
        auto answer = ask();
        const bool is_late = std::chrono::steady_clock::now() - begin >= too_late;
        if (is_late) return {{}, silence_ = "the guest agent does not answer"};
        if (answer.value || !answer.absent.empty()) return answer;
        const int code = libvirt().virGetLastErrorCode();
        answer.absent = libvirt().virGetLastErrorMessage();
        // a question that the agent refuses yields another code
        if (code == VIR_ERR_AGENT_UNRESPONSIVE || code == VIR_ERR_AGENT_UNSYNCED ||
            code == VIR_ERR_OPERATION_INVALID)
            silence_ = answer.absent;
        return answer;
    }

  private:
    std::string silence_;
};

/// nullopt after a failed call.
std::optional<DomainSample> guest_info(virDomain& domain, unsigned type) {
    virTypedParameterPtr parameters = nullptr;
    int count = 0;
    if (libvirt().virDomainGetGuestInfo(&domain, type, &parameters, &count, 0) < 0) return std::nullopt;
    return take_parameters(parameters, count);
}

template <typename Read>
auto info_with(virDomain& domain, unsigned type, Read read) {
    return [&domain, type, read]() -> decltype(read(DomainSample{})) {
        const auto answer = guest_info(domain, type);
        return answer ? read(*answer) : decltype(read(DomainSample{})){};
    };
}

Known<GuestProcessors> ask_processors(virDomain& domain) {
    virTypedParameterPtr parameters = nullptr;
    unsigned count = 0;
    if (libvirt().virDomainGetGuestVcpus(&domain, &parameters, &count, 0) < 0) return {};
    return guest_processors(take_parameters(parameters, static_cast<int>(count)));
}

/// libvirt has no function for devices. Only agents in Windows know the command; others are not asked,
/// because libvirt marks a domain that was asked in this way as tainted. Source: guest-get-devices,
/// qga/qapi-schema.json (QEMU 5.2 to 10.0); qemuDomainQemuAgentCommand (libvirt 9.0).
Known<std::vector<GuestDriver>> ask_drivers(virDomain& domain) {
    const std::unique_ptr<char, Freed<free>> answer(libvirt().virDomainQemuAgentCommand(
        &domain, R"({"execute":"guest-get-devices"})", longest_answer, 0));
    if (!answer) return {};
    return guest_drivers(answer.get());
}
} // namespace

Result<GuestAgent> GuestAgent::find(Host& host, const std::string& uri, const RunningDomain& running) {
    switch (agent_channel(TRY(running.xml()))) {
    case AgentChannel::none: return fail(ErrorKind::refused, "the VM has no channel for a guest agent");
    case AgentChannel::closed: return fail(ErrorKind::refused, "no guest agent runs in the guest");
    case AgentChannel::open: break;
    }
    Connection connection = TRY(connect_to_change_libvirt(uri, "cannot ask the guest agent"));
    DomainHandle domain = TRY(find_libvirt_domain(*connection, running.guest().uuid));
    const int former = timeout_of(host, running.guest().name);
    if (libvirt().virDomainAgentSetResponseTimeout(domain.get(), longest_answer, 0) < 0)
        return libvirt_error("cannot limit the time of the guest agent", ErrorKind::refused);
    return GuestAgent(std::move(connection), std::move(domain), former);
}

GuestAgent::~GuestAgent() {
    // a domain that has ended does not need the former timeout
    if (domain_) libvirt().virDomainAgentSetResponseTimeout(domain_.get(), former_timeout_, 0);
}

bool GuestAgent::answers() const {
    long long seconds = 0;
    unsigned nanoseconds = 0;
    // every agent knows guest-get-time (QEMU 1.5)
    return libvirt().virDomainGetTime(domain_.get(), &seconds, &nanoseconds, 0) == 0;
}

GuestFacts GuestAgent::facts() const {
    virDomain& domain = *domain_;
    const auto filesystems = [](const DomainSample& answer) {
        return Known<std::vector<GuestFilesystem>>{guest_filesystems(answer), {}};
    };
    const auto disks = [](const DomainSample& answer) {
        return Known<std::vector<GuestDisk>>{guest_disks(answer), {}};
    };
    Asking ask;
    GuestFacts facts;
    facts.system = ask(info_with(domain, VIR_DOMAIN_GUEST_INFO_OS, guest_system));
    facts.processors = ask([&] { return ask_processors(domain); });
    facts.filesystems = ask(info_with(domain, VIR_DOMAIN_GUEST_INFO_FILESYSTEM, filesystems));
    facts.disks = ask(info_with(domain, VIR_DOMAIN_GUEST_INFO_DISKS, disks));
    if (facts.system.value && facts.system.value->is_windows)
        facts.drivers = ask([&] { return ask_drivers(domain); });
    else
        facts.drivers.absent =
            facts.system.value ? "only Windows reports the versions of its drivers" : facts.system.absent;
    return facts;
}

} // namespace hostlease

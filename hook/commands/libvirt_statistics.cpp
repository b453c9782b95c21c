#include "libvirt_statistics.hpp"

#include "core/units.hpp"
#include "read/domain_xml.hpp"

#include <array>
#include <cstdlib>
#include <map>
#include <span>
#include <string_view>

namespace hostlease {

namespace {
using Records = std::unique_ptr<virDomainStatsRecordPtr, FreedBy<&Libvirt::virDomainStatsRecordListFree>>;
constexpr auto not_running = static_cast<unsigned>(-1); // virDomainGetID

constexpr unsigned wanted = VIR_DOMAIN_STATS_STATE | VIR_DOMAIN_STATS_CPU_TOTAL | VIR_DOMAIN_STATS_BALLOON |
                            VIR_DOMAIN_STATS_VCPU | VIR_DOMAIN_STATS_INTERFACE | VIR_DOMAIN_STATS_BLOCK;

/// Negative numbers are not counters.
void put_parameter(const virTypedParameter& one, DomainSample& sample) {
    const std::string_view name(static_cast<const char*>(one.field));
    const auto number = [&](auto value) {
        if (value >= 0) sample.numbers.emplace(name, static_cast<std::uint64_t>(value));
    };
    switch (one.type) {
    case VIR_TYPED_PARAM_INT: return number(one.value.i);
    case VIR_TYPED_PARAM_LLONG: return number(one.value.l);
    case VIR_TYPED_PARAM_UINT: sample.numbers.emplace(name, one.value.ui); return;
    case VIR_TYPED_PARAM_ULLONG: sample.numbers.emplace(name, one.value.ul); return;
    case VIR_TYPED_PARAM_BOOLEAN: sample.numbers.emplace(name, one.value.b != 0 ? 1U : 0U); return;
    case VIR_TYPED_PARAM_STRING:
        sample.texts.emplace(name, one.value.s == nullptr ? "" : one.value.s);
        return;
    default: return;
    }
}

std::string version_text(unsigned long version) {
    if (version == 0) return "";
    return std::to_string(version / 1'000'000) + "." + std::to_string(version / 1'000 % 1'000) + "." +
           std::to_string(version % 1'000);
}

std::string state_word(int state) {
    switch (state) {
    case VIR_DOMAIN_RUNNING: return "running";
    case VIR_DOMAIN_BLOCKED: return "idle";
    case VIR_DOMAIN_PAUSED: return "paused";
    case VIR_DOMAIN_SHUTDOWN: return "in shutdown";
    case VIR_DOMAIN_SHUTOFF: return "shut off";
    case VIR_DOMAIN_CRASHED: return "crashed";
    case VIR_DOMAIN_PMSUSPENDED: return "pmsuspended";
    default: return "";
    }
}

/// Maps the names of domains to their uuids.
Result<std::map<std::string, std::string>> list_domains(const std::string& uri, unsigned flags) {
    const Connection connection = TRY(connect_to_libvirt(uri, ""));
    virDomainPtr* raw = nullptr;
    const int count = libvirt().virConnectListAllDomains(connection.get(), &raw, flags);
    if (count < 0) return libvirt_error("libvirt does not list its domains", ErrorKind::refused);
    const std::unique_ptr<virDomainPtr, Freed<free>> list(raw);
    std::map<std::string, std::string> uuids;
    for (auto* const one : std::span(raw, static_cast<std::size_t>(count))) {
        const DomainHandle domain(one);
        std::array<char, VIR_UUID_STRING_BUFLEN> uuid{};
        if (libvirt().virDomainGetUUIDString(one, uuid.data()) == 0)
            uuids.emplace(libvirt().virDomainGetName(one), uuid.data());
    }
    return uuids;
}
} // namespace

DomainSample take_parameters(virTypedParameterPtr parameters, int count) {
    DomainSample sample;
    for (const auto& one : std::span(parameters, static_cast<std::size_t>(count)))
        put_parameter(one, sample);
    libvirt().virTypedParamsFree(parameters, count);
    return sample;
}

Result<std::vector<std::string>> running_domains(const std::string& uri) {
    std::vector<std::string> uuids;
    for (const auto& [name, uuid] : TRY(list_domains(uri, VIR_CONNECT_LIST_DOMAINS_ACTIVE)))
        uuids.push_back(uuid);
    return uuids;
}

Result<std::vector<std::string>> domain_names(const std::string& uri) {
    std::vector<std::string> names;
    for (const auto& [name, uuid] : TRY(list_domains(uri, 0)))
        names.push_back(name);
    return names;
}

Result<RunningDomain> RunningDomain::find(const std::string& uri, const std::string& name) {
    Connection connection = TRY(connect_to_libvirt(uri, ""));
    DomainHandle domain = TRY(find_libvirt_domain(*connection, name));
    if (libvirt().virDomainGetID(domain.get()) == not_running)
        return fail(ErrorKind::refused, "domain '" + name + "' is not running");
    std::array<char, VIR_UUID_STRING_BUFLEN> uuid{};
    if (libvirt().virDomainGetUUIDString(domain.get(), uuid.data()) != 0)
        return libvirt_error("cannot read domain '" + name + "'");
    return RunningDomain(std::move(connection), std::move(domain), uuid.data());
}

Result<DomainSample> RunningDomain::sample(Host& host) const {
    const DomainHandle now(libvirt().virDomainLookupByUUIDString(connection_.get(), uuid_.c_str()));
    const std::string name = libvirt().virDomainGetName(domain_.get());
    if (!now || libvirt().virDomainGetID(now.get()) != libvirt().virDomainGetID(domain_.get()))
        return fail(ErrorKind::refused, "domain '" + name + "' ended while it was measured");
    std::array<virDomainPtr, 2> list{now.get(), nullptr};
    virDomainStatsRecordPtr* raw = nullptr;
    const auto before = host.now();
    const int count = libvirt().virDomainListGetStats(list.data(), wanted, &raw, 0);
    const auto after = host.now();
    const Records records(raw);
    if (count < 0)
        return libvirt_error("libvirt has no statistics of domain '" + name + "'", ErrorKind::refused);
    if (count != 1) return fail(ErrorKind::refused, "domain '" + name + "' ended while it was measured");
    DomainSample sample;
    sample.at = before + (after - before) / 2;
    for (const auto& one : std::span(raw[0]->params, static_cast<std::size_t>(raw[0]->nparams)))
        put_parameter(one, sample);
    return sample;
}

Result<std::string> RunningDomain::xml() const {
    const std::unique_ptr<char, Freed<free>> text(libvirt().virDomainGetXMLDesc(domain_.get(), 0));
    if (!text || libvirt().virDomainIsActive(domain_.get()) != 1)
        return libvirt_error("the VM has ended", ErrorKind::refused);
    return std::string(text.get());
}

bool RunningDomain::was_booted() const {
    int state = VIR_DOMAIN_NOSTATE;
    int reason = 0;
    if (libvirt().virDomainGetState(domain_.get(), &state, &reason, 0) != 0 || state != VIR_DOMAIN_RUNNING)
        return true;
    return reason != VIR_DOMAIN_RUNNING_MIGRATED && reason != VIR_DOMAIN_RUNNING_RESTORED &&
           reason != VIR_DOMAIN_RUNNING_FROM_SNAPSHOT && reason != VIR_DOMAIN_RUNNING_POSTCOPY;
}

GuestSummary RunningDomain::guest() const {
    GuestSummary guest;
    guest.name = libvirt().virDomainGetName(domain_.get());
    guest.uuid = uuid_;
    int state = VIR_DOMAIN_NOSTATE;
    if (libvirt().virDomainGetState(domain_.get(), &state, nullptr, 0) == 0) guest.state = state_word(state);
    if (const unsigned long kib = libvirt().virDomainGetMaxMemory(domain_.get()); kib != 0)
        guest.memory = kib * KiB;
    if (const auto text = xml())
        if (const auto domain = read_domain_xml(*text, guest.name)) guest.machine = domain->machine;
    return guest;
}

std::string RunningDomain::qemu_version() const {
    unsigned long version = 0;
    return libvirt().virConnectGetVersion(connection_.get(), &version) == 0 ? version_text(version) : "";
}

std::string RunningDomain::libvirt_version() const {
    unsigned long version = 0;
    return libvirt().virConnectGetLibVersion(connection_.get(), &version) == 0 ? version_text(version) : "";
}

} // namespace hostlease

#include "libvirt_statistics.hpp"

#include "core/units.hpp"

#include <array>
#include <span>
#include <string_view>

namespace hostlease {

namespace {
using Records = std::unique_ptr<virDomainStatsRecordPtr, Freed<virDomainStatsRecordListFree>>;
constexpr auto not_running = static_cast<unsigned>(-1); // virDomainGetID

constexpr unsigned wanted = VIR_DOMAIN_STATS_STATE | VIR_DOMAIN_STATS_CPU_TOTAL | VIR_DOMAIN_STATS_BALLOON |
                            VIR_DOMAIN_STATS_VCPU | VIR_DOMAIN_STATS_INTERFACE | VIR_DOMAIN_STATS_BLOCK;

/// Negative numbers are no counters.
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
    case VIR_TYPED_PARAM_STRING: sample.texts.emplace(name, one.value.s == nullptr ? "" : one.value.s); return;
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
} // namespace

Result<RunningDomain> RunningDomain::find(const std::string& uri, const std::string& name) {
    Connection connection = TRY(connect_to_libvirt(uri, ""));
    DomainHandle domain = TRY(find_libvirt_domain(*connection, name));
    if (virDomainGetID(domain.get()) == not_running)
        return fail(ErrorKind::refused, "domain '" + name + "' does not run; there is nothing to measure");
    std::array<char, VIR_UUID_STRING_BUFLEN> uuid{};
    if (virDomainGetUUIDString(domain.get(), uuid.data()) != 0) return libvirt_error("cannot read domain '" + name + "'");
    return RunningDomain(std::move(connection), std::move(domain), uuid.data());
}

Result<DomainSample> RunningDomain::sample(Host& host) const {
    const DomainHandle now(virDomainLookupByUUIDString(connection_.get(), uuid_.c_str()));
    const std::string name = virDomainGetName(domain_.get());
    if (!now || virDomainGetID(now.get()) != virDomainGetID(domain_.get()))
        return fail(ErrorKind::refused, "domain '" + name + "' ended while it was measured");
    std::array<virDomainPtr, 2> list{now.get(), nullptr};
    virDomainStatsRecordPtr* raw = nullptr;
    const auto before = host.now();
    const int count = virDomainListGetStats(list.data(), wanted, &raw, 0);
    const auto after = host.now();
    const Records records(raw);
    if (count < 0) return libvirt_error("libvirt has no statistics of domain '" + name + "'", ErrorKind::refused);
    if (count != 1) return fail(ErrorKind::refused, "domain '" + name + "' ended while it was measured");
    DomainSample sample;
    sample.at = before + (after - before) / 2;
    for (const auto& one : std::span(raw[0]->params, static_cast<std::size_t>(raw[0]->nparams)))
        put_parameter(one, sample);
    return sample;
}

GuestSummary RunningDomain::guest() const {
    GuestSummary guest;
    guest.name = virDomainGetName(domain_.get());
    guest.uuid = uuid_;
    int state = VIR_DOMAIN_NOSTATE;
    if (virDomainGetState(domain_.get(), &state, nullptr, 0) == 0) guest.state = state_word(state);
    if (const unsigned long kib = virDomainGetMaxMemory(domain_.get()); kib != 0) guest.memory = kib * KiB;
    return guest;
}

std::string RunningDomain::qemu_version() const {
    unsigned long version = 0;
    return virConnectGetVersion(connection_.get(), &version) == 0 ? version_text(version) : "";
}

std::string RunningDomain::libvirt_version() const {
    unsigned long version = 0;
    return virConnectGetLibVersion(connection_.get(), &version) == 0 ? version_text(version) : "";
}

} // namespace hostlease

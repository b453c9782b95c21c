// An inhibitor lasts as long as a process holds it, so a systemd unit holds it: the unit's file shows whether
// the inhibitor exists.
#include "engine/forms/forms.hpp"

namespace hostlease {

namespace {
Result<std::string> read(Host& host, const KnobRecord& record) {
    if (!host.has_systemd())
        return fail(ErrorKind::unsupported,
                    "systemd does not run this host, and nothing else here can keep it from sleeping");
    const auto unit = host.status(record.path);
    if (unit) return std::string("held");
    if (is_missing(unit.error())) return std::string("free");
    return tl::unexpected<Error>(unit.error());
}

Status write(Host& host, const KnobRecord&, const std::string& value) {
    return host.set_sleep_inhibitor(value == "held");
}
} // namespace

constinit const Form form_sleep_inhibitor{.read = read, .write = write, .waits = Form::Waits::after};

} // namespace hostlease

#include "engine/forms/forms.hpp"
#include "host/facts.hpp"

#include <cerrno>

namespace hostlease {

namespace {
/// What cpufreq shows where the governor has no such setting: as good as no file. Source:
/// show_scaling_setspeed, drivers/cpufreq/cpufreq.c, 6.12.
constexpr std::string_view no_value = "<unsupported>";

Result<std::string> read(Host& host, const KnobRecord& record) {
    std::string value = knob_value(TRY(host.read(record.path)));
    if (value == no_value) return fail_io("there is no such setting now", record.path, ENOENT);
    return value;
}

Status write(Host& host, const KnobRecord& record, const std::string& value) { return host.write(record.path, value); }
} // namespace

constinit const Form form_value{.read = read, .write = write};

} // namespace hostlease

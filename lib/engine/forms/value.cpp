#include "core/kernel_text.hpp"
#include "engine/forms/forms.hpp"
#include "engine/forms/unset_cpuset.hpp"

#include <cerrno>

namespace hostlease {

namespace {
/// cpufreq shows this if the governor has no such setting: it counts as a missing file. Source:
/// show_scaling_setspeed, drivers/cpufreq/cpufreq.c, 6.12.
constexpr std::string_view no_value = "<unsupported>";

/// How the kernel prints a text that is not set: no write can unset it again, except that an empty line
/// clears a device's driver_override. Sources: param_set_charp in kernel/params.c, driver_set_override in
/// drivers/base/driver.c (6.1).
constexpr std::string_view unset_text = "(null)";
constexpr std::string_view cleared_by_empty_line = "/driver_override";

Result<std::string> read(Host& host, const KnobRecord& record) {
    const std::string text = TRY(host.read(record.path));
    std::string value = knob_value(text);
    if (value == no_value) return fail_io("this setting does not exist now", record.path, ENOENT);
    std::string_view obstacle = write_obstacle(text);
    if (value == unset_text && record.path.ends_with(cleared_by_empty_line))
        value.clear();
    else if (value == unset_text)
        obstacle = "has no text at all";
    if (!obstacle.empty())
        return fail(ErrorKind::unsupported,
                    record.path + " " + std::string(obstacle) + ", so it could not be restored");
    const bool was_unset =
        is_cpuset(record.path) && record.baseline.empty() && (record.intended || !record.wrote.empty());
    return was_unset && TRY(is_as_unset(host, record.path, value)) ? std::string() : value;
}

Status write(Host& host, const KnobRecord& record, const std::string& value) {
    if (is_cpuset(record.path) && value.empty()) return unset_cpuset(host, record.path);
    return host.write(record.path, value);
}
} // namespace

constinit const Form form_value{.read = read, .write = write};

} // namespace hostlease

// A limit of a cpufreq policy in kHz. "max" is the hardware's limit, which boost changes. Source:
// cpuinfo_max_freq, cpufreq_frequency_table_cpuinfo in drivers/cpufreq/freq_table.c (6.12).
#include "core/parse.hpp"
#include "engine/forms/forms.hpp"

namespace hostlease {

namespace {
Result<std::string> read(Host& host, const KnobRecord& record) { return form_value.read(host, record); }

Status write(Host& host, const KnobRecord& record, const std::string& value) {
    return form_value.write(host, record, value);
}

/// If the driver does not report its limit, the word stays, and the kernel refuses it.
std::string meaning(Host& host, const KnobRecord& record, const std::string& wanted) {
    if (wanted != "max") return wanted;
    const auto limit = host.read(record.path.substr(0, record.path.rfind('/') + 1) + "cpuinfo_max_freq");
    return limit ? std::string(trim(*limit)) : wanted;
}
} // namespace

constinit const Form form_frequency{.read = read, .write = write, .meaning = meaning};

} // namespace hostlease

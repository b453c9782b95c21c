#include "engine/forms/forms.hpp"
#include "host/facts.hpp"

namespace hostlease {

namespace {
Result<std::string> read(Host& host, const KnobRecord& record) { return knob_value(TRY(host.read(record.path))); }

Status write(Host& host, const KnobRecord& record, const std::string& value) { return host.write(record.path, value); }
} // namespace

constinit const Form form_value{.read = read, .write = write};

} // namespace hostlease

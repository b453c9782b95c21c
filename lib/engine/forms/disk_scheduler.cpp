// EBUSY means that the queue is being changed. Source: elv_iosched_store, block/elevator.c (7.2).
#include "engine/forms/forms.hpp"

#include <cerrno>

namespace hostlease {

namespace {
Status write(Host& host, const KnobRecord& record, const std::string& value) {
    constexpr int most_tries = 5;
    for (int tries = 1;; ++tries) {
        auto written = form_value.write(host, record, value);
        if (written || written.error().errno_value != EBUSY || tries == most_tries) return written;
        host.sleep(std::chrono::milliseconds(20));
    }
}

Result<std::string> read(Host& host, const KnobRecord& record) { return form_value.read(host, record); }
} // namespace

constinit const Form form_disk_scheduler{.read = read, .write = write};

} // namespace hostlease

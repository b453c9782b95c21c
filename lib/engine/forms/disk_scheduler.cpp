// Switching the scheduler resets nr_requests, and bfq switches writeback throttling off: so the scheduler is written first, and the rest
// where it came out otherwise. Source: elevator_switch in block/elevator.c, blk_mq_init_sched in block/blk-mq-sched.c, queue_wb_lat_show in
// block/blk-sysfs.c (6.12); a queue that is being changed answers EBUSY: elevator.c (7.2).
#include "core/parse.hpp"
#include "engine/forms/forms.hpp"
#include "host/facts.hpp"

#include <array>
#include <cerrno>

namespace hostlease {

namespace {
constexpr std::array<std::string_view, 2> reset_files{"nr_requests", "wbt_lat_usec"};

std::string beside(const KnobRecord& record, std::string_view name) {
    return record.path.substr(0, record.path.rfind('/') + 1) + std::string(name);
}

/// "" where the device does not have it: writeback throttling that is not there reads as EINVAL.
Result<std::string> read_beside(Host& host, const KnobRecord& record, std::string_view name) {
    const auto text = host.read(beside(record, name));
    if (!text && (is_missing(text.error()) || text.error().errno_value == EINVAL)) return std::string{};
    TRY_VOID(text);
    return std::string(trim(*text));
}

Result<std::string> read(Host& host, const KnobRecord& record) {
    std::string value = knob_value(TRY(host.read(record.path)));
    for (const auto name : reset_files) {
        const std::string number = TRY(read_beside(host, record, name));
        if (!number.empty()) value += " " + std::string(name) + "=" + number;
    }
    return value;
}

Status switch_scheduler(Host& host, const KnobRecord& record, const std::string& scheduler) {
    constexpr int most_tries = 5;
    for (int tries = 1;; ++tries) {
        auto written = host.write(record.path, scheduler);
        if (written || written.error().errno_value != EBUSY || tries == most_tries) return written;
        host.sleep(std::chrono::milliseconds(20));
    }
}

Status write(Host& host, const KnobRecord& record, const std::string& value) {
    const std::string scheduler = value.substr(0, value.find(' '));
    const std::string current = TRY(host.read(record.path));
    if (knob_value(current) != scheduler) TRY_VOID(switch_scheduler(host, record, scheduler));
    Status status;
    split(value, ' ', [&](std::string_view word) {
        const auto sign = word.find('=');
        if (sign == std::string_view::npos || !status) return;
        const auto name = word.substr(0, sign);
        const auto number = read_beside(host, record, name);
        if (!number)
            status = tl::unexpected<Error>(number.error());
        else if (!number->empty() && *number != word.substr(sign + 1))
            status = host.write(beside(record, name), word.substr(sign + 1));
    });
    return status;
}
} // namespace

constinit const Form form_disk_scheduler{.read = read, .write = write};

} // namespace hostlease

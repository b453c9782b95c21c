#include "engine/pool_record.hpp"

#include "core/parse.hpp"

#include <algorithm>

namespace hostlease {

std::string pool_directory(const KnobRecord& record) { return record.path.substr(0, record.path.rfind('/')); }

std::uint64_t pages_of(std::string_view text) { return parse_integer<std::uint64_t>(text).value_or(0); }

void settle_pool_record(KnobRecord& record, const PoolFacts& pool, OurPages ours, Report& report) {
    const auto now = pool.persistent();
    if (record.intended) {
        const auto [least, most] =
            std::minmax({pages_of(record.wrote), pages_of(*record.intended)}); // the list form returns values
        record.wrote = std::to_string(std::clamp(now, least, most));
        record.intended.reset();
    }
    const auto wrote = pages_of(record.wrote);
    if (now == wrote) return;
    report.add(Severity::warning,
               record.path + " holds " + std::to_string(now) + " pages where hostlease left " + std::to_string(wrote) +
                   ": somebody else " + (now > wrote ? "added some; they stay" : "took some away"),
               record.knob, record.target);
    const auto baseline = pages_of(record.baseline);
    if (now > wrote) {
        record.baseline = std::to_string(baseline + (now - wrote));
    } else {
        const auto not_surplus = wrote - now - std::min(wrote - now, pool.surplus);
        const auto taken = ours == OurPages::in_use ? not_surplus : std::min(not_surplus, pool.free);
        record.baseline = std::to_string(baseline - std::min(baseline, taken));
    }
    record.wrote = std::to_string(now);
}

} // namespace hostlease

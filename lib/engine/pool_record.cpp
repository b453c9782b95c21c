#include "engine/pool_record.hpp"

#include <algorithm>
#include <string>

namespace hostlease {

void settle_pool_record(PoolRecord& record, const PoolFacts& pool, OurPages ours, Report& report) {
    const auto now = pool.persistent();
    if (record.intended) {
        const auto [least, most] = std::minmax({record.wrote, *record.intended}); // by value
        record.wrote = std::clamp(now, least, most);
        record.intended.reset();
    }
    if (now == record.wrote) return;
    report.add(Severity::warning,
               record.path + " holds " + std::to_string(now) + " pages where hostlease left " +
                   std::to_string(record.wrote) + ": another program " +
                   (now > record.wrote ? "added some; they stay" : "took some away"),
               pool_knob, record.target());
    if (now > record.wrote) {
        record.baseline += now - record.wrote;
    } else {
        const auto less = record.wrote - now;
        const auto not_surplus = less - std::min(less, pool.surplus);
        const auto taken = ours == OurPages::in_use ? not_surplus : std::min(not_surplus, pool.free);
        record.baseline -= std::min(record.baseline, taken);
    }
    record.wrote = now;
}

} // namespace hostlease

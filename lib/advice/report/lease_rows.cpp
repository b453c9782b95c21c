#include "advice/report/lease_rows.hpp"

namespace hostlease {

ValueArray promise_rows(const Lease& lease) {
    ValueArray pages;
    for (const auto& promise : lease.promises) {
        ValueTable one;
        put(one, "node", std::uint64_t{promise.pool.node});
        put(one, "page_size", promise.pool.page_size);
        put(one, "pages", promise.pages);
        pages.push_back({std::move(one), {}});
    }
    return pages;
}

ValueArray timing_rows(const Lease& lease) {
    ValueArray timings;
    for (const auto& timing : lease.timings) {
        ValueTable one;
        put(one, "operation", timing.operation);
        put(one, "total_usec", std::int64_t{timing.total.count()});
        put(one, "lock_usec", std::int64_t{timing.lock.count()});
        put(one, "pages_usec", std::int64_t{timing.pages.count()});
        put(one, "writes_usec", std::int64_t{timing.writes.count()});
        timings.push_back({std::move(one), {}});
    }
    return timings;
}

} // namespace hostlease

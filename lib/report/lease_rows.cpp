#include "report/lease_rows.hpp"

namespace hostlease {

TomlArray promise_rows(const Lease& lease) {
    TomlArray pages;
    for (const auto& promise : lease.promises) {
        TomlTable one;
        put(one, "node", std::uint64_t{promise.pool.node});
        put(one, "page_size", promise.pool.page_size);
        put(one, "pages", promise.pages);
        pages.push_back({std::move(one), {}});
    }
    return pages;
}

TomlArray timing_rows(const Lease& lease) {
    TomlArray timings;
    for (const auto& timing : lease.timings) {
        TomlTable one;
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

// Parts of a lease as rows of JSON, common to `status` and `report`.
#pragma once

#include "model/lease.hpp"
#include "text/value.hpp"

namespace hostlease {

/// One row {"node","page_size","pages"} for each promise.
ValueArray promise_rows(const Lease& lease);

/// One row {"operation","total_usec","lock_usec","pages_usec","writes_usec"} for each call.
ValueArray timing_rows(const Lease& lease);

} // namespace hostlease

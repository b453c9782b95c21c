// Parts of a lease as rows of JSON, the same for status and report.
#pragma once

#include "model/lease.hpp"
#include "text/value.hpp"

namespace hostlease {

/// {"node","page_size","pages"} a promise.
ValueArray promise_rows(const Lease& lease);

/// {"operation","total_usec","lock_usec","pages_usec","writes_usec"} a call.
ValueArray timing_rows(const Lease& lease);

} // namespace hostlease

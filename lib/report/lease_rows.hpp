// Parts of a lease as rows of JSON: status and report print the same.
#pragma once

#include "model/lease.hpp"
#include "read/toml.hpp"

namespace hostlease {

/// {"node","page_size","pages"} a promise.
TomlArray promise_rows(const Lease& lease);

/// {"operation","total_usec","lock_usec","pages_usec","writes_usec"} a call.
TomlArray timing_rows(const Lease& lease);

} // namespace hostlease

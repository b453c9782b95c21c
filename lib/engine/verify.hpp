// Compares the host with the ledger; changes nothing.
#pragma once

#include "host/host.hpp"
#include "ledger/ledger.hpp"

#include <string>
#include <vector>

namespace hostlease {

struct Finding {
    std::string knob; // "" when it is not about one
    std::string target;
    std::string path;
    std::string expected;
    std::string current;
    std::string what; // one sentence
};

/// Knobs that are not as the leases want them, writes and releases that were cut off, pages still to be given back, leases whose
/// VM is known to be gone, and ledger files that cannot be read.
std::vector<Finding> verify(Host& host, const LedgerContent& ledger);

} // namespace hostlease

// Compares the host with the ledger; changes nothing.
#pragma once

#include "host/host.hpp"
#include "ledger/ledger.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace hostlease {

struct Finding {
    std::string knob; // "" when it is not about one
    std::string target;
    std::string path;
    std::string expected;
    std::string current;
    std::string what; // one sentence
    std::string uuid; // of the VM whose lease it is about, "" when it is about none
};

/// A knob whose targets on record the host cannot be asked about: the record says what was done, and nobody
/// whether it still is so.
struct Unseen {
    std::string knob;
    std::size_t count = 0; // of its targets
};

std::vector<Unseen> unseen(const LedgerContent& ledger);

/// What knobs read, by knob and target, in their own words.
using Readings = std::map<std::pair<std::string, std::string>, std::string>;

/// Knobs that are not as the leases want them, writes and releases that were cut off, pages still to be given
/// back, leases whose VM is known to be gone, VMs whose call `started` did not come through, and ledger files
/// that cannot be read. `readings` gets what was read of values on record, so that thousands of them need not
/// be read once more.
std::vector<Finding> verify(Host& host, const LedgerContent& ledger, Readings* readings = nullptr);

} // namespace hostlease

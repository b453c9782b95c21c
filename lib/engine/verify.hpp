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
    std::string knob; // "" if the finding does not belong to a knob
    std::string target;
    std::string path;
    std::string expected;
    std::string current;
    std::string what; // one sentence
    std::string uuid; // of the VM whose lease has the finding, "" if no lease has
};

/// A knob whose recorded targets the host cannot read back: the record says what was done, but not whether it
/// is still in force.
struct Unseen {
    std::string knob;
    std::size_t count = 0; // number of its targets
};

std::vector<Unseen> unseen(const LedgerContent& ledger);

/// Values that were read, by knob and target, in the knob's own words.
using Readings = std::map<std::pair<std::string, std::string>, std::string>;

/// Finds knobs that differ from what the leases want, interrupted writes and releases, pages that must still
/// be returned, leases whose VM is known to be gone, VMs whose call `started` did not finish, and unreadable
/// ledger files. `readings` receives the values read for records, so that thousands of them need not be read
/// again.
std::vector<Finding> verify(Host& host, const LedgerContent& ledger, Readings* readings = nullptr);

} // namespace hostlease

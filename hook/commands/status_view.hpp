// The data that `status` shows: the ledger, the current values of its knobs, and findings.
#pragma once

#include "engine/isolation.hpp"
#include "engine/verify.hpp"
#include "host/host.hpp"
#include "ledger/ledger.hpp"

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hostlease {

/// A claim on a knob's target, with its lease.
struct Holding {
    const Lease* lease = nullptr;
    const Claim* claim = nullptr;
};

struct KnobView {
    const KnobRecord* record = nullptr;
    std::string now; // "?" if it cannot be read
    // shared by targets with the same claims on every target
    const std::vector<Holding>* holdings = nullptr;
};

struct StatusView {
    LedgerContent ledger;
    std::vector<KnobRecord> pool_rows; // the pools' records in the form of values' records
    std::vector<const Lease*> leases;
    std::vector<KnobView> knobs;
    // by knob and target
    std::map<TargetName, std::vector<Holding>> holdings;
    // joins the claims on a target with those on every target
    std::deque<std::vector<Holding>> joined_holdings;
    std::vector<Finding> findings;
    std::vector<std::string> notes; // not errors, but worth knowing
    bool is_whole = true;           // false if limited to some VMs
};

/// The leases of these VMs, by name or uuid, with their knobs and findings; all of them without names.
/// ErrorKind::usage for a name without a lease. Contains pointers into itself: `view` must not move.
Status look_at_status(Host& host, const std::vector<std::string>& names, StatusView& view);

std::string status_text(const StatusView& view);
std::string status_json(const StatusView& view);

} // namespace hostlease

// The view of `status`: the ledger, the present values of its knobs, and findings.
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

/// A claim on a knob's target and who has it.
struct Holding {
    const Lease* lease = nullptr;
    const Claim* claim = nullptr;
};

struct KnobView {
    const KnobRecord* record = nullptr;
    std::string now; // "?" when it cannot be read
    // many targets may have the same, of claims on every target
    const std::vector<Holding>* holdings = nullptr;
};

struct StatusView {
    LedgerContent ledger;
    std::vector<KnobRecord> pool_rows; // the pools' records, as those of values
    std::vector<const Lease*> leases;
    std::vector<KnobView> knobs;
    // by knob and target
    std::map<TargetName, std::vector<Holding>> holdings;
    // of a target and of every target
    std::deque<std::vector<Holding>> joined_holdings;
    std::vector<Finding> findings;
    std::vector<std::string> notes; // not wrong, but worth knowing
    bool is_whole = true;           // false: of some VMs only
};

/// The leases of these VMs, by name or uuid, with their knobs and findings; no names: all there is.
/// ErrorKind::usage for a name that holds no lease. Points into itself: `view` must stay where it is.
Status look_at_status(Host& host, const std::vector<std::string>& names, StatusView& view);

std::string status_text(const StatusView& view);
std::string status_json(const StatusView& view);

} // namespace hostlease

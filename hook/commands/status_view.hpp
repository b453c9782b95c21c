// What `status` shows: the ledger, what its knobs read now, and what is wrong.
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
    std::string now;                                // "?" when it cannot be read
    const std::vector<Holding>* holdings = nullptr; // many targets may have the same, of claims on every target
};

struct StatusView {
    LedgerContent ledger;
    std::vector<const Lease*> leases;
    std::vector<KnobView> knobs;
    std::map<std::pair<std::string_view, std::string_view>, std::vector<Holding>> holdings; // by knob and target
    std::deque<std::vector<Holding>> joined_holdings;                                       // of a target and of every target
    std::vector<Finding> findings;
    std::vector<std::string> notes; // what is as it was asked for, and worth to know
    bool is_whole = true;           // false: of some VMs only
};

/// The leases of these VMs, by name or uuid, with their knobs and findings; no names: all there is. ErrorKind::usage for a name that holds no lease.
/// Points into itself: `view` must stay where it is.
Status look_at_status(Host& host, const std::vector<std::string>& names, StatusView& view);

std::string status_text(const StatusView& view);
std::string status_json(const StatusView& view);

} // namespace hostlease

// The ledger: leases and baselines on disk, below /run/hostlease. FORMAT.md describes the files.
#pragma once

#include "host/host.hpp"
#include "model/lease.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace hostlease {

/// A lease file that could not be trusted. The host is not restored as long as its VM may run.
struct UnreadableLease {
    std::string uuid;
    std::string path;
    Error error;
};

struct LedgerContent {
    std::vector<Lease> leases; // oldest first
    std::vector<KnobRecord> records;
    std::vector<UnreadableLease> unreadable;
    std::vector<Error> problems; // what was found wrong and set aside, for the log

    [[nodiscard]] Lease* find(const std::string& uuid);
    [[nodiscard]] const Lease* find_by_name(const std::string& domain) const;
    [[nodiscard]] KnobRecord* record(const std::string& knob, const std::string& target);
};

class Ledger {
  public:
    static constexpr const char* directory = "/run/hostlease";

    /// True when there is a lease file for this VM, or nobody can tell; needs no lock. The cheap question of a hook call for a VM without a lease.
    static bool has_lease(Host& host, const std::string& uuid);

    /// Locks the ledger and reads it; makes the directory when there is none. Files of an earlier boot are removed: what they
    /// speak of is gone. Unreadable records are renamed to knobs.toml.corrupt and reported in problems.
    /// ErrorKind::busy when the lock is not had within `patience`; ErrorKind::refused when the directory is not ours alone.
    static Result<Ledger> open(Host& host, std::chrono::microseconds patience);

    /// Reads without lock and without changing anything; for status and plan. An absent ledger is an empty one.
    static Result<LedgerContent> peek(Host& host);

    /// The ledger as it is, for a rehearsal: what is done with it stays in memory. Takes no lock.
    static Result<Ledger> rehearse(Host& host);

    LedgerContent content;
    std::chrono::microseconds waited{}; // for the lock

    /// Write-through: when these succeed the files hold it; when they fail they hold what they held.
    Status save_lease(const Lease& lease);
    Status save_records();
    /// Notes how long a call took up to now, in memory: with the lease or the records it is written when they are. Never a write by itself.
    void note(const std::string& uuid, const Timing& timing);
    /// Also forgets an unreadable lease of this uuid: its file is renamed to NAME.corrupt.
    Status drop_lease(std::string uuid);

  private:
    Ledger(Host* host, std::unique_ptr<HostLock> lock) : host_(host), lock_(std::move(lock)) {}
    void forget_late(const std::string& uuid);

    Host* host_; // nullptr in a rehearsal
    std::unique_ptr<HostLock> lock_;
    std::string boot_id_;
    std::vector<KnobRecord> saved_records_; // as on disk, to skip writes that change nothing
    std::vector<LateTiming> late_;          // not in their lease's file yet
};

} // namespace hostlease

// The ledger: leases and baselines on disk, in /run/hostlease. FORMAT.md describes the files.
#pragma once

#include "host/host.hpp"
#include "model/lease.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// A lease file that could not be trusted. The host is not restored while its VM may run.
struct UnreadableLease {
    std::string uuid;
    std::string path;
    Error error;
};

struct LedgerContent {
    std::vector<Lease> leases; // oldest first
    std::vector<KnobRecord> records;
    std::vector<PoolRecord> pools;
    std::vector<UnreadableLease> unreadable;
    std::vector<Error> problems; // what was found to be broken and was set aside, for the log

    [[nodiscard]] Lease* find(const std::string& uuid);
    [[nodiscard]] const Lease* find_by_name(const std::string& domain) const;
    [[nodiscard]] KnobRecord* record(const std::string& knob, const std::string& target);
    [[nodiscard]] PoolRecord* pool(const PoolId& id);
    /// Whether anything on the host may have to be restored.
    [[nodiscard]] bool has_records() const { return !records.empty() || !pools.empty(); }
};

/// Whether the lock on the huge page pools is taken along with the ledger's. It is taken before the ledger's
/// lock, never after: a caller that changes a pool, which may take the kernel long, can then release the
/// ledger to others meanwhile. Pools and their records change under both locks only.
enum class Pools {
    later,   // by lock_pools(), if at all
    if_free, // if nobody else holds it
    locked
};

class Ledger {
  public:
    static constexpr const char* directory = "/run/hostlease";
    static constexpr const char* pools_directory = "/run/hostlease/.pools";
    static constexpr const char* turn_directory = "/run/hostlease/.turn";

    /// True if this VM has a lease file, or may have one; needs no lock. A cheap check for hook calls for a
    /// VM without a lease.
    static bool has_lease(Host& host, const std::string& uuid);

    /// The uuid of the lease in a file of this name; nullopt if the name is not that of a lease file.
    static std::optional<std::string_view> uuid_of_file(std::string_view name);

    /// Locks the ledger and reads it; creates the directory if it does not exist. Removes files of an earlier
    /// boot, because they describe a host state that is gone. Unreadable records are renamed to NAME.corrupt
    /// and reported in problems. ErrorKind::busy if the lock is not acquired within `patience`;
    /// ErrorKind::refused if others can write to the directory; ErrorKind::unsupported, with nothing changed,
    /// if a file has a later format.
    static Result<Ledger> open(Host& host, std::chrono::microseconds patience, Pools pools = Pools::later);

    /// Reads without the lock and without changes; for status and plan. A missing ledger counts as
    /// empty.
    static Result<LedgerContent> peek(Host& host);

    /// The current ledger, for a rehearsal: all changes to it stay in memory. Takes no lock.
    static Result<Ledger> rehearse(Host& host);

    // Functions that let other calls in. Afterwards, `content` is as those calls have left the ledger, and
    // any data taken from it before is invalid. They fail if a lock was not acquired in time; if that was the
    // ledger's own lock, nothing can be written any more.

    /// Releases the ledger and the pools to other calls while `act` runs.
    template <typename Act>
    Status let_others_in(Act act) {
        pools_.reset();
        unlock();
        act();
        return lock_both_again();
    }

    /// Releases the ledger, but no pool, while `act` changes a pool. If a lease could not be saved, the
    /// ledger is not released: other calls would rely on its file, and so would we.
    template <typename Act>
    Status change_pool(Act act) {
        if (is_ahead_of_files_) {
            without_precedence(act);
            return {};
        }
        unlock();
        act();
        return lock_again();
    }

    /// Runs `act` without precedence: the kernel may take long for a write to the host.
    template <typename Act>
    void without_precedence(Act act) {
        precedence_.reset();
        act();
        if (lock_ != nullptr) precedence_ = host_->take_precedence();
    }

    /// Releases the ledger and the pools while `act` waits for other programs. Requires the turn; does not
    /// lock the pools again.
    template <typename Act>
    Status wait_for_programs(Act act) {
        pools_.reset();
        unlock();
        act();
        return lock_again();
    }

    /// Locks the pools as well, unless they are locked. Tries at once; releases the ledger to other calls
    /// only if the pools are taken and `patience` is not 0.
    Status lock_pools(std::chrono::microseconds patience);

    /// Takes the turn, the lock for writes that wait for other programs: records of such values change only
    /// under the turn and the ledger's lock. Tries at once; if another call has the turn and `patience` is
    /// not 0, releases the ledger and the pools until the turn is free. The holder of the turn may wait for
    /// the ledger's lock, never for the pools' lock. Succeeds also if this call has the turn.
    Status take_turn(std::chrono::microseconds patience);
    void end_turn() { turn_.reset(); }

    [[nodiscard]] bool has_pools() const { return host_ == nullptr || pools_ != nullptr; }

    /// An error once the lock is lost.
    [[nodiscard]] Status may_write() const;

    LedgerContent content{};
    std::chrono::microseconds waited{}; // for the lock

    /// Write-through: after success the files have the new content, after failure the old.
    Status save_lease(const Lease& lease);
    Status save_records();
    /// Notes in memory how long a call has taken so far; the note is written along with the lease or the
    /// records. Never causes a write.
    void note(const std::string& uuid, const Timing& timing);
    /// Also removes an unreadable lease of this uuid: its file is renamed to NAME.corrupt.
    Status drop_lease(std::string uuid);

  private:
    explicit Ledger(Host* host) : host_(host) {}
    Status lock(std::chrono::microseconds patience);
    void unlock();
    Status take_pools(std::chrono::microseconds patience);
    Status read();
    Status lock_again();
    Status lock_both_again();
    void forget_late(const std::string& uuid);

    Host* host_; // nullptr in a rehearsal
    // destroyed in reverse order: a call that finds the pools or the turn taken leaves its work to their
    // holder; it can have the ledger only before the holder's last look at it, or after all locks are free
    std::unique_ptr<Precedence> precedence_; // of the call that holds the ledger's lock or waits for it
    std::unique_ptr<HostLock> lock_;
    std::unique_ptr<HostLock> pools_;
    std::unique_ptr<HostLock> turn_;
    std::string boot_id_;
    std::vector<KnobRecord> saved_records_; // as on disk, to skip writes without changes
    std::vector<PoolRecord> saved_pools_;
    bool has_format_1_ = false;      // whether records in format 1 are on disk
    bool is_ahead_of_files_ = false; // a lease could not be saved
    std::vector<LateTiming> late_;   // not yet in their lease's file
};

} // namespace hostlease

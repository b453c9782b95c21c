// The ledger: leases and baselines on disk, below /run/hostlease. FORMAT.md describes the files.
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

/// A lease file that could not be trusted. The host is not restored as long as its VM may run.
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
    std::vector<Error> problems; // what was found wrong and set aside, for the log

    [[nodiscard]] Lease* find(const std::string& uuid);
    [[nodiscard]] const Lease* find_by_name(const std::string& domain) const;
    [[nodiscard]] KnobRecord* record(const std::string& knob, const std::string& target);
    [[nodiscard]] PoolRecord* pool(const PoolId& id);
    /// Whether anything of the host may have to go back to what it was.
    [[nodiscard]] bool has_records() const { return !records.empty() || !pools.empty(); }
};

/// Whether the lock on the pools of huge pages is taken with the ledger's. It is taken before the ledger's
/// and never after, so that who changes a pool, which may take the kernel long, can let others have the
/// ledger meanwhile. Pools and their records change under both locks only.
enum class Pools {
    later,   // by lock_pools(), if at all
    if_free, // when nobody else has it
    locked
};

class Ledger {
  public:
    static constexpr const char* directory = "/run/hostlease";
    static constexpr const char* pools_directory = "/run/hostlease/.pools";
    static constexpr const char* turn_directory = "/run/hostlease/.turn";

    /// True when there is a lease file for this VM, or nobody can tell; needs no lock. The cheap question of
    /// a hook call for a VM without a lease.
    static bool has_lease(Host& host, const std::string& uuid);

    /// The uuid of the lease in a file of this name; nullopt for the name of another file.
    static std::optional<std::string_view> uuid_of_file(std::string_view name);

    /// Locks the ledger and reads it; makes the directory when there is none. Files of an earlier boot are
    /// removed: what they speak of is gone. Unreadable records are renamed to NAME.corrupt and reported in
    /// problems. ErrorKind::busy when the lock is not had within `patience`; ErrorKind::refused when the
    /// directory is not ours alone; ErrorKind::unsupported, with nothing changed, when a file is of a later
    /// format.
    static Result<Ledger> open(Host& host, std::chrono::microseconds patience, Pools pools = Pools::later);

    /// Reads without lock and without changing anything; for status and plan. An absent ledger is an empty
    /// one.
    static Result<LedgerContent> peek(Host& host);

    /// The ledger as it is, for a rehearsal: what is done with it stays in memory. Takes no lock.
    static Result<Ledger> rehearse(Host& host);

    // Ways to let other calls in. After each, `content` is as those calls have left the ledger:
    // whatever was taken out of it before is void. The error is that a lock was not had in time; where that
    // was the ledger's own, nothing can be written any more.

    /// Lets others in to the ledger and the pools while `act` runs.
    template <typename Act>
    Status let_others_in(Act act) {
        pools_.reset();
        unlock();
        act();
        return lock_both_again();
    }

    /// Lets others in to the ledger, and to no pool, while `act` changes a pool. Nobody is let in where a
    /// lease could not be saved: they would go by the file, and so would we.
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

    /// Writes to the host are made without precedence: the kernel may work on one for a long time.
    template <typename Act>
    void without_precedence(Act act) {
        precedence_.reset();
        act();
        if (lock_ != nullptr) precedence_ = host_->take_precedence();
    }

    /// Lets others in to the ledger and the pools while `act` waits for other programs. For whoever has the
    /// turn; the pools are not locked again.
    template <typename Act>
    Status wait_for_programs(Act act) {
        pools_.reset();
        unlock();
        act();
        return lock_again();
    }

    /// Locks the pools as well, where they are not yet. They are tried at once; others are let in to the
    /// ledger only where somebody else has them and `patience` is not 0.
    Status lock_pools(std::chrono::microseconds patience);

    /// The turn to write what waits for other programs: records of such values change under it and the
    /// ledger's lock only. It is tried at once; where somebody else has it and `patience` is not 0, others
    /// are let in to the ledger and the pools until it is had. Who has it may wait for the ledger's lock,
    /// never for the pools'. Success also when it is had already.
    Status take_turn(std::chrono::microseconds patience);
    void end_turn() { turn_.reset(); }

    [[nodiscard]] bool has_pools() const { return host_ == nullptr || pools_ != nullptr; }

    /// The error once the lock is lost.
    [[nodiscard]] Status may_write() const;

    LedgerContent content{};
    std::chrono::microseconds waited{}; // for the lock

    /// Write-through: when these succeed the files hold it; when they fail they hold what they held.
    Status save_lease(const Lease& lease);
    Status save_records();
    /// Notes how long a call took up to now, in memory: with the lease or the records it is written when they
    /// are. Never a write by itself.
    void note(const std::string& uuid, const Timing& timing);
    /// Also forgets an unreadable lease of this uuid: its file is renamed to NAME.corrupt.
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
    // in reverse of this order they end: who finds the pools or the turn taken, and leaves work to their
    // holder, has the ledger only before that one's last look at it, or after all is let go
    std::unique_ptr<Precedence> precedence_; // of who has the ledger's lock, or waits for it
    std::unique_ptr<HostLock> lock_;
    std::unique_ptr<HostLock> pools_;
    std::unique_ptr<HostLock> turn_;
    std::string boot_id_;
    std::vector<KnobRecord> saved_records_; // as on disk, to skip writes that change nothing
    std::vector<PoolRecord> saved_pools_;
    bool has_format_1_ = false;      // of the records, still on disk
    bool is_ahead_of_files_ = false; // a lease could not be saved
    std::vector<LateTiming> late_;   // not in their lease's file yet
};

} // namespace hostlease

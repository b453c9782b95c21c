#include "engine/converge.hpp"
#include "engine/pool_record.hpp"
#include "engine/promises.hpp"
#include "host/pools.hpp"
#include "plan/wishes.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace hostlease {

namespace {
using namespace std::chrono_literals;

/// If no page has become free for so long, none will.
constexpr auto no_progress = 300ms;

/// A pool that cannot shrink to its target before more of its pages become free.
struct ShortPool {
    std::string directory;
    PoolId id;
    std::uint64_t free = 0;
    std::uint64_t missing = 0;
};

/// True once each pool has the required additional free pages; false after `patience`, or when no more pages
/// become free. QEMU's pages become free while it exits.
bool wait_for_free_pages(Host& host, const std::vector<ShortPool>& pools, std::chrono::microseconds give_up) {
    std::uint64_t most_seen = 0;
    for (const auto& pool : pools)
        most_seen += pool.free;
    auto last_progress = host.now();
    while (host.now() < give_up && host.now() - last_progress < no_progress) {
        host.sleep(5ms);
        std::uint64_t sum = 0;
        bool all_there = true;
        for (const auto& pool : pools) {
            const auto now = read_pool(host, pool.directory, pool.id);
            if (!now) return false;
            sum += now->free;
            all_there = all_there && now->free >= pool.free + pool.missing;
        }
        if (all_there) return true;
        if (sum > most_seen) last_progress = host.now();
        most_seen = std::max(most_seen, sum);
    }
    return false;
}

class PoolConvergence {
  public:
    PoolConvergence(Host& host, Ledger& ledger, Report& report)
        : host_(host), ledger_(ledger), report_(report), claimed_(claimed_pages(ledger.content.leases)) {}

    /// The pools that run() would leave too large now, because too few of their pages are spare. Changes
    /// nothing.
    std::vector<ShortPool> look() {
        std::vector<ShortPool> list;
        if (!ledger_.content.unreadable.empty()) return list;
        for (PoolRecord record : ledger_.content.pools) {
            if (!settled_pool(record) || excess_of(record) == 0) continue;
            const auto surrender = excess_of(record);
            const auto spare = look_for_spare(record);
            if (spare && spare->pages < surrender)
                list.push_back({record.directory(), record.id, spare->pool.free, surrender - spare->pages});
        }
        return list;
    }

    /// Whether run() would remove pages, by the records alone. A pool that another call is shrinking is left
    /// to that call, which checks the pool again when it ends.
    [[nodiscard]] bool has_work() const {
        const auto& pools = ledger_.content.pools;
        return std::any_of(pools.begin(), pools.end(), [&](const PoolRecord& record) {
            const bool is_shrinking = record.intended && *record.intended < record.wrote;
            return !is_shrinking && (!claimed_.contains(record.id) || excess_of(record) > 0);
        });
    }

    /// What run() would remove; pages in use are removed when their user ends.
    std::vector<Change> rehearse() {
        std::vector<Change> changes;
        for (auto& record : ledger_.content.pools) {
            const auto pool = settled_pool(record);
            if (!pool || !ledger_.content.unreadable.empty() || excess_of(record) == 0) continue;
            const auto before = pool->persistent();
            const auto surrender = std::min(before, excess_of(record));
            changes.push_back({pool_knob, record.target(), record.path, std::to_string(before),
                               std::to_string(before - surrender), Phase::prepare,
                               "pages that no VM asks for any more"});
        }
        return changes;
    }

    std::vector<KnobFailure> run() {
        for (const auto& id : pool_ids())
            while (PoolRecord* record = ledger_.content.pool(id))
                if (!converge_one(*record)) break;
        std::erase_if(ledger_.content.pools, [&](const PoolRecord& record) { return is_settled(record); });
        if (const auto saved = ledger_.save_records(); !saved)
            report_.add(Severity::error, saved.error().text());
        return std::move(failures_);
    }

  private:
    [[nodiscard]] std::vector<PoolId> pool_ids() const {
        std::vector<PoolId> ids;
        for (const auto& record : ledger_.content.pools)
            ids.push_back(record.id);
        return ids;
    }

    /// The pages by which the pool exceeds its baseline plus the claims on it.
    [[nodiscard]] std::uint64_t excess_of(const PoolRecord& record) const {
        const auto claimed = claimed_.find(record.id);
        const auto expected = record.baseline + (claimed == claimed_.end() ? 0 : claimed->second);
        return record.wrote - std::min(record.wrote, expected);
    }

    [[nodiscard]] bool is_settled(const PoolRecord& record) const {
        return !claimed_.contains(record.id) && !record.intended && ledger_.content.unreadable.empty() &&
               excess_of(record) == 0;
    }

    [[nodiscard]] OurPages our_pages(const PoolRecord& record) const {
        const auto may_have_free_pages = [&](const Lease& lease) {
            return lease.state != LeaseState::running &&
                   std::any_of(lease.claims.begin(), lease.claims.end(),
                               [&](const Claim& claim) { return claim.pool() == record.id; });
        };
        const auto& leases = ledger_.content.leases;
        return std::any_of(leases.begin(), leases.end(), may_have_free_pages) ? OurPages::unknown
                                                                              : OurPages::in_use;
    }

    void fail(PoolId id, Error error) { failures_.push_back({pool_knob, to_text(id), std::move(error)}); }

    /// The record's pool, if it exists.
    std::optional<PoolFacts> settled_pool(PoolRecord& record) {
        const auto pool = read_pool(host_, record.directory(), record.id);
        if (!pool) return std::nullopt;
        settle_pool_record(record, *pool, our_pages(record), report_);
        return *pool;
    }

    /// True if the pool has shrunk and may have to shrink further. Other calls were then let in, and the
    /// record is invalid.
    bool converge_one(PoolRecord& record) {
        const PoolId id = record.id;
        const auto pool = read_pool(host_, record.directory(), id);
        if (!pool && !is_missing(pool.error())) {
            fail(id, pool.error());
            return false;
        }
        if (!pool) {
            report_.add(Severity::warning, record.path + " no longer exists; nothing to return", pool_knob,
                        record.target());
            record.wrote = record.baseline;
            record.intended.reset();
            return false;
        }
        settle_pool_record(record, *pool, our_pages(record), report_);
        // the excess pages may belong to the unreadable lease
        if (!ledger_.content.unreadable.empty() || excess_of(record) == 0) return false;
        const auto shrunk = shrink(record, excess_of(record));
        if (!shrunk) fail(id, shrunk.error());
        return shrunk.value_or(false);
    }

    struct Spare {
        PoolFacts pool;
        std::uint64_t pages = 0; // free pages that no mapping or lease needs
    };

    /// Reads the pool last: pages that a QEMU maps meanwhile are then missing from the free pages, instead of
    /// seeming to be promised to no VM. Other programs' reservations count only as far as other nodes have no
    /// free pages for them: the kernel counts them for the whole host, and refuses to remove pages that they
    /// need. Source: set_max_huge_pages, mm/hugetlb.c (6.12), min_count.
    Result<Spare> look_for_spare(const PoolRecord& record) {
        const PoolId id = record.id;
        const auto promised = TRY(open_promises(host_, ledger_.content.leases, {}));
        const auto reserved = TRY(read_reserved_pages(host_, id.page_size));
        const auto free_everywhere = reserved == 0 ? 0 : TRY(read_free_pages(host_, id.page_size));
        std::uint64_t here = 0;
        std::uint64_t elsewhere = 0;
        for (const auto& [other, pages] : promised.pages)
            if (other.page_size == id.page_size) (other == id ? here : elsewhere) += pages;
        const auto pool = TRY(read_pool(host_, record.directory(), id));
        const auto bound = pool.free + elsewhere;
        const auto free_elsewhere = free_everywhere > bound ? free_everywhere - bound : 0;
        const auto foreign = promised.foreign(reserved, id.page_size);
        const auto taken = here + (foreign > free_elsewhere ? foreign - free_elsewhere : 0);
        return Spare{pool, pool.free > taken ? pool.free - taken : 0};
    }

    /// Whether all pages were removed.
    Result<bool> shrink(PoolRecord& record, std::uint64_t surrender) {
        const auto [pool, spare] = TRY(look_for_spare(record));
        // free pages that others need must stay; pages in use cannot be taken away: the kernel makes them
        // surplus and removes them when their user ends
        const auto now = spare < pool.free ? std::min(surrender, spare) : surrender;
        if (now < surrender)
            report_.add(Severity::warning,
                        record.target() + ": " + std::to_string(surrender - now) + " of " +
                            std::to_string(surrender) +
                            " pages are promised to others and stay in the pool until the next reconcile",
                        pool_knob, record.target());
        if (now == 0) return false;
        const auto target = pool.persistent() - std::min(pool.persistent(), now);
        record.intended = target;
        if (auto saved = ledger_.save_records(); !saved) {
            // the next call would attribute an unrecorded change to another program, and the host's own pages
            // to hostlease
            record.intended.reset();
            return tl::unexpected<Error>(
                std::move(saved).error().context(record.target() + " stays as it is"));
        }
        TRY_VOID(write_target(PoolRecord(record), pool, target));
        return now == surrender; // pages that are promised to others stay promised
    }

    struct Shrunk {
        Status written;
        Result<PoolFacts> after = PoolFacts{};
    };

    /// The kernel frees pages one by one, so a large pool takes seconds.
    Shrunk free_pages(const PoolRecord& record, const PoolFacts& before, std::uint64_t target) {
        Shrunk result{.written = host_.write(record.path, std::to_string(target))};
        result.after = read_pool(host_, record.directory(), before.id);
        // Linux up to 6.12 can turn free pages into surplus instead of freeing them; as persistent pages,
        // they can be freed
        const auto in_use = before.total - std::min(before.total, before.free);
        const auto& after = result.after;
        if (!result.written || !after || after->surplus <= before.surplus || after->free == 0 ||
            target < in_use)
            return result;
        result.written = host_.write(record.path, std::to_string(after->total));
        if (result.written) result.written = host_.write(record.path, std::to_string(target));
        result.after = read_pool(host_, record.directory(), before.id);
        return result;
    }

    /// Uses a copy of the record, because other calls have the ledger meanwhile. If the ledger cannot be
    /// locked again, or the pool cannot be read, the intention stays on record.
    Status write_target(const PoolRecord& intended, const PoolFacts& before, std::uint64_t target) {
        Shrunk shrunk;
        TRY_VOID(ledger_.change_pool([&] { shrunk = free_pages(intended, before, target); }));
        claimed_ = claimed_pages(ledger_.content.leases);
        const auto after = TRY(std::move(shrunk.after));
        report_.deeds.pages_given_back +=
            before.persistent() - std::min(before.persistent(), after.persistent());
        if (PoolRecord* record = ledger_.content.pool(intended.id); record != nullptr) {
            record->wrote = after.persistent();
            record->intended.reset();
        }
        TRY_VOID(shrunk.written);
        if (after.persistent() <= target) return {};
        return tl::unexpected<Error>(Error{ErrorKind::refused,
                                           intended.path + ": wrote " + std::to_string(target) +
                                               ", and the kernel kept " + std::to_string(after.persistent()),
                                           intended.path, 0});
    }

    Host& host_;
    Ledger& ledger_;
    Report& report_;
    std::map<PoolId, std::uint64_t> claimed_; // pages, by the leases in the ledger
    std::vector<KnobFailure> failures_;
};
} // namespace

std::vector<Change> pending_pool_changes(Host& host, Ledger& ledger, Call& call) {
    return PoolConvergence(host, ledger, call.report).rehearse();
}

bool are_pools_too_large(Host& host, Ledger& ledger) {
    Report unused;
    return PoolConvergence(host, ledger, unused).has_work();
}

Status wait_for_pages(Host& host, Ledger& ledger, std::chrono::microseconds patience) {
    const auto give_up = host.now() + std::min(patience, host.time_left());
    for (bool may_come = true; may_come && host.now() < give_up;) {
        Report unused; // unused: run() reports the state of the pools
        const auto pools = PoolConvergence(host, ledger, unused).look();
        if (pools.empty()) break;
        TRY_VOID(ledger.let_others_in([&] { may_come = wait_for_free_pages(host, pools, give_up); }));
    }
    return {};
}

std::vector<KnobFailure> converge_pools(Host& host, Ledger& ledger, Call& call) {
    return PoolConvergence(host, ledger, call.report).run();
}

} // namespace hostlease

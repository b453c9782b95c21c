#include "core/parse.hpp"
#include "engine/converge.hpp"
#include "engine/pool_record.hpp"
#include "engine/promises.hpp"
#include "host/pools.hpp"
#include "plan/wishes.hpp"

#include <algorithm>
#include <optional>

namespace hostlease {

namespace {
using namespace std::chrono_literals;

/// After so long without a page coming back, none will.
constexpr auto no_progress = 300ms;

bool is_pool(const KnobRecord& record) {
    const Knob* knob = find_knob(record.knob);
    return knob != nullptr && knob->form == KnobForm::pool;
}

/// A pool in which pages have to become free before it can shrink to what it should be.
struct ShortPool {
    std::string directory;
    PoolId id;
    std::uint64_t free = 0;
    std::uint64_t missing = 0;
};

/// True once each of the pools has as many more free pages; false when the time is over, or no more come:
/// QEMU's come while it exits.
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
        : host_(host), ledger_(ledger), report_(report), wishes_(collect_wishes(ledger.content.leases, pools_only)) {}

    /// The pools that run() would leave too large now, for want of pages that nobody counts on. Changes
    /// nothing.
    std::vector<ShortPool> look() {
        std::vector<ShortPool> list;
        if (!ledger_.content.unreadable.empty()) return list;
        for (KnobRecord record : ledger_.content.records) {
            const auto pool = settled_pool(record);
            if (!pool || pages_of(record.wrote) <= expected(record)) continue;
            const auto surrender = pages_of(record.wrote) - expected(record);
            const auto spare = look_for_spare(record, pool->id);
            if (spare && spare->pages < surrender)
                list.push_back({pool_directory(record), pool->id, spare->pool.free, surrender - spare->pages});
        }
        return list;
    }

    /// Whether run() would take pages away, by the records alone: another call may be changing a pool.
    [[nodiscard]] bool has_work() const {
        return std::any_of(ledger_.content.records.begin(), ledger_.content.records.end(), [&](const KnobRecord& record) {
            return is_pool(record) && (wish_for(record) == nullptr || pages_of(record.wrote) > expected(record));
        });
    }

    /// What run() would take away; pages that are in use go when their user does.
    std::vector<Change> rehearse() {
        std::vector<Change> changes;
        for (auto& record : ledger_.content.records) {
            const auto pool = settled_pool(record);
            if (!pool || !ledger_.content.unreadable.empty() || pages_of(record.wrote) <= expected(record)) continue;
            const auto before = pool->persistent();
            const auto surrender = std::min(before, pages_of(record.wrote) - expected(record));
            changes.push_back({record.knob, record.target, record.path, std::to_string(before),
                               std::to_string(before - surrender), Phase::prepare, "pages that no VM asks for any more"});
        }
        return changes;
    }

    std::vector<KnobFailure> run() {
        for (auto& record : ledger_.content.records)
            if (is_pool(record)) converge_one(record);
        std::erase_if(ledger_.content.records, [&](const KnobRecord& record) { return is_settled(record); });
        if (const auto saved = ledger_.save_records(); !saved) report_.add(Severity::error, saved.error().text());
        return std::move(failures_);
    }

  private:
    [[nodiscard]] const Wish* wish_for(const KnobRecord& record) const {
        const auto found = std::find_if(wishes_.begin(), wishes_.end(), [&](const Wish& wish) {
            return wish.knob->key == record.knob && wish.target == record.target;
        });
        return found == wishes_.end() ? nullptr : &*found;
    }

    [[nodiscard]] std::uint64_t expected(const KnobRecord& record) const {
        const Wish* wish = wish_for(record);
        return pages_of(wish == nullptr ? record.baseline : wish->wanted(record.baseline).value);
    }

    [[nodiscard]] bool is_settled(const KnobRecord& record) const {
        return is_pool(record) && wish_for(record) == nullptr && !record.intended && ledger_.content.unreadable.empty() &&
               pages_of(record.wrote) <= pages_of(record.baseline);
    }

    [[nodiscard]] OurPages our_pages(const KnobRecord& record) const {
        const auto may_have_free_pages = [&](const Lease& lease) {
            return lease.state != LeaseState::running &&
                   std::any_of(lease.claims.begin(), lease.claims.end(),
                               [&](const Claim& claim) { return claim.knob == record.knob && claim.target == record.target; });
        };
        const auto& leases = ledger_.content.leases;
        return std::any_of(leases.begin(), leases.end(), may_have_free_pages) ? OurPages::unknown : OurPages::in_use;
    }

    /// The record's pool, when it is one and there.
    std::optional<PoolFacts> settled_pool(KnobRecord& record) {
        const auto id = parse_pool_id(record.target);
        if (!is_pool(record) || !id) return std::nullopt;
        const auto pool = read_pool(host_, pool_directory(record), *id);
        if (!pool) return std::nullopt;
        settle_pool_record(record, *pool, our_pages(record), report_);
        return *pool;
    }

    void converge_one(KnobRecord& record) {
        const auto id = parse_pool_id(record.target);
        if (!id) return; // written by another version
        const auto pool = read_pool(host_, pool_directory(record), *id);
        if (!pool && !is_missing(pool.error())) {
            failures_.push_back({record.knob, record.target, pool.error()});
            return;
        }
        if (!pool) {
            report_.add(Severity::warning, record.path + " is gone; nothing to give back", record.knob, record.target);
            record.wrote = record.baseline;
            record.intended.reset();
            return;
        }
        settle_pool_record(record, *pool, our_pages(record), report_);
        if (!ledger_.content.unreadable.empty()) return; // what is too much may be what that lease has added
        if (pages_of(record.wrote) <= expected(record)) return;
        if (const auto shrunk = shrink(record, *id, pages_of(record.wrote) - expected(record)); !shrunk)
            failures_.push_back({record.knob, record.target, shrunk.error()});
    }

    struct Spare {
        PoolFacts pool;
        std::uint64_t pages = 0; // free ones that neither a mapping nor a lease counts on
    };

    /// The pool comes last: what a QEMU maps while we look is then missing among the free pages, and not promised to nobody.
    Result<Spare> look_for_spare(const KnobRecord& record, PoolId id) {
        const auto promised = TRY(open_promises(host_, ledger_.content.leases, {}));
        const auto here = promised.pages.contains(id) ? promised.pages.at(id) : 0;
        const auto taken = here + promised.foreign(TRY(read_reserved_pages(host_, id.page_size)), id.page_size);
        const auto pool = TRY(read_pool(host_, pool_directory(record), id));
        return Spare{pool, pool.free > taken ? pool.free - taken : 0};
    }

    Status shrink(KnobRecord& record, PoolId id, std::uint64_t surrender) {
        const auto [pool, spare] = TRY(look_for_spare(record, id));
        // free pages that others count on must stay; pages in use cannot be taken from anybody: the kernel makes them surplus and
        // lets them go with their user
        const auto now = spare < pool.free ? std::min(surrender, spare) : surrender;
        if (now < surrender)
            report_.add(Severity::warning,
                        record.target + ": " + std::to_string(surrender - now) + " of " + std::to_string(surrender) +
                            " pages are promised to others and stay in the pool until the next reconcile",
                        record.knob, record.target);
        if (now == 0) return {};
        const auto target = pool.persistent() - std::min(pool.persistent(), now);
        record.intended = std::to_string(target);
        if (auto saved = ledger_.save_records(); !saved) {
            // what is not on record would be taken for somebody else's doing by the next call, and the host's
            // own pages for ours
            record.intended.reset();
            return tl::unexpected<Error>(std::move(saved).error().context(record.target + " stays as it is"));
        }
        return write_target(record, pool, target);
    }

    Status write_target(KnobRecord& record, const PoolFacts& before, std::uint64_t target) {
        const auto written = host_.write(record.path, std::to_string(target));
        auto after = read_pool(host_, pool_directory(record), before.id);
        // Linux up to 6.12 can turn free pages into surplus instead of freeing them; made persistent again they can be freed
        const auto in_use = before.total - std::min(before.total, before.free);
        if (written && after && after->surplus > before.surplus && after->free > 0 && target >= in_use) {
            TRY_VOID(host_.write(record.path, std::to_string(after->total)));
            TRY_VOID(host_.write(record.path, std::to_string(target)));
            after = read_pool(host_, pool_directory(record), before.id);
        }
        TRY_VOID(after); // the intention stays on record
        report_.deeds.pages_given_back += before.persistent() - std::min(before.persistent(), after->persistent());
        record.wrote = std::to_string(after->persistent());
        record.intended.reset();
        TRY_VOID(written);
        if (after->persistent() > target)
            return tl::unexpected<Error>(Error{ErrorKind::refused,
                                               record.path + ": wrote " + std::to_string(target) + ", and the kernel kept " +
                                                   std::to_string(after->persistent()),
                                               record.path, 0});
        return {};
    }

    Host& host_;
    Ledger& ledger_;
    Report& report_;
    std::vector<Wish> wishes_; // point into the ledger
    std::vector<KnobFailure> failures_;
};
} // namespace

std::vector<Change> pending_pool_changes(Host& host, Ledger& ledger, Report& report) {
    return PoolConvergence(host, ledger, report).rehearse();
}

bool has_pool_records(const LedgerContent& ledger) { return std::any_of(ledger.records.begin(), ledger.records.end(), is_pool); }

bool are_pools_too_large(Host& host, Ledger& ledger) {
    Report unused;
    return PoolConvergence(host, ledger, unused).has_work();
}

Status wait_for_pages(Host& host, Ledger& ledger, std::chrono::microseconds patience) {
    const auto give_up = host.now() + std::min(patience, host.time_left());
    for (bool may_come = true; may_come && host.now() < give_up;) {
        Report unused; // run() tells what the pools are like
        const auto pools = PoolConvergence(host, ledger, unused).look();
        if (pools.empty()) break;
        TRY_VOID(ledger.let_others_in([&] { may_come = wait_for_free_pages(host, pools, give_up); }));
    }
    return {};
}

std::vector<KnobFailure> converge_pools(Host& host, Ledger& ledger, Report& report) {
    return PoolConvergence(host, ledger, report).run();
}

} // namespace hostlease

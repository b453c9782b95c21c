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

class PoolConvergence {
  public:
    PoolConvergence(Host& host, Ledger& ledger, Report& report, std::chrono::microseconds patience)
        : host_(host), ledger_(ledger), report_(report), give_up_(host.now() + patience) {}

    /// What run() would take away; pages that are in use go when their user does.
    std::vector<Change> rehearse() {
        wishes_ = collect_wishes(ledger_.content.leases);
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
        wishes_ = collect_wishes(ledger_.content.leases);
        for (auto& record : ledger_.content.records)
            if (const Knob* knob = find_knob(record.knob); knob != nullptr && knob->form == KnobForm::pool) converge_one(record);
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
        const Knob* knob = find_knob(record.knob);
        return knob != nullptr && knob->form == KnobForm::pool && wish_for(record) == nullptr && !record.intended &&
               ledger_.content.unreadable.empty() && pages_of(record.wrote) <= pages_of(record.baseline);
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
        const Knob* knob = find_knob(record.knob);
        const auto id = parse_pool_id(record.target);
        if (knob == nullptr || knob->form != KnobForm::pool || !id) return std::nullopt;
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

    /// Once `wanted` pages are spare, or no more come back: QEMU's come while it exits.
    Result<Spare> wait_for_pages(const KnobRecord& record, PoolId id, std::uint64_t wanted) {
        auto last_progress = host_.now();
        auto spare = TRY(look_for_spare(record, id));
        while (spare.pages < wanted && host_.now() < give_up_ && host_.now() - last_progress < no_progress) {
            host_.sleep(5ms);
            const auto now = TRY(look_for_spare(record, id));
            if (now.pool.free > spare.pool.free) last_progress = host_.now();
            spare = now;
        }
        return spare;
    }

    Status shrink(KnobRecord& record, PoolId id, std::uint64_t surrender) {
        const auto [pool, spare] = TRY(wait_for_pages(record, id, surrender));
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
        if (const auto saved = ledger_.save_records(); !saved) report_.add(Severity::error, saved.error().text());
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
    std::chrono::microseconds give_up_;
    std::vector<Wish> wishes_;
    std::vector<KnobFailure> failures_;
};
} // namespace

std::vector<Change> pending_pool_changes(Host& host, Ledger& ledger, Report& report) {
    return PoolConvergence(host, ledger, report, {}).rehearse();
}

std::vector<KnobFailure> converge_pools(Host& host, Ledger& ledger, Report& report, std::chrono::microseconds patience) {
    return PoolConvergence(host, ledger, report, patience).run();
}

} // namespace hostlease

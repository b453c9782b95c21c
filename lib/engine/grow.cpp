#include "engine/grow.hpp"

#include "core/units.hpp"
#include "engine/converge.hpp"
#include "engine/pool_record.hpp"
#include "host/facts.hpp"
#include "host/pools.hpp"
#include "knobs/knob.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace hostlease {

namespace {
using namespace std::chrono_literals;

struct Bounds {
    const GrowOptions& options;
    std::chrono::microseconds give_up;
};

/// After this many tries without progress, the next measure is tried.
constexpr int most_fruitless = 3;

/// Written to drop_caches in turn: 1 drops the page cache; 3 also drops dentries, inodes and other caches
/// that can release memory, such as ZFS's.
/// Source: Documentation/admin-guide/sysctl/vm.rst, 6.12.
constexpr std::array<const char*, 2> cache_words{"1", "3"};

/// Grows one pool to its target.
class Growth {
  public:
    Growth(Host& host, PoolRecord record, const Bounds& bounds, Call& call)
        : host_(host), record_(std::move(record)), options_(bounds.options), give_up_(bounds.give_up),
          call_(call), target_(*record_.intended) {}

    /// The final number of the pool's persistent pages; nullopt if it can no longer be read. Tries again
    /// while there is time and progress: more pages, fewer dirty pages waiting for disks, or caches that may
    /// still be dropped.
    std::optional<std::uint64_t> run() {
        auto pages = try_once();
        auto least_unwritten = is_short(pages) ? unwritten_bytes() : 0;
        for (int fruitless = 0; is_short(pages) && host_.now() < give_up_;) {
            if (options_.compact) compact();
            const auto before = pages;
            pages = try_once();
            const auto unwritten = unwritten_bytes();
            const bool is_nearer = pages > before || unwritten + MiB <= least_unwritten;
            least_unwritten = std::min(least_unwritten, unwritten);
            fruitless = is_nearer ? 0 : fruitless + 1;
            if (fruitless == most_fruitless && drop_next_caches()) fruitless = 0;
            if (fruitless == most_fruitless) break;
            if (pages <= before && is_short(pages)) host_.sleep(50ms);
        }
        return pages;
    }

    /// Why the last write was refused, if it was.
    [[nodiscard]] const std::optional<Error>& last_error() const { return error_; }

  private:
    /// False if no more caches may be dropped.
    bool drop_next_caches() {
        if (!options_.drop_caches || dropped_ == cache_words.size()) return false;
        call_.report.add(Severity::note, "dropping the host's caches", pool_knob, record_.target());
        static_cast<void>(host_.write("/proc/sys/vm/drop_caches", cache_words.at(dropped_++)));
        return true;
    }

    std::uint64_t unwritten_bytes() { return unwritten_memory(host_, record_.id.node).value_or(0); }

    [[nodiscard]] bool is_short(std::optional<std::uint64_t> pages) const {
        return pages && *pages < target_;
    }

    std::optional<std::uint64_t> try_once() {
        const auto [written, pages] = set_persistent_pages(host_, record_.directory(), target_);
        error_ = written ? std::nullopt : std::optional(written.error());
        if (pages) return *pages;
        error_ = pages.error();
        return std::nullopt;
    }

    /// Makes contiguous memory on the pool's node. Source: Documentation/admin-guide/sysctl/vm.rst
    /// compact_memory, ABI node*/compact.
    void compact() {
        call_.report.add(Severity::note, "compacting memory for " + record_.target(), pool_knob,
                         record_.target());
        const std::string file =
            "/sys/devices/system/node/node" + std::to_string(record_.id.node) + "/compact";
        if (!host_.write(file, "1")) static_cast<void>(host_.write("/proc/sys/vm/compact_memory", "1"));
    }

    Host& host_;
    PoolRecord record_; // a copy: other calls have the ledger meanwhile
    const GrowOptions& options_;
    std::chrono::microseconds give_up_;
    Call& call_;
    std::uint64_t target_;
    std::size_t dropped_ = 0; // number of cache_words that were used
    std::optional<Error> error_;
};

/// Records the intention to grow each pool, in memory; returns the records with an intention.
Result<std::vector<PoolRecord>> intend(Host& host, Ledger& ledger, const Lease& lease, Call& call) {
    std::vector<PoolRecord> intended;
    for (const auto& claim : lease.claims) {
        const auto id = claim.pool();
        if (!id) continue;
        PoolRecord found{*id, claim.path()};
        const auto pool = TRY(read_pool(host, found.directory(), *id));
        found.baseline = found.wrote = pool.persistent();
        PoolRecord* known = ledger.content.pool(*id);
        PoolRecord& record = known != nullptr ? *known : ledger.content.pools.emplace_back(found);
        settle_pool_record(record, pool, OurPages::unknown, call.report);
        record.intended = record.wrote + claim.pages();
        intended.push_back(record);
    }
    return intended;
}

/// Grows a pool while other calls have the ledger, and records the result.
Status grow_pool(Host& host, Ledger& ledger, const PoolRecord& intended, const Bounds& bounds, Call& call,
                 ShortPools& shortfalls) {
    Growth growth(host, intended, bounds, call);
    std::optional<std::uint64_t> pages;
    TRY_VOID(ledger.change_pool([&] { pages = growth.run(); }));
    const auto wanted = *intended.intended;
    const auto added = pages && *pages > intended.wrote ? *pages - intended.wrote : 0;
    if (!pages || *pages < wanted) shortfalls[intended.id] = {added, growth.last_error()};
    call.report.deeds.pages_added += added;
    PoolRecord* record = ledger.content.pool(intended.id);
    // the result is unknown: the intention stays on record
    if (!pages || record == nullptr) return {};
    record->wrote = std::min(*pages, wanted);
    record->intended.reset();
    return ledger.save_records();
}
} // namespace

Result<ShortPools> grow_pools(Host& host, Ledger& ledger, const Lease& lease, const GrowOptions& options,
                              Call& call) {
    const auto records_before = ledger.content.pools;
    const auto intended = intend(host, ledger, lease, call);
    auto ready = intended ? ledger.save_records() : Status(tl::unexpected<Error>(intended.error()));
    if (!ready) {
        ledger.content.pools = records_before;
        return tl::unexpected<Error>(std::move(ready).error());
    }
    ShortPools shortfalls;
    const auto give_up = host.now() + std::min(options.deadline, host.time_left());
    for (const auto& record : *intended)
        TRY_VOID(grow_pool(host, ledger, record, {options, give_up}, call, shortfalls));
    if (auto saved = ledger.save_records(); !saved) call.report.add(Severity::error, saved.error().text());
    // a VM that ended while its pool was being grown has left its pages to this call
    if (are_pools_too_large(host, ledger))
        for (const auto& failure : converge_pools(host, ledger, call))
            call.report.add(Severity::error, failure.error.text(), failure.knob, failure.target);
    call.timing.lock = ledger.waited;
    const Lease* now = ledger.content.find(lease.uuid);
    if (now == nullptr || now->state != LeaseState::preparing)
        return fail(ErrorKind::refused, "the lease was released while its huge pages were being reserved");
    return shortfalls;
}

} // namespace hostlease

#include "engine/grow.hpp"

#include "engine/pool_record.hpp"
#include "host/pools.hpp"
#include "knobs/knob.hpp"

#include <algorithm>
#include <optional>

namespace hostlease {

namespace {
using namespace std::chrono_literals;

/// One pool on its way to its target.
class Growth {
  public:
    Growth(Host& host, const KnobRecord& record, PoolId id, const GrowOptions& options, std::chrono::microseconds give_up,
           Report& report)
        : host_(host), record_(record), id_(id), options_(options), give_up_(give_up), report_(report),
          target_(pages_of(*record.intended)) {}

    /// Persistent pages of the pool in the end; nullopt when it cannot be read any more.
    std::optional<std::uint64_t> run() {
        auto pages = try_once();
        for (int fruitless = 0; is_short(pages) && fruitless < 3 && host_.now() < give_up_;) {
            if (options_.compact) compact();
            const auto before = pages;
            pages = try_once();
            fruitless = pages > before ? 0 : fruitless + 1;
            if (fruitless > 0 && is_short(pages)) host_.sleep(50ms);
        }
        if (is_short(pages) && options_.drop_caches && host_.now() < give_up_) {
            report_.add(Severity::note, "dropping the host's page cache", record_.knob, record_.target);
            static_cast<void>(host_.write("/proc/sys/vm/drop_caches", "1"));
            if (options_.compact) compact();
            pages = try_once();
        }
        return pages;
    }

    /// Why the last write was refused, when it was.
    [[nodiscard]] const std::optional<Error>& last_error() const { return error_; }

  private:
    [[nodiscard]] bool is_short(std::optional<std::uint64_t> pages) const { return pages && *pages < target_; }

    std::optional<std::uint64_t> try_once() {
        const auto [written, pages] = set_persistent_pages(host_, pool_directory(record_), target_);
        error_ = written ? std::nullopt : std::optional(written.error());
        if (pages) return *pages;
        error_ = pages.error();
        return std::nullopt;
    }

    /// Makes unbroken memory on the pool's node. Source: Documentation/admin-guide/sysctl/vm.rst compact_memory, ABI node*/compact.
    void compact() {
        report_.add(Severity::note, "compacting memory for " + record_.target, record_.knob, record_.target);
        const std::string file = "/sys/devices/system/node/node" + std::to_string(id_.node) + "/compact";
        if (!host_.write(file, "1")) static_cast<void>(host_.write("/proc/sys/vm/compact_memory", "1"));
    }

    Host& host_;
    const KnobRecord& record_;
    PoolId id_;
    const GrowOptions& options_;
    std::chrono::microseconds give_up_;
    Report& report_;
    std::uint64_t target_;
    std::optional<Error> error_;
};

struct Target {
    PoolId id;
    const Claim* claim;
    std::uint64_t before = 0;
};

/// Puts the intention to grow each pool on record, in memory.
Result<std::vector<Target>> intend(Host& host, Ledger& ledger, const Lease& lease, Report& report) {
    std::vector<Target> targets;
    for (const auto& claim : lease.claims) {
        const Knob* knob = find_knob(claim.knob);
        const auto id = parse_pool_id(claim.target);
        if (knob == nullptr || knob->form != KnobForm::pool || claim.path.empty() || !id) continue;
        const auto pool = TRY(read_pool(host, claim.path.substr(0, claim.path.rfind('/')), *id));
        const std::string pages = std::to_string(pool.persistent());
        KnobRecord* record = ledger.content.record(claim.knob, claim.target);
        if (record == nullptr)
            record = &ledger.content.records.emplace_back(
                KnobRecord{claim.knob, claim.target, claim.path, pages, pages, std::nullopt});
        settle_pool_record(*record, pool, OurPages::unknown, report);
        record->intended = std::to_string(pages_of(record->wrote) + pages_of(claim.value));
        targets.push_back({*id, &claim, pages_of(record->wrote)});
    }
    return targets;
}
} // namespace

Result<ShortPools> grow_pools(Host& host, Ledger& ledger, const Lease& lease, const GrowOptions& options, Report& report) {
    const auto records_before = ledger.content.records;
    const auto intended = intend(host, ledger, lease, report);
    auto ready = intended ? ledger.save_records() : Status(tl::unexpected<Error>(intended.error()));
    if (!ready) {
        ledger.content.records = records_before;
        return tl::unexpected<Error>(std::move(ready).error());
    }
    ShortPools shortfalls;
    const auto& targets = *intended;
    const auto give_up = host.now() + options.deadline;
    for (const auto& target : targets) {
        KnobRecord& record = *ledger.content.record(target.claim->knob, target.claim->target);
        Growth growth(host, record, target.id, options, give_up, report);
        const auto pages = growth.run();
        if (!pages || *pages < pages_of(*record.intended))
            shortfalls[target.id] = {pages && *pages > target.before ? *pages - target.before : 0, growth.last_error()};
        if (pages && *pages > target.before) report.deeds.pages_added += *pages - target.before;
        if (!pages) continue; // nobody knows how far it came: the intention stays on record
        record.wrote = std::to_string(std::min(*pages, pages_of(*record.intended)));
        record.intended.reset();
    }
    if (auto saved = ledger.save_records(); !saved) report.add(Severity::error, saved.error().text());
    return shortfalls;
}

} // namespace hostlease

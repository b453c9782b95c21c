#include "ledger/ledger.hpp"

#include "host/facts.hpp"
#include "ledger/codec.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <iterator>
#include <map>
#include <optional>

namespace hostlease {

namespace {
const std::string lease_prefix = "lease-";
const std::string suffix = ".toml";

std::string path_of(const std::string& name) { return std::string(Ledger::directory) + "/" + name; }
std::string lease_path(const std::string& uuid) { return path_of(lease_prefix + uuid + suffix); }
// Versions that know only format 1 set records of another format aside; under another name, the file is safe
// from them.
const std::string name_of_format_1 = "knobs.toml";

std::string records_path() { return path_of("records" + suffix); }

std::string description(const FileStatus& status, std::uint32_t user) {
    if (status.type != FileStatus::Type::directory) return "is not a directory";
    const bool was_private = status.owner == user && (status.mode & 022U) == 0;
    return fmt::format("belongs to user {} and has mode {:04o}{}", status.owner, status.mode,
                       was_private ? std::string(" (chmod 700 ") + Ledger::directory + ")" : "");
}

Status check_owner(Host& host) {
    const auto status = TRY(host.status(Ledger::directory));
    const bool is_directory = status.type == FileStatus::Type::directory;
    if (is_directory && status.owner == 0 && host.user() != 0)
        return fail(ErrorKind::io, std::string("only root may use ") + Ledger::directory);
    if (is_directory && status.owner == host.user() && (status.mode & 077U) == 0) return {};
    return fail(ErrorKind::refused, std::string(Ledger::directory) + " must be a directory of user " +
                                        std::to_string(host.user()) + " with mode 0700, but it " +
                                        description(status, host.user()));
}

/// The result of loading, and what an opener with the lock should clean up.
struct Loaded {
    LedgerContent content;
    std::vector<std::string> stale;   // files of an earlier boot, or half-written
    std::vector<std::string> corrupt; // record files
    bool has_format_1 = false;        // whether there are records in format 1
    std::vector<LateTiming> late;
};

/// True for a directory, a FIFO or the like. hostlease did not write it; it is set aside like a broken file.
bool is_no_file(const Error& error) {
    return error.errno_value == EISDIR || error.kind == ErrorKind::unsupported;
}

template <typename T>
bool is_of_later_format(const Result<T>& decoded) {
    return !decoded && decoded.error().kind == ErrorKind::unsupported;
}

Status load_lease(Host& host, const std::string& name, const std::string& uuid, const std::string& boot_id,
                  Loaded& loaded) {
    const std::string path = path_of(name);
    const auto text = host.read_if_present(path);
    if (!text && is_no_file(text.error())) {
        loaded.content.unreadable.push_back({uuid, path, text.error()});
        return {};
    }
    TRY_VOID(text);
    if (!*text) return {}; // without the lock, the lease may be released between listing and reading
    auto lease = decode_lease(**text, path);
    if (is_of_later_format(lease)) return tl::unexpected<Error>(std::move(lease).error());
    if (!lease)
        loaded.content.unreadable.push_back({uuid, path, lease.error()});
    else if (lease->boot_id != boot_id)
        loaded.stale.push_back(path);
    else if (lease->value.uuid != uuid)
        loaded.content.unreadable.push_back(
            {uuid, path,
             Error{ErrorKind::ledger_corrupt, path + ": it is the lease of VM " + lease->value.uuid, path,
                   0}});
    else
        loaded.content.leases.push_back(std::move(lease->value));
    return {};
}

/// Adds the records of targets that have none yet.
void join_records(RecordsFile found, LedgerContent& content) {
    const bool is_first = !content.has_records();
    for (auto& record : found.records)
        if (is_first || content.record(record.knob, record.target) == nullptr)
            content.records.push_back(std::move(record));
    for (auto& record : found.pools)
        if (is_first || content.pool(record.id) == nullptr) content.pools.push_back(std::move(record));
}

Status load_records(Host& host, const std::string& path, const std::string& boot_id, Loaded& loaded) {
    const auto text = host.read_if_present(path);
    if (!text && !is_no_file(text.error())) return tl::unexpected<Error>(text.error());
    if (text && !*text) return {};
    auto found = text ? decode_records(**text, path) : tl::unexpected<Error>(text.error());
    if (text && is_of_later_format(found)) return tl::unexpected<Error>(std::move(found).error());
    if (!found) {
        loaded.corrupt.push_back(path);
        loaded.content.problems.push_back(found.error());
    } else if (found->boot_id != boot_id) {
        loaded.stale.push_back(path);
    } else {
        std::move(found->value.timings.begin(), found->value.timings.end(), std::back_inserter(loaded.late));
        join_records(std::move(found->value), loaded.content);
    }
    return {};
}

/// Adds late timings to their leases. Timings of an earlier lease of the VM, or of no lease, are dropped, and
/// so are those that a lease already has.
void join_timings(Loaded& loaded) {
    std::map<std::string_view, Lease*> leases;
    for (auto& lease : loaded.content.leases)
        leases.emplace(lease.uuid, &lease);
    std::erase_if(loaded.late, [&](const LateTiming& late) {
        const auto found = leases.find(late.uuid);
        if (found == leases.end()) return true;
        Lease& lease = *found->second;
        const Timing* known = lease.timing(late.timing.operation); // a prepare begins before its lease exists
        return late.timing.began.count() < (known != nullptr ? known->began.count() : lease.order) ||
               !lease.note(late.timing);
    });
}

Result<Loaded> load(Host& host, const std::string& boot_id) {
    Loaded loaded;
    for (const auto& name : TRY(host.list(Ledger::directory))) {
        if (name.starts_with('.') && name.ends_with(".tmp"))
            loaded.stale.push_back(path_of(name));
        else if (const auto uuid = Ledger::uuid_of_file(name))
            TRY_VOID(load_lease(host, name, std::string(*uuid), boot_id, loaded));
        loaded.has_format_1 = loaded.has_format_1 || name == name_of_format_1;
    }
    TRY_VOID(load_records(host, records_path(), boot_id, loaded));
    if (loaded.has_format_1) TRY_VOID(load_records(host, path_of(name_of_format_1), boot_id, loaded));
    join_timings(loaded);
    std::stable_sort(loaded.content.leases.begin(), loaded.content.leases.end(),
                     [](const auto& a, const auto& b) { return a.order < b.order; });
    return loaded;
}
} // namespace

Lease* LedgerContent::find(const std::string& uuid) {
    const auto found =
        std::find_if(leases.begin(), leases.end(), [&](const auto& lease) { return lease.uuid == uuid; });
    return found == leases.end() ? nullptr : &*found;
}

const Lease* LedgerContent::find_by_name(const std::string& domain) const {
    const auto found =
        std::find_if(leases.begin(), leases.end(), [&](const auto& lease) { return lease.domain == domain; });
    return found == leases.end() ? nullptr : &*found;
}

KnobRecord* LedgerContent::record(const std::string& knob, const std::string& target) {
    const auto found = std::find_if(records.begin(), records.end(), [&](const auto& one) {
        return one.knob == knob && one.target == target;
    });
    return found == records.end() ? nullptr : &*found;
}

PoolRecord* LedgerContent::pool(const PoolId& id) {
    const auto found =
        std::find_if(pools.begin(), pools.end(), [&](const auto& one) { return one.id == id; });
    return found == pools.end() ? nullptr : &*found;
}

bool Ledger::has_lease(Host& host, const std::string& uuid) {
    const auto status = host.status(lease_path(uuid));
    return status || !is_missing(status.error());
}

std::optional<std::string_view> Ledger::uuid_of_file(std::string_view name) {
    const auto least = lease_prefix.size() + suffix.size();
    if (name.size() <= least || !name.starts_with(lease_prefix) || !name.ends_with(suffix))
        return std::nullopt;
    return name.substr(lease_prefix.size(), name.size() - least);
}

Result<Ledger> Ledger::open(Host& host, std::chrono::microseconds patience, Pools pools) {
    TRY_VOID(host.make_directory(directory));
    TRY_VOID(check_owner(host));
    Ledger ledger(&host);
    const auto give_up = host.now() + patience;
    if (pools == Pools::locked) TRY_VOID(ledger.take_pools(patience));
    if (pools == Pools::if_free) static_cast<void>(ledger.take_pools({}));
    TRY_VOID(ledger.lock(std::max(give_up - host.now(), std::chrono::microseconds{})));
    ledger.boot_id_ = TRY(read_boot_id(host));
    TRY_VOID(ledger.read());
    return ledger;
}

Status Ledger::read() {
    Loaded loaded = TRY(load(*host_, boot_id_));
    for (const auto& path : loaded.stale)
        static_cast<void>(host_->remove(path)); // unused; a caller that needs this name reports the error
    for (const auto& path : loaded.corrupt)
        TRY_VOID(host_->rename(path, path + ".corrupt"));
    content = std::move(loaded.content);
    saved_records_ = content.records;
    saved_pools_ = content.pools;
    has_format_1_ = loaded.has_format_1;
    late_ = std::move(loaded.late);
    is_ahead_of_files_ = false;
    return {};
}

Status Ledger::lock(std::chrono::microseconds patience) {
    precedence_ = host_->take_precedence();
    const auto began = host_->now();
    auto lock = host_->lock(directory, patience);
    waited += host_->now() - began;
    if (!lock) precedence_.reset();
    lock_ = TRY(std::move(lock));
    return {};
}

void Ledger::unlock() {
    lock_.reset();
    precedence_.reset();
}

Status Ledger::take_pools(std::chrono::microseconds patience) {
    TRY_VOID(host_->make_directory(pools_directory));
    const auto began = host_->now();
    auto lock = host_->lock(pools_directory, patience);
    waited += host_->now() - began;
    if (!lock) return tl::unexpected<Error>(std::move(lock).error());
    pools_ = std::move(*lock);
    return {};
}

Status Ledger::lock_pools(std::chrono::microseconds patience) {
    if (has_pools()) return {};
    auto taken = take_pools({}); // a try does not block, so the order of the locks does not matter
    if (taken || taken.error().kind != ErrorKind::busy || patience.count() == 0) return taken;
    unlock();
    taken = take_pools(patience);
    TRY_VOID(lock_again());
    return taken;
}

Status Ledger::take_turn(std::chrono::microseconds patience) {
    if (host_ == nullptr || turn_ != nullptr) return {};
    TRY_VOID(host_->make_directory(turn_directory));
    auto lock = host_->lock(turn_directory, {});
    const bool is_taken = !lock && lock.error().kind == ErrorKind::busy;
    if (is_taken && patience.count() > 0) {
        pools_.reset();
        unlock();
        const auto began = host_->now();
        lock = host_->lock(turn_directory, patience);
        waited += host_->now() - began;
        TRY_VOID(lock_again());
        if (!lock && lock.error().kind == ErrorKind::busy)
            return fail(ErrorKind::busy,
                        "another VM's call waits for systemd, irqbalance or a command for too long; "
                        "`hostlease reconcile` finishes the rest");
    }
    if (!lock) return tl::unexpected<Error>(std::move(lock).error());
    turn_ = std::move(*lock);
    return {};
}

Status Ledger::lock_both_again() {
    if (host_ == nullptr) return {};
    auto taken = take_pools(host_->time_left());
    TRY_VOID(lock_again());
    return taken;
}

Status Ledger::lock_again() {
    if (host_ == nullptr) return {};
    TRY_VOID(lock(host_->time_left()));
    auto status = read();
    if (!status) unlock();
    return status;
}

Status Ledger::may_write() const {
    if (host_ == nullptr || lock_ != nullptr) return {};
    return fail(ErrorKind::busy, std::string("could not take the lock on ") + directory + " again");
}

Result<LedgerContent> Ledger::peek(Host& host) {
    const auto status = host.status(directory);
    if (!status && is_missing(status.error())) return LedgerContent{};
    const auto boot_id = TRY(read_boot_id(host));
    return TRY(load(host, boot_id)).content;
}

Result<Ledger> Ledger::rehearse(Host& host) {
    Ledger ledger(nullptr);
    ledger.content = TRY(peek(host));
    return ledger;
}

Status Ledger::save_lease(const Lease& lease) {
    TRY_VOID(may_write());
    if (host_ != nullptr) {
        const auto written = host_->replace(lease_path(lease.uuid), encode_lease(lease, boot_id_));
        is_ahead_of_files_ = is_ahead_of_files_ || !written;
        TRY_VOID(written);
    }
    if (Lease* known = content.find(lease.uuid); known == nullptr)
        content.leases.push_back(lease);
    else if (known != &lease)
        *known = lease;
    forget_late(lease.uuid);
    return {};
}

Status Ledger::save_records() {
    TRY_VOID(may_write());
    if (host_ == nullptr) return {};
    if (content.records == saved_records_ && content.pools == saved_pools_) return {};
    std::erase_if(late_, [&](const LateTiming& one) { // those of leases that end
        const Lease* lease = content.find(one.uuid);
        return lease == nullptr || lease->state == LeaseState::releasing;
    });
    RecordsFile file{content.records, content.pools, late_};
    if (content.has_records())
        TRY_VOID(host_->replace(records_path(), encode_records(file, boot_id_)));
    else
        TRY_VOID(host_->remove(records_path()));
    if (has_format_1_) TRY_VOID(host_->remove(path_of(name_of_format_1)));
    has_format_1_ = false;
    saved_records_ = std::move(file.records);
    saved_pools_ = std::move(file.pools);
    return {};
}

void Ledger::note(const std::string& uuid, const Timing& timing) {
    Lease* lease = content.find(uuid);
    if (lease == nullptr) return;
    lease->note(timing);
    std::erase_if(late_, [&](const LateTiming& one) {
        return one.uuid == uuid && one.timing.operation == timing.operation;
    });
    late_.push_back({uuid, timing});
}

void Ledger::forget_late(const std::string& uuid) {
    std::erase_if(late_, [&](const LateTiming& one) { return one.uuid == uuid; });
}

// by value: the caller may pass the uuid of the very lease that is removed here
Status Ledger::drop_lease(std::string uuid) { // NOLINT(performance-unnecessary-value-param)
    TRY_VOID(may_write());
    const auto is_same = [&](const auto& one) { return one.uuid == uuid; };
    if (const auto bad = std::find_if(content.unreadable.begin(), content.unreadable.end(), is_same);
        bad != content.unreadable.end()) {
        if (host_ != nullptr) TRY_VOID(host_->rename(bad->path, bad->path + ".corrupt"));
        content.unreadable.erase(bad);
    }
    if (host_ != nullptr) TRY_VOID(host_->remove(lease_path(uuid)));
    std::erase_if(content.leases, is_same);
    forget_late(uuid);
    return {};
}

} // namespace hostlease

#include "ledger/ledger.hpp"

#include "host/facts.hpp"
#include "ledger/codec.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <map>
#include <optional>

namespace hostlease {

namespace {
const std::string lease_prefix = "lease-";
const std::string suffix = ".toml";

std::string path_of(const std::string& name) { return std::string(Ledger::directory) + "/" + name; }
std::string lease_path(const std::string& uuid) { return path_of(lease_prefix + uuid + suffix); }
std::string records_path() { return path_of("knobs" + suffix); }

std::string description(const FileStatus& status, std::uint32_t user) {
    if (status.type != FileStatus::Type::directory) return "none";
    const bool was_private = status.owner == user && (status.mode & 022U) == 0;
    return fmt::format("one of user {} with mode {:04o}{}", status.owner, status.mode,
                       was_private ? std::string(" (chmod 700 ") + Ledger::directory + ")" : "");
}

Status check_owner(Host& host) {
    const auto status = TRY(host.status(Ledger::directory));
    const bool is_directory = status.type == FileStatus::Type::directory;
    if (is_directory && status.owner == 0 && host.user() != 0) return fail_io("only root may use it", Ledger::directory, EACCES);
    if (is_directory && status.owner == host.user() && (status.mode & 077U) == 0) return {};
    return fail(ErrorKind::refused, std::string(Ledger::directory) + " must be a directory of user " +
                                        std::to_string(host.user()) + " with mode 0700, and is " +
                                        description(status, host.user()));
}

/// What loading found, and what an opener with the lock should do about it.
struct Loaded {
    LedgerContent content;
    std::vector<std::string> stale; // of an earlier boot, or half-written
    bool corrupt_records = false;
    std::vector<LateTiming> late;
};

/// The text, nullopt when the file has gone since it was listed: without the lock, a release may come in between.
Result<std::optional<std::string>> read_listed(Host& host, const std::string& path) {
    auto text = host.read(path);
    if (text) return std::optional(std::move(*text));
    if (is_missing(text.error())) return std::optional<std::string>{};
    return tl::unexpected<Error>(std::move(text).error());
}

Status load_lease(Host& host, const std::string& name, const std::string& uuid, const std::string& boot_id, Loaded& loaded) {
    const std::string path = path_of(name);
    const auto text = TRY(read_listed(host, path));
    if (!text) return {};
    auto lease = decode_lease(*text, path);
    if (!lease)
        loaded.content.unreadable.push_back({uuid, path, lease.error()});
    else if (lease->boot_id != boot_id)
        loaded.stale.push_back(path);
    else if (lease->value.uuid != uuid)
        loaded.content.unreadable.push_back(
            {uuid, path, Error{ErrorKind::ledger_corrupt, path + ": it speaks of VM " + lease->value.uuid, path, 0}});
    else
        loaded.content.leases.push_back(std::move(lease->value));
    return {};
}

Status load_records(Host& host, const std::string& boot_id, Loaded& loaded) {
    const auto text = TRY(read_listed(host, records_path()));
    if (!text) return {};
    auto records = decode_records(*text, records_path());
    if (!records) {
        loaded.corrupt_records = true;
        loaded.content.problems.push_back(records.error());
    } else if (records->boot_id != boot_id) {
        loaded.stale.push_back(records_path());
    } else {
        loaded.content.records = std::move(records->value);
        loaded.late = std::move(records->timings);
    }
    return {};
}

/// Gives late timings to their leases. Those of an earlier lease of the VM, or of none, are dropped, and so is what a lease knows already.
void join_timings(Loaded& loaded) {
    std::map<std::string_view, Lease*> leases;
    for (auto& lease : loaded.content.leases)
        leases.emplace(lease.uuid, &lease);
    std::erase_if(loaded.late, [&](const LateTiming& late) {
        const auto found = leases.find(late.uuid);
        if (found == leases.end()) return true;
        Lease& lease = *found->second;
        const Timing* known = lease.timing(late.timing.operation); // a prepare begins before its lease
        return late.timing.began.count() < (known != nullptr ? known->began.count() : lease.order) || !lease.note(late.timing);
    });
}

Result<Loaded> load(Host& host, const std::string& boot_id) {
    Loaded loaded;
    for (const auto& name : TRY(host.list(Ledger::directory))) {
        if (name.starts_with('.') && name.ends_with(".tmp"))
            loaded.stale.push_back(path_of(name));
        else if (const auto uuid = Ledger::uuid_of_file(name))
            TRY_VOID(load_lease(host, name, std::string(*uuid), boot_id, loaded));
    }
    TRY_VOID(load_records(host, boot_id, loaded));
    join_timings(loaded);
    std::stable_sort(loaded.content.leases.begin(), loaded.content.leases.end(),
                     [](const auto& a, const auto& b) { return a.order < b.order; });
    return loaded;
}
} // namespace

Lease* LedgerContent::find(const std::string& uuid) {
    const auto found = std::find_if(leases.begin(), leases.end(), [&](const auto& lease) { return lease.uuid == uuid; });
    return found == leases.end() ? nullptr : &*found;
}

const Lease* LedgerContent::find_by_name(const std::string& domain) const {
    const auto found = std::find_if(leases.begin(), leases.end(), [&](const auto& lease) { return lease.domain == domain; });
    return found == leases.end() ? nullptr : &*found;
}

KnobRecord* LedgerContent::record(const std::string& knob, const std::string& target) {
    const auto found =
        std::find_if(records.begin(), records.end(), [&](const auto& one) { return one.knob == knob && one.target == target; });
    return found == records.end() ? nullptr : &*found;
}

bool Ledger::has_lease(Host& host, const std::string& uuid) {
    const auto status = host.status(lease_path(uuid));
    return status || !is_missing(status.error());
}

std::optional<std::string_view> Ledger::uuid_of_file(std::string_view name) {
    const auto least = lease_prefix.size() + suffix.size();
    if (name.size() <= least || !name.starts_with(lease_prefix) || !name.ends_with(suffix)) return std::nullopt;
    return name.substr(lease_prefix.size(), name.size() - least);
}

Result<Ledger> Ledger::open(Host& host, std::chrono::microseconds patience, Pools pools) {
    TRY_VOID(host.make_directory(directory));
    TRY_VOID(check_owner(host));
    Ledger ledger(&host, nullptr);
    const auto give_up = host.now() + patience;
    if (pools == Pools::locked) TRY_VOID(ledger.take_pools(patience));
    if (pools == Pools::if_free) static_cast<void>(ledger.take_pools({}));
    const auto began = host.now();
    ledger.lock_ = TRY(host.lock(directory, std::max(give_up - began, std::chrono::microseconds{})));
    ledger.waited += host.now() - began;
    ledger.boot_id_ = TRY(read_boot_id(host));
    TRY_VOID(ledger.read());
    return ledger;
}

Status Ledger::read() {
    Loaded loaded = TRY(load(*host_, boot_id_));
    for (const auto& path : loaded.stale)
        TRY_VOID(host_->remove(path));
    if (loaded.corrupt_records) TRY_VOID(host_->rename(records_path(), records_path() + ".corrupt"));
    content = std::move(loaded.content);
    saved_records_ = content.records;
    late_ = std::move(loaded.late);
    return {};
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
    lock_.reset();
    auto taken = take_pools(patience);
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
        lock_.reset();
        const auto began = host_->now();
        lock = host_->lock(turn_directory, patience);
        waited += host_->now() - began;
        TRY_VOID(lock_again());
        if (!lock && lock.error().kind == ErrorKind::busy)
            return fail(ErrorKind::busy, "another VM's call waits for systemd, irqbalance or a command for too long; "
                                         "`hostlease reconcile` does what is left");
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
    const auto began = host_->now();
    auto lock = host_->lock(directory, host_->time_left());
    waited += host_->now() - began;
    if (!lock) return tl::unexpected<Error>(std::move(lock).error());
    lock_ = std::move(*lock);
    auto status = read();
    if (!status) lock_.reset();
    return status;
}

Status Ledger::may_write() const {
    if (host_ == nullptr || lock_ != nullptr) return {};
    return fail(ErrorKind::busy, std::string("the lock on ") + directory + " was not had again");
}

Result<LedgerContent> Ledger::peek(Host& host) {
    const auto status = host.status(directory);
    if (!status && is_missing(status.error())) return LedgerContent{};
    const auto boot_id = TRY(read_boot_id(host));
    return TRY(load(host, boot_id)).content;
}

Result<Ledger> Ledger::rehearse(Host& host) {
    Ledger ledger(nullptr, nullptr);
    ledger.content = TRY(peek(host));
    return ledger;
}

Status Ledger::save_lease(const Lease& lease) {
    TRY_VOID(may_write());
    if (host_ != nullptr) TRY_VOID(host_->replace(lease_path(lease.uuid), encode_lease(lease, boot_id_)));
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
    if (content.records == saved_records_) return {};
    std::erase_if(late_, [&](const LateTiming& one) { // of leases that end
        const Lease* lease = content.find(one.uuid);
        return lease == nullptr || lease->state == LeaseState::releasing;
    });
    if (content.records.empty())
        TRY_VOID(host_->remove(records_path()));
    else
        TRY_VOID(host_->replace(records_path(), encode_records(content.records, boot_id_, late_)));
    saved_records_ = content.records;
    return {};
}

void Ledger::note(const std::string& uuid, const Timing& timing) {
    Lease* lease = content.find(uuid);
    if (lease == nullptr) return;
    lease->note(timing);
    std::erase_if(late_, [&](const LateTiming& one) { return one.uuid == uuid && one.timing.operation == timing.operation; });
    late_.push_back({uuid, timing});
}

void Ledger::forget_late(const std::string& uuid) {
    std::erase_if(late_, [&](const LateTiming& one) { return one.uuid == uuid; });
}

// by value: the caller may name the uuid of the very lease that goes away here
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

// Files of the ledger, intact and damaged: what was read is written again unchanged, and damage is reported
// and never accepted in part.
#include "fuzz.hpp"
#include "ledger/codec.hpp"
#include "ledger/ledger.hpp"
#include "support/fake_host.hpp"
#include "text/toml.hpp"
#include "text/toml_plain.hpp"

#include <fuzzer/FuzzedDataProvider.h>

using namespace hostlease;
using namespace hostlease::fuzz;

namespace {
constexpr const char* uuid = "4dea22b3-1d52-d8f3-2516-000000000001";
const std::string lease_file = std::string(Ledger::directory) + "/lease-" + uuid + ".toml";
const std::string records_file = std::string(Ledger::directory) + "/records.toml";

void check_corrupt(const Error& error, const std::string& file) {
    require(error.kind == ErrorKind::ledger_corrupt || error.kind == ErrorKind::unsupported,
            "a broken file is told as one", error.text());
    require(error.path == file && error.text().find(file) != std::string::npos, "a broken file is named",
            error.text());
    require(is_printable(error.text()), "what is wrong with it is plain text", error.text());
}

template <typename T>
bool is_of_later_format(const Result<T>& result) {
    return !result && result.error().kind == ErrorKind::unsupported;
}

bool is_same(const Value& left, const Value& right) {
    if (left.position != right.position || left.value.index() != right.value.index()) return false;
    if (const auto* table = std::get_if<ValueTable>(&left.value))
        return std::equal(table->begin(), table->end(), std::get<ValueTable>(right.value).begin(),
                          std::get<ValueTable>(right.value).end(),
                          [](const ValueEntry& one, const ValueEntry& other) {
                              return one.key == other.key && one.position == other.position &&
                                     is_same(one.node, other.node);
                          });
    if (const auto* list = std::get_if<ValueArray>(&left.value))
        return std::equal(list->begin(), list->end(), std::get<ValueArray>(right.value).begin(),
                          std::get<ValueArray>(right.value).end(), is_same);
    return to_json(left) == to_json(right);
}

/// The reader without toml++ yields the same as toml++; a comment selects toml++.
void check_plain(const std::string& text) {
    const auto plain = parse_plain_toml(text, lease_file);
    if (!plain) return;
    const auto whole = parse_toml(text + "\n# a comment\n", lease_file);
    require(whole && is_same(*plain, *whole), "two readers of TOML agree", text);
}

void check_text(const std::string& text) {
    const auto lease = decode_lease(text, lease_file);
    if (!lease) check_corrupt(lease.error(), lease_file);
    if (lease) {
        const auto again = decode_lease(encode_lease(lease->value, lease->boot_id), lease_file);
        require(again && again->value == lease->value && again->boot_id == lease->boot_id,
                "a lease comes back", text);
    }
    const auto records = decode_records(text, records_file);
    if (!records) check_corrupt(records.error(), records_file);
    if (records) {
        const auto again = decode_records(encode_records(records->value, records->boot_id), records_file);
        require(again && again->value == records->value, "records come back", text);
    }
}

/// The same text as both files of a ledger that is opened.
void check_ledger(const std::string& text) {
    test::FakeHost host;
    host.directories.insert(Ledger::directory);
    host.statuses[Ledger::directory] = {FileStatus::Type::directory, 0, 0700};
    host.files[lease_file] = host.files[records_file] = text;
    const auto files = host.files;
    const bool is_later = is_of_later_format(decode_lease(text, lease_file));
    const auto peeked = Ledger::peek(host);
    require(peeked.has_value() != is_later && host.files == files, "looking changes nothing");
    const auto ledger = Ledger::open(host, {});
    if (is_later)
        return require(is_of_later_format(ledger) && host.files == files, "a later format is left as it is");
    require(ledger.has_value(), "broken files do not close the ledger", ledger ? "" : ledger.error().text());
    const auto lease = decode_lease(text, lease_file);
    const bool is_stale = lease && lease->boot_id != "0f9c2a4e-0000-4000-8000-000000000001";
    const auto& content = ledger->content;
    require(content.leases.size() + content.unreadable.size() == (is_stale ? 0U : 1U),
            "a lease is whole, unreadable or stale");
    require(host.files.contains(lease_file) != is_stale, "a lease is kept as long as it may count");
    const auto records = decode_records(text, records_file);
    require(host.files.contains(records_file + ".corrupt") != records.has_value(),
            "broken records are set aside");
    require(records || (!content.has_records() && !content.problems.empty()), "broken records are told");
}

/// Any UTF-8 text.
std::string any_text(FuzzedDataProvider& data) {
    std::string text = data.ConsumeRandomLengthString(40);
    while (const auto at = find_invalid_utf8(text))
        text[*at] = '?';
    return text;
}

ClaimTarget any_target(FuzzedDataProvider& data) {
    switch (data.ConsumeIntegralInRange(0, 3)) {
    case 0: return FileTarget{any_text(data), '/' + any_text(data)}; // a target without a path is refused
    case 1: return EveryTarget{any_text(data)};
    case 2: return AwaitsQemu{any_text(data), any_text(data)};
    default:
        return Limit{data.PickValueInArray({LimitKind::pinned, LimitKind::helpers, LimitKind::isolated,
                                            LimitKind::housekeeping_cores, LimitKind::host_free_min})};
    }
}

Claim any_claim(FuzzedDataProvider& data) {
    Claim claim{.knob = any_text(data), .target = any_target(data), .value = any_text(data)};
    claim.enforce = data.ConsumeBool() ? Enforce::required : Enforce::best_effort;
    claim.phase = data.PickValueInArray({Phase::prepare, Phase::start, Phase::started});
    claim.position = {any_text(data), data.ConsumeIntegral<unsigned>(), data.ConsumeIntegral<unsigned>()};
    claim.why = any_text(data);
    claim.condition = data.PickValueInArray(
        {Condition::always, Condition::unless_partitioned, Condition::partition, Condition::fallback});
    claim.order = data.ConsumeIntegral<std::int64_t>();
    return claim;
}

void check_any_lease(FuzzedDataProvider& data) {
    Lease lease{.uuid = any_text(data),
                .domain = any_text(data),
                .policy = any_text(data),
                .policy_file = any_text(data)};
    lease.state =
        static_cast<LeaseState>(data.ConsumeIntegralInRange(0, static_cast<int>(LeaseState::releasing)));
    lease.isolation = data.PickValueInArray(
        {Isolation::undecided, Isolation::partitioned, Isolation::fallen_back, Isolation::retrying});
    lease.fallback = {any_text(data), any_text(data)};
    lease.since = data.ConsumeIntegral<std::int64_t>();
    lease.order = data.ConsumeIntegral<std::int64_t>();
    lease.qemu = {data.ConsumeIntegral<std::int64_t>(), data.ConsumeIntegral<std::uint32_t>()};
    while (data.remaining_bytes() > 0 && data.ConsumeBool())
        lease.claims.push_back(any_claim(data));
    const std::string boot_id = any_text(data);
    const auto back = decode_lease(encode_lease(lease, boot_id), lease_file);
    require(back && back->value == lease && back->boot_id == boot_id, "a lease comes back as it was",
            encode_lease(lease, boot_id));
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    check_plain(text);
    check_text(text);
    check_ledger(text);
    FuzzedDataProvider provider(data, size);
    check_any_lease(provider);
    return 0;
}

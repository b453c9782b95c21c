// Ledger files as text; FORMAT.md is the contract.
#pragma once

#include "core/error.hpp"
#include "model/lease.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// Version of the files this program writes, and the only one it reads.
constexpr std::int64_t ledger_format = 1;

std::string encode_lease(const Lease& lease, const std::string& boot_id);
std::string encode_records(const std::vector<KnobRecord>& records, const std::string& boot_id,
                           const std::vector<LateTiming>& timings = {});

template <typename T>
struct FromBoot {
    T value;
    std::string boot_id;
};

struct RecordsFile : FromBoot<std::vector<KnobRecord>> {
    std::vector<LateTiming> timings;
};

/// ErrorKind::ledger_corrupt, with the line, for anything that the encoder does not write: bad TOML, another format, a missing or
/// mistyped key. Unknown keys are passed over, so that a later format 1 may add some.
Result<FromBoot<Lease>> decode_lease(std::string_view text, const std::string& file);
Result<RecordsFile> decode_records(std::string_view text, const std::string& file);

} // namespace hostlease

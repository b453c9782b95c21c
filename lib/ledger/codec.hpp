// Ledger files as text; FORMAT.md is the specification.
#pragma once

#include "core/error.hpp"
#include "model/lease.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// Format of the files that this program writes. It reads every format from 1 on.
constexpr std::int64_t ledger_format = 2;

/// The contents of the file of records.
struct RecordsFile {
    std::vector<KnobRecord> records;
    std::vector<PoolRecord> pools;
    std::vector<LateTiming> timings;
    bool operator==(const RecordsFile&) const = default;
};

template <typename T>
struct FromBoot {
    T value;
    std::string boot_id;
};

std::string encode_lease(const Lease& lease, const std::string& boot_id);
std::string encode_records(const RecordsFile& file, const std::string& boot_id);

/// ErrorKind::unsupported for a file of a later format, with the version of hostlease that wrote it.
/// ErrorKind::ledger_corrupt, with the line, for anything else that no encoder writes: invalid TOML, a
/// missing or mistyped key. Unknown keys are ignored, so that a later version may add keys to format 2.
Result<FromBoot<Lease>> decode_lease(std::string_view text, const std::string& file);
Result<FromBoot<RecordsFile>> decode_records(std::string_view text, const std::string& file);

} // namespace hostlease

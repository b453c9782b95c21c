// The versions that a VM runs with, and changes since an earlier report.
#pragma once

#include "text/value.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hostlease {

/// A known version; unknown ones are not in the list.
struct Version {
    std::string name; // "QEMU", "machine type"
    std::string value;
    bool operator==(const Version&) const = default;
};

/// The values of versions, by name.
using VersionMap = std::map<std::string, std::string, std::less<>>;

struct VersionChange {
    std::string name;
    std::string before;
    std::string now;
    bool operator==(const VersionChange&) const = default;
};

/// The versions whose value differs, in the order of `now`. A version that only one report has is not a
/// change, because it may have been unknown.
std::vector<VersionChange> changed_versions(std::span<const Version> now, const VersionMap& before);

/// One row {"name","value"} for each version, with "before" if `before` has another value.
ValueArray version_rows(std::span<const Version> now, const VersionMap& before);

/// Reads rows of version_rows(); nullopt if a row lacks its name or value.
std::optional<VersionMap> read_versions(const ValueArray& rows);

} // namespace hostlease

// libvirt's statistics of a running domain at one time.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hostlease {

/// The values by libvirt's names, such as "vcpu.0.time". Values that host or guest do not provide are
/// missing. Source: virConnectGetAllDomainStats (libvirt 9.0 to 11.3).
struct DomainSample {
    std::chrono::microseconds at{}; // since boot
    std::map<std::string, std::uint64_t, std::less<>> numbers;
    std::map<std::string, std::string, std::less<>> texts;
    bool operator==(const DomainSample&) const = default;

    [[nodiscard]] std::optional<std::uint64_t> number(std::string_view name) const {
        const auto found = numbers.find(name);
        return found == numbers.end() ? std::nullopt : std::optional(found->second);
    }
};

} // namespace hostlease

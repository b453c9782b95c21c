// What libvirt's statistics say of a running domain at one moment.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hostlease {

/// By libvirt's names, "vcpu.0.time". Source: virConnectGetAllDomainStats (libvirt 9.0 to 11.3); what a host or a guest does not tell is missing.
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

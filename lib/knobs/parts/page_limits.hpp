// How much memory each node keeps when pools of huge pages grow, by hostlease's own estimate.
#pragma once

#include "knobs/knob.hpp"

#include <map>
#include <optional>

namespace hostlease {

constexpr std::string_view host_free_min_key = "hugepages.host_free_min";

struct PageLimits {
    std::map<unsigned, std::uint64_t> host_free_min = {}; // bytes that stay available on each node
    NodeSet unlimited = {};                               // nodes on which only the kernel limits the pools
};

/// The policy's limit in bytes; nullopt if the policy sets none, or sets "none".
std::optional<std::uint64_t> own_host_free_min(const Policy& policy);

/// This policy's limit or the default, but at least that of each live lease.
PageLimits page_limits(const PlanInput& input);

} // namespace hostlease

// A domain that the policy places: what the lease records of its place, and the domain as if its XML pinned
// it there.
#pragma once

#include "model/domain.hpp"
#include "model/lease.hpp"
#include "model/placement.hpp"

#include <optional>

namespace hostlease {

inline constexpr std::string_view place_key = "cpus.place";

/// The targets of the claims of cpus.place. The open ones, "vcpu0" and so on, have one CPU each.
inline constexpr std::string_view place_emulator = "emulator";
inline constexpr std::string_view place_iothreads = "iothreads";

/// The place that the lease holds; nullopt if it holds none.
std::optional<Placement> placement_of(const Lease& lease);

/// The domain with this place as pins. All code that plans from pins then plans from the place.
Domain placed(Domain domain, const Placement& placement);

/// The domain with the place that the lease holds, if any.
Domain placed(Domain domain, const Lease& lease);

/// The element that pins the domain, such as "<vcpupin> (line 12 of the domain's XML)"; "" if none does. With
/// placement='auto', numad pins it.
std::string pinning_element(const Domain& domain);

} // namespace hostlease

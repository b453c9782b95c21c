// Distributes cores over as few places (nodes or caches) as can hold them.
#pragma once

#include <functional>
#include <vector>

namespace hostlease {

struct Place {
    unsigned room = 0;    // cores
    unsigned package = 0; // the package it is in
};

/// The drawbacks of a place with this number of cores, the most serious first; the smallest list is
/// preferred.
using Drawbacks = std::function<std::vector<unsigned>(std::size_t place, unsigned cores)>;

/// The number of cores for each place; together the places must have room for `need`. Uses as few places as
/// possible, with equal parts or parts that differ by one if the places have room, otherwise parts as equal
/// as possible. Prefers places of one package, then the fewest drawbacks, then the least room, then the order
/// of the list.
std::vector<unsigned> share_out(unsigned need, const std::vector<Place>& places, const Drawbacks& drawbacks);

} // namespace hostlease

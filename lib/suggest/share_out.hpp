// Deals a number of cores out to as few places as can hold them: nodes, or caches.
#pragma once

#include <functional>
#include <vector>

namespace hostlease {

struct Place {
    unsigned room = 0;    // cores
    unsigned package = 0; // that it is in
};

/// What speaks against a place that gets so many cores, the gravest first; the least is preferred.
using Drawbacks = std::function<std::vector<unsigned>(std::size_t place, unsigned cores)>;

/// How many of `need` each place gets; together they must have room for all. As few places as can be; these get equal parts, or parts that
/// differ by one, where so many places have room for that, else parts as equal as their room allows. Among places that will do: those of
/// one package, then the least drawbacks, then the least room, then the order of the list.
std::vector<unsigned> share_out(unsigned need, const std::vector<Place>& places, const Drawbacks& drawbacks);

} // namespace hostlease

// Gives each guest cell a node of its own.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

namespace hostlease {

/// What speaks against a node for a cell, the most serious first. Of several cells, the sum, and the number
/// of packages that their nodes are in.
struct HomeLosses {
    std::vector<std::uint64_t> memory;
    std::size_t packages = 0;
    std::vector<std::uint64_t> rest;
    auto operator<=>(const HomeLosses&) const = default;
};

struct HomeChoice {
    std::vector<unsigned> needs;                 // the cores of each cell
    std::vector<unsigned> rooms;                 // the free cores of each node
    std::vector<unsigned> packages;              // the package of each node
    std::vector<std::vector<HomeLosses>> losses; // of each cell on each node; lists of equal lengths
};

/// The index of each cell's node: an assignment with the smallest losses, and among equals the first nodes
/// for the first cells. With many cells and nodes, the search ends early, and the result may be worse. Empty
/// if the cells do not fit.
std::vector<std::size_t> choose_homes(const HomeChoice& choice);

} // namespace hostlease

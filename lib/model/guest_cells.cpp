#include "model/guest_cells.hpp"

#include <algorithm>

namespace hostlease {

bool is_within_cells(const std::vector<CpuSet>& cells, unsigned vcpus, unsigned size) {
    for (unsigned first = 0; first < vcpus; first += size) {
        const auto run = CpuSet::range(first, std::min(first + size, vcpus) - 1);
        if (std::none_of(cells.begin(), cells.end(),
                         [&](const CpuSet& cell) { return run.is_subset_of(cell); }))
            return false;
    }
    return true;
}

unsigned sockets_for_cells(const std::vector<CpuSet>& cells, unsigned vcpus) {
    if (std::count_if(cells.begin(), cells.end(), [](const CpuSet& cell) { return !cell.empty(); }) < 2)
        return 1;
    unsigned sockets = 2;
    while (sockets < vcpus && (vcpus % sockets != 0 || !is_within_cells(cells, vcpus, vcpus / sockets)))
        ++sockets;
    return std::min(sockets, vcpus);
}

} // namespace hostlease

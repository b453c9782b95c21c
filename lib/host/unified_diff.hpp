// The difference of two texts in the format of diff(1).
#pragma once

#include "core/error.hpp"

#include <string>

namespace hostlease {

/// One side of a diff; the label replaces a file's name and time.
struct DiffSide {
    std::string label;
    std::string text;
};

/// A unified diff; "" if the texts are equal. ErrorKind::unsupported without diff(1).
Result<std::string> unified_diff(const DiffSide& before, const DiffSide& after);

} // namespace hostlease

// Folders that the command keeps files in.
#pragma once

#include "host/host.hpp"

#include <string>

namespace hostlease {

/// Makes the folder at this absolute path, and those above it, where there is none.
inline Status make_directories(Host& host, const std::string& path) {
    for (auto slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
        const auto part = path.substr(0, slash);
        if (!host.status(part)) TRY_VOID(host.make_directory(part));
        if (slash == std::string::npos) return {};
    }
}

} // namespace hostlease

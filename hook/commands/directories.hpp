// Folders in which the command keeps files.
#pragma once

#include "host/host.hpp"

#include <string>

namespace hostlease {

/// Creates the folder at this absolute path, and its parents, if they do not exist.
inline Status make_directories(Host& host, const std::string& path) {
    for (auto slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
        const auto part = path.substr(0, slash);
        if (!host.status(part)) TRY_VOID(host.make_directory(part));
        if (slash == std::string::npos) return {};
    }
}

} // namespace hostlease

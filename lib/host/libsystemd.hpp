// libsystemd, loaded at the first use: most calls of the hook do not need it.
#pragma once

namespace hostlease {

/// The address of a function in libsystemd.so.0, or nullptr if it does not exist.
void* find_in_libsystemd(const char* name);

template <typename Function>
Function* find_in_libsystemd(const char* name) {
    return reinterpret_cast<Function*>(find_in_libsystemd(name));
}

} // namespace hostlease

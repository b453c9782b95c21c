// libsystemd, loaded when something of it is needed first: most calls of the hook need nothing.
#pragma once

namespace hostlease {

/// The address of a function of libsystemd.so.0, or nullptr where there is none.
void* find_in_libsystemd(const char* name);

template <typename Function>
Function* find_in_libsystemd(const char* name) {
    return reinterpret_cast<Function*>(find_in_libsystemd(name));
}

} // namespace hostlease

#include "host/libsystemd.hpp"

#include <dlfcn.h>

namespace hostlease {

void* find_in_libsystemd(const char* name) {
    static void* const library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
    return library == nullptr ? nullptr : dlsym(library, name);
}

} // namespace hostlease

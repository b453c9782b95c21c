#include "libvirt_library.hpp"

#include <dlfcn.h>

namespace hostlease {

namespace {
Result<const Libvirt*> open_libvirt() {
    static Libvirt functions;
    void* library = nullptr;
    // the second library needs the first, and lookups in it also find the first one's functions
    for (const char* name : {"libvirt.so.0", "libvirt-qemu.so.0"})
        if (library = dlopen(name, RTLD_NOW | RTLD_LOCAL); library == nullptr)
            return fail(ErrorKind::unsupported, std::string("cannot load libvirt: ") + dlerror());
    const char* missing = nullptr;
    const auto find = [&](const char* name, auto& function) {
        function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
        if (function == nullptr) missing = name;
    };
#define HOSTLEASE_FIND(name) find(#name, functions.name);
    HOSTLEASE_LIBVIRT_FUNCTIONS(HOSTLEASE_FIND)
#undef HOSTLEASE_FIND
    if (missing != nullptr)
        return fail(ErrorKind::unsupported, std::string("this libvirt is too old: it has no ") + missing);
    return &functions;
}
} // namespace

Result<const Libvirt*> Libvirt::load() {
    static const Result<const Libvirt*> loaded = open_libvirt();
    return loaded;
}

const Libvirt& libvirt() { return *Libvirt::load().value(); }

} // namespace hostlease

#include "host/hwloc.hpp"

#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>

namespace hostlease {

namespace {
template <typename Function>
bool find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    return function != nullptr;
}

bool find_all(void* library, Hwloc& hwloc) {
    return find(library, "hwloc_topology_init", hwloc.init) &&
           find(library, "hwloc_topology_destroy", hwloc.destroy) &&
           find(library, "hwloc_topology_set_type_filter", hwloc.set_type_filter) &&
           find(library, "hwloc_topology_set_flags", hwloc.set_flags) &&
           find(library, "hwloc_topology_load", hwloc.load) &&
           find(library, "hwloc_get_type_depth", hwloc.depth_of) &&
           find(library, "hwloc_get_nbobjs_by_depth", hwloc.count_at) &&
           find(library, "hwloc_get_obj_by_depth", hwloc.object_at) &&
           find(library, "hwloc_obj_add_info", hwloc.add_info) &&
           find(library, "hwloc_topology_insert_misc_object", hwloc.insert_misc) &&
           find(library, "hwloc_topology_export_xml", hwloc.export_xml) &&
           find(library, "hwloc_bitmap_alloc", hwloc.bitmap_alloc) &&
           find(library, "hwloc_bitmap_free", hwloc.bitmap_free) &&
           find(library, "hwloc_bitmap_next", hwloc.bitmap_next) &&
           find(library, "hwloc_bitmap_isequal", hwloc.bitmap_isequal) &&
           find(library, "hwloc_cpukinds_get_nr", hwloc.cpukinds_get_nr) &&
           find(library, "hwloc_cpukinds_get_info", hwloc.cpukinds_get_info);
}

/// Fails if the root has too little data, because hwloc would then use this machine instead.
Status choose_root(const std::string& root) {
    std::error_code error;
    if (std::filesystem::equivalent(root, "/", error)) return {};
    const std::string place = root + "/sys/devices/system/cpu";
    bool has_topology = false;
    for (const auto& entry : std::filesystem::directory_iterator(place, error))
        has_topology =
            has_topology || std::filesystem::exists(entry.path() / "topology" / "thread_siblings", error);
    if (!has_topology)
        return fail(ErrorKind::unsupported, place + "/cpu*/topology/thread_siblings do not exist");
    setenv("HWLOC_FSROOT", root.c_str(), 1);
    setenv("HWLOC_COMPONENTS", "linux,stop", 1);
    return {};
}
} // namespace

const Hwloc* Hwloc::open() {
    static const Hwloc* const loaded = []() -> const Hwloc* {
        static Hwloc hwloc;
        void* library = dlopen("libhwloc.so.15", RTLD_NOW | RTLD_LOCAL);
        return library != nullptr && find_all(library, hwloc) ? &hwloc : nullptr;
    }();
    return loaded;
}

Status HwlocTopology::load(const std::string& root) {
    TRY_VOID(choose_root(root));
    setenv("HWLOC_HIDE_ERRORS", "2", 1);
    hwloc_.set_flags(topology_, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
    if (hwloc_.load(topology_) != 0)
        return fail(ErrorKind::unsupported, "hwloc cannot read the host's topology");
    return {};
}

} // namespace hostlease

// libhwloc, loaded on first use. No other file includes its headers.
#pragma once

#include "core/error.hpp"

#include <hwloc.h>
#include <string>

namespace hostlease {

/// The functions of libhwloc that hostlease uses, from the major version of the headers.
struct Hwloc {
    decltype(&hwloc_topology_init) init = nullptr;
    decltype(&hwloc_topology_destroy) destroy = nullptr;
    decltype(&hwloc_topology_set_type_filter) set_type_filter = nullptr;
    decltype(&hwloc_topology_set_flags) set_flags = nullptr;
    decltype(&hwloc_topology_load) load = nullptr;
    decltype(&hwloc_get_type_depth) depth_of = nullptr;
    decltype(&hwloc_get_nbobjs_by_depth) count_at = nullptr;
    decltype(&hwloc_get_obj_by_depth) object_at = nullptr;
    decltype(&hwloc_obj_add_info) add_info = nullptr;
    decltype(&hwloc_topology_insert_misc_object) insert_misc = nullptr;
    decltype(&hwloc_topology_export_xml) export_xml = nullptr;
    decltype(&hwloc_bitmap_alloc) bitmap_alloc = nullptr;
    decltype(&hwloc_bitmap_free) bitmap_free = nullptr;
    decltype(&hwloc_bitmap_next) bitmap_next = nullptr;
    decltype(&hwloc_bitmap_isequal) bitmap_isequal = nullptr;
    decltype(&hwloc_cpukinds_get_nr) cpukinds_get_nr = nullptr;
    decltype(&hwloc_cpukinds_get_info) cpukinds_get_info = nullptr;

    /// nullptr if libhwloc is not installed or lacks one of these functions.
    static const Hwloc* open();
};

/// The hint if libhwloc is missing.
inline constexpr const char* hwloc_packages = "install hwloc (on Debian hwloc or hwloc-nox)";

class HwlocTopology {
  public:
    explicit HwlocTopology(const Hwloc& hwloc) : hwloc_(hwloc) { hwloc_.init(&topology_); }
    HwlocTopology(const HwlocTopology&) = delete;
    HwlocTopology& operator=(const HwlocTopology&) = delete;
    ~HwlocTopology() { hwloc_.destroy(topology_); }

    /// Reads the machine whose tree is below `root`, including the CPUs that this process may not use.
    /// ErrorKind::unsupported if there is no topology. For a root other than "/", sets hwloc's environment
    /// variables and leaves them set.
    Status load(const std::string& root);

    [[nodiscard]] hwloc_topology_t get() const { return topology_; }
    [[nodiscard]] const Hwloc& library() const { return hwloc_; }

    /// Calls `act` for each object of the type.
    template <typename Act>
    void each(hwloc_obj_type_t type, Act act) const {
        const int depth = hwloc_.depth_of(topology_, type);
        for (unsigned index = 0; index < hwloc_.count_at(topology_, depth); ++index)
            act(hwloc_.object_at(topology_, depth, index));
    }

  private:
    const Hwloc& hwloc_;
    hwloc_topology_t topology_ = nullptr;
};

} // namespace hostlease

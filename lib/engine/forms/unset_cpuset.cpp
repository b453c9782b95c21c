#include "engine/forms/unset_cpuset.hpp"

#include "core/kernel_text.hpp"
#include "core/parse.hpp"
#include "host/top_cgroups.hpp"

#include <cerrno>

namespace hostlease {

namespace {
constexpr std::string_view cpus_file = "/cpuset.cpus";
constexpr std::string_view nodes_file = "/cpuset.mems";

/// All CPUs that tasks may use, or the nodes of the cgroup above.
Result<std::string> all_of(Host& host, const std::string& path) {
    if (path.ends_with(cpus_file)) {
        const auto cpus = TRY(unrestricted_cpus(host));
        return to_list(cpus);
    }
    const auto cgroup = path.substr(0, path.rfind('/'));
    return host.read_line(cgroup.substr(0, cgroup.rfind('/')) + std::string(nodes_file) + ".effective");
}
} // namespace

bool is_cpuset(const std::string& path) { return path.ends_with(cpus_file) || path.ends_with(nodes_file); }

Result<bool> is_as_unset(Host& host, const std::string& path, const std::string& value) {
    if (value.empty()) return true;
    const auto all = TRY(all_of(host, path));
    return same_value(value, all);
}

Status unset_cpuset(Host& host, const std::string& path) {
    const auto all = TRY(all_of(host, path));
    TRY_VOID(host.write(path, all));
    const auto cleared = host.write(path, "");
    return !cleared && cleared.error().errno_value == ENOSPC ? Status{} : cleared;
}

} // namespace hostlease

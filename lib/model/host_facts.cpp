#include "model/host_facts.hpp"

#include "core/parse.hpp"
#include "core/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace hostlease {

CpuSet MachineUnit::bound_cpus() const {
    CpuSet bound = threads.empty() ? cpus : CpuSet{};
    for (const auto& thread : threads)
        bound |= thread.cpus;
    return bound;
}

std::string MachineThread::name() const {
    const auto digit = std::min(role.find_first_of("0123456789"), role.size());
    if (role == "emulator") return "the emulator";
    const auto kind = role.starts_with("vcpu")       ? std::string("vCPU")
                      : role.starts_with("iothread") ? std::string("I/O thread")
                                                     : role.substr(0, digit);
    return kind + " " + role.substr(digit);
}

std::vector<std::pair<std::string, CpuSet>> MachineUnit::bound_within(const CpuSet& some) const {
    std::vector<std::pair<std::string, CpuSet>> bound;
    if (!cpus.empty() && cpus.is_subset_of(some)) bound.emplace_back(name, cpus);
    for (const auto& thread : threads)
        if (!thread.cpus.empty() && thread.cpus.is_subset_of(some))
            bound.emplace_back(thread.name() + " of " + name, thread.cpus);
    return bound;
}

bool MachineUnit::may_run_on(const CpuSet& some) const {
    const auto reaches = [&](const CpuSet& bound) {
        return (bound.empty() ? cpus.empty() || cpus.intersects(some) : bound.intersects(some));
    };
    // a unit with exclusive CPUs runs only on these
    if (!exclusive.empty() && !exclusive.intersects(some)) return false;
    return threads.empty() ? reaches({})
                           : std::any_of(threads.begin(), threads.end(),
                                         [&](const MachineThread& thread) { return reaches(thread.cpus); });
}

namespace {
/// "/machine/prod-a" is "machine-prod\\x2da.slice".
std::string slice_name(std::string_view partition) {
    constexpr std::string_view plain = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:_.";
    std::string name;
    for (const char c : partition.substr(1)) {
        const bool is_plain = plain.find(c) != std::string_view::npos && !(c == '.' && name.empty());
        if (c == '/')
            name += '-';
        else if (is_plain)
            name += c;
        else
            name += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    return name + ".slice";
}
} // namespace

std::vector<SliceFacts> CgroupFacts::slices_of(const std::string& partition) const {
    const std::string path = (partition.empty() ? "/machine" : partition) + "/";
    std::vector<SliceFacts> found;
    for (auto end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
        const auto name = slice_name(std::string_view(path).substr(0, end));
        for (const auto& slice : slices)
            if (slice.name == name) found.push_back(slice);
    }
    return found;
}

std::string lost_cpus_text(const CpuSet& lost) {
    return "CPU " + to_list(lost) +
           " is isolated, and no cgroup has it: the kernel lost it when a partition was broken, and could "
           "crash when another is "
           "made before the next boot";
}

const NodeFacts* HostFacts::node(unsigned id) const {
    const auto found =
        std::find_if(nodes.begin(), nodes.end(), [&](const auto& one) { return one.id == id; });
    return found == nodes.end() ? nullptr : &*found;
}

const PoolFacts* HostFacts::pool(PoolId id) const {
    const auto found =
        std::find_if(pools.begin(), pools.end(), [&](const auto& one) { return one.id == id; });
    return found == pools.end() ? nullptr : &*found;
}

CpuSet HostFacts::partitioned() const {
    CpuSet cpus;
    for (const auto& partition : cgroups.partitions)
        cpus |= partition.cpus;
    return cpus;
}

CpuSet HostFacts::own_cpus() const { return online - isolated_at_boot - partitioned(); }

std::string HostFacts::pool_path(PoolId id) const {
    const std::string size = "hugepages-" + std::to_string(id.page_size / KiB) + "kB";
    if (!has_numa) return "/sys/kernel/mm/hugepages/" + size;
    return "/sys/devices/system/node/node" + std::to_string(id.node) + "/hugepages/" + size;
}

std::string to_text(PoolId id) {
    return "node" + std::to_string(id.node) + "/hugepages-" + std::to_string(id.page_size / KiB) + "kB";
}

std::optional<PoolId> parse_pool_id(std::string_view text) {
    constexpr std::string_view middle = "/hugepages-";
    const auto slash = text.find(middle);
    if (!text.starts_with("node") || slash == std::string_view::npos || !text.ends_with("kB"))
        return std::nullopt;
    const auto node = parse_integer<unsigned>(text.substr(4, slash - 4));
    const auto size = parse_integer<std::uint64_t>(
        text.substr(slash + middle.size(), text.size() - slash - middle.size() - 2));
    // the size is a divisor later, and a size past 64 bits would become 0
    if (!node || !size || *size == 0 || *size > std::numeric_limits<std::uint64_t>::max() / KiB)
        return std::nullopt;
    return PoolId{*node, *size * KiB};
}

} // namespace hostlease

#include "host/cpu_topology.hpp"

#include "core/parse.hpp"
#include "host/core_kinds.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <tuple>

namespace hostlease {

namespace {
const std::string cpu_directory = "/sys/devices/system/cpu/cpu";
constexpr unsigned first_last_level = 3;

/// Something that cores share: a cache, or the package if there is no shared cache.
struct SharedPlace {
    CpuSet cpus;
    unsigned number = 0; // numbered in the order of the cores
    std::uint64_t size = 0;
    unsigned package = 0; // a cache does not span packages
};

Result<std::uint64_t> read_number(Host& host, const std::string& path) {
    return parse_integer<std::uint64_t>(TRY(host.read_line(path))).value_or(0);
}

/// Parses a size such as "32768K".
std::uint64_t cache_size(std::string_view text) {
    const bool is_kib = text.ends_with('K');
    if (is_kib) text.remove_suffix(1);
    return parse_integer<std::uint64_t>(text).value_or(0) * (is_kib ? 1024 : 1);
}

class TopologyReader {
  public:
    TopologyReader(Host& host, const HostFacts& facts) : host_(host), facts_(facts) {}

    Result<HostTopology> read() {
        for (const auto& threads : facts_.cores) {
            const CpuSet online = threads & facts_.online;
            if (online.empty()) continue;
            topology_.online |= online;
            TRY_VOID(add_core(online));
        }
        set_kinds(TRY(read_groups()), topology_);
        return std::move(topology_);
    }

  private:
    Status add_core(const CpuSet& online) {
        const SharedPlace shared = TRY(place_of(online));
        topology_.cores.push_back({.threads = online,
                                   .package = shared.package,
                                   .node = node_of(online),
                                   .cache = shared.number,
                                   .kind = 0,
                                   .cache_size = shared.size});
        return {};
    }

    [[nodiscard]] unsigned node_of(const CpuSet& threads) const {
        for (const auto& node : facts_.nodes)
            if (node.cpus.intersects(threads)) return node.id;
        return 0;
    }

    /// -1 if the firmware reports no package.
    Result<unsigned> package_of(const CpuSet& threads) {
        const auto text = TRY(host_.read_line(directory_of(threads) + "/topology/physical_package_id"));
        return parse_integer<unsigned>(text).value_or(0);
    }

    /// Thousands of CPUs share a few caches, so each cache is read once.
    Result<SharedPlace> place_of(const CpuSet& threads) {
        const auto found = place_of_cpu_.find(threads.members().front());
        if (found != place_of_cpu_.end() && threads.is_subset_of(places_[found->second].cpus))
            return places_[found->second];
        auto place = TRY(read_cache(threads));
        if (!place) place = TRY(read_package(threads));
        place->number = static_cast<unsigned>(places_.size());
        place->package = TRY(package_of(threads));
        for (const unsigned cpu : place->cpus.members())
            place_of_cpu_.emplace(cpu, place->number);
        places_.push_back(*place);
        return *place;
    }

    /// The highest-level cache, if it is a third-level cache or several cores share it. The kernel numbers
    /// caches from the lowest level up. Source: populate_cache_leaves, drivers/base/cacheinfo.c and
    /// arch/x86/kernel/cpu/cacheinfo.c (6.12).
    Result<std::optional<SharedPlace>> read_cache(const CpuSet& threads) {
        const std::string caches = directory_of(threads) + "/cache";
        auto names = TRY(host_.list_if_present(caches));
        std::sort(names.begin(), names.end(), std::greater());
        for (const auto& name : names) {
            const std::string cache = caches + "/" + name;
            const auto level = TRY(read_number(host_, cache + "/level"));
            if (level == 0 || TRY(host_.read_line(cache + "/type")) == "Instruction") continue;
            const CpuSet cpus = TRY(host_.read_cpu_list(cache + "/shared_cpu_list")) & facts_.online;
            if (level < first_last_level && cpus == threads) continue;
            return SharedPlace{.cpus = cpus.empty() ? threads : cpus,
                               .size = cache_size(TRY(host_.read_line(cache + "/size")))};
        }
        return std::nullopt;
    }

    Result<SharedPlace> read_package(const CpuSet& threads) {
        const auto cpus =
            TRY(host_.read_cpu_list(directory_of(threads) + "/topology/core_siblings_list")) & facts_.online;
        return SharedPlace{.cpus = cpus.empty() ? threads : cpus};
    }

    static std::string directory_of(const CpuSet& threads) {
        return cpu_directory + std::to_string(threads.members().front());
    }

    /// A CPU's clocks in kHz, and its capacity at the highest clock, relative to other CPUs.
    struct Speed {
        std::uint64_t highest = 0;
        std::uint64_t base = 0;
        std::uint64_t capacity = 0;
        auto operator<=>(const Speed&) const = default;
    };

    /// One value for each core, read from its first thread, because all threads of a core are alike. What
    /// cannot be read counts as unknown: clocks only show which cores are faster. A file that the first two
    /// cores lack is missing everywhere: it comes from the driver or the architecture.
    std::vector<std::uint64_t> read_of_cores(const char* file) {
        std::vector<std::uint64_t> values(topology_.cores.size());
        for (std::size_t index = 0; index < values.size(); ++index) {
            const unsigned cpu = topology_.cores[index].threads.members().front();
            values[index] = read_number(host_, cpu_directory + std::to_string(cpu) + file).value_or(0);
            if (index == 1 && values[0] == 0 && values[1] == 0) break;
        }
        return values;
    }

    std::vector<Speed> read_speeds() {
        const auto highest = read_of_cores("/cpufreq/cpuinfo_max_freq");
        const auto base = read_of_cores("/cpufreq/base_frequency");
        const auto capacity = read_of_cores("/cpu_capacity");
        std::vector<Speed> speeds;
        for (std::size_t index = 0; index < highest.size(); ++index)
            speeds.push_back({highest[index], base[index], capacity[index]});
        return speeds;
    }

    /// Cores with the same base clock whose highest clocks differ by less than a tenth are favoured cores
    /// (Turbo Boost Max) and other cores of the same kind.
    static void level_out(std::vector<Speed>& speeds) {
        if (std::any_of(speeds.begin(), speeds.end(),
                        [](const Speed& speed) { return speed.highest != 0 && speed.base == 0; }))
            return;
        std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> range; // by base clock
        for (const auto& [highest, base, capacity] : speeds) {
            const auto [place, is_new] = range.emplace(base, std::pair(highest, highest));
            place->second = {std::min(place->second.first, highest), std::max(place->second.second, highest)};
        }
        for (auto& speed : speeds)
            if (const auto [least, most] = range[speed.base]; (most - least) * 10 < least)
                speed.highest = least;
    }

    Result<std::vector<CoreGroup>> read_groups() {
        auto speeds = read_speeds();
        level_out(speeds);
        // (rank, name) of the types
        constexpr std::tuple<unsigned, std::string_view, std::string_view> types[] = {
            {3, "IntelCore", "/sys/devices/cpu_core/cpus"},
            {2, "IntelAtom", "/sys/devices/cpu_atom/cpus"},
            {1, "IntelLowPower", "/sys/devices/cpu_lowpower/cpus"}};
        std::map<std::pair<unsigned, Speed>, CoreGroup> groups;
        std::map<unsigned, CpuSet> of_type;
        for (const auto& [rank, name, path] : types)
            of_type[rank] = TRY(host_.read_cpu_list(std::string(path)));
        for (std::size_t index = 0; index < speeds.size(); ++index) {
            const auto& threads = topology_.cores[index].threads;
            std::pair key(0U, speeds[index]);
            std::string type;
            for (const auto& [rank, name, path] : types)
                if (of_type[rank].intersects(threads)) {
                    key.first = rank;
                    type = name;
                }
            auto& group = groups[key];
            group.cpus |= threads;
            group.type = type;
            group.highest_mhz = speeds[index].highest / 1000;
        }
        return ranked(groups);
    }

    /// Ranks groups by capacity if each group has one, else by type and clock; if two groups would be equal,
    /// not at all.
    static std::vector<CoreGroup> ranked(const std::map<std::pair<unsigned, Speed>, CoreGroup>& groups) {
        const auto all_have = [&](std::uint64_t Speed::* part) {
            return std::all_of(groups.begin(), groups.end(),
                               [&](const auto& one) { return one.first.second.*part != 0; });
        };
        const auto rank_by = [&](std::uint64_t Speed::* part, bool by_type) {
            std::map<std::pair<unsigned, std::uint64_t>, std::vector<const CoreGroup*>> order;
            for (const auto& [key, group] : groups)
                order[{by_type ? key.first : 0, key.second.*part}].push_back(&group);
            return order;
        };
        auto order = rank_by(&Speed::capacity, false);
        if (!all_have(&Speed::capacity) || order.size() < groups.size())
            order = rank_by(all_have(&Speed::base) ? &Speed::base : &Speed::highest, true);
        const bool is_clear = order.size() == groups.size();
        std::vector<CoreGroup> list;
        for (const auto& [rank, members] : order)
            for (const CoreGroup* group : members) {
                list.push_back(*group);
                list.back().efficiency = is_clear ? static_cast<int>(list.size()) - 1 : -1;
            }
        return list;
    }

    Host& host_;
    const HostFacts& facts_;
    HostTopology topology_;
    std::vector<SharedPlace> places_;
    std::map<unsigned, unsigned> place_of_cpu_; // indexes in places_
};
} // namespace

Result<HostTopology> read_cpu_topology(Host& host, const HostFacts& facts) {
    return TopologyReader(host, facts).read();
}

void read_preferred_cores(Host& host, HostTopology& topology) {
    for (auto& core : topology.cores)
        for (const unsigned cpu : core.threads.members()) {
            const auto text =
                host.read("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/acpi_cppc/highest_perf");
            const auto perf = text ? parse_integer<unsigned>(trim(*text)) : std::nullopt;
            core.highest_perf = std::max(core.highest_perf, perf.value_or(0));
        }
}

} // namespace hostlease

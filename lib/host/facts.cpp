#include "host/facts.hpp"

#include "core/parse.hpp"
#include "core/units.hpp"
#include "host/cpu_facts.hpp"
#include "host/cpufreq_facts.hpp"
#include "host/pools.hpp"

#include <algorithm>
#include <unistd.h>

namespace hostlease {

namespace {
constexpr std::string_view node_directory = "/sys/devices/system/node";

/// The text; "" if the file does not exist.
Result<std::string> read_text(Host& host, const std::string& path) {
    return TRY(host.read_if_present(path)).value_or(std::string());
}

/// Bytes in a "Name:  123 kB" line of meminfo; node files have a "Node 0 " prefix.
std::uint64_t meminfo_field(std::string_view text, std::string_view name) {
    const std::string label = std::string(name) + ":";
    for (std::size_t at = text.find(label); at != std::string_view::npos; at = text.find(label, at + 1)) {
        if (at != 0 && text[at - 1] != ' ' && text[at - 1] != '\n') continue;
        auto rest = text.substr(at + label.size());
        rest = trim(rest.substr(0, rest.find('\n')));
        return parse_integer<std::uint64_t>(rest.substr(0, rest.find(' '))).value_or(0) * KiB;
    }
    return 0;
}

/// Sums over a node's zones, in bytes.
struct Watermarks {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};

/// Watermarks by node. Source: /proc/zoneinfo, mm/vmstat.c (6.1).
std::map<unsigned, Watermarks> read_watermarks(std::string_view zoneinfo) {
    std::map<unsigned, Watermarks> marks;
    unsigned node = 0;
    const auto bytes = [](std::string_view pages) {
        return parse_integer<std::uint64_t>(trim(pages)).value_or(0) *
               static_cast<std::uint64_t>(getpagesize());
    };
    split(zoneinfo, '\n', [&](std::string_view line) {
        line = trim(line);
        if (line.starts_with("Node "))
            node = parse_integer<unsigned>(line.substr(5, line.find(',') - 5)).value_or(0);
        if (line.starts_with("low ")) marks[node].low += bytes(line.substr(4));
        if (line.starts_with("high ")) marks[node].high += bytes(line.substr(5));
    });
    return marks;
}

/// The memory that a node can provide without swapping, by the kernel's own estimate for the whole host. It
/// includes pages that must still be written to disks: the kernel writes them while it reclaims memory.
/// Source: si_mem_available, mm/page_alloc.c (6.1), mm/show_mem.c (6.12).
std::uint64_t available_memory(std::string_view meminfo, const Watermarks& marks) {
    const auto field = [&](std::string_view name) { return meminfo_field(meminfo, name); };
    const auto beyond_low = [&](std::uint64_t bytes) { return bytes - std::min(bytes / 2, marks.low); };
    const auto cache = field("Active(file)") + field("Inactive(file)");
    const auto total = field("MemFree") + beyond_low(cache) +
                       beyond_low(std::max(field("KReclaimable"), field("SReclaimable")));
    return total - std::min(total, marks.high);
}

/// The part of its cache that ZFS would release, which the kernel counts as used: all above ZFS's minimum
/// size. 0 without ZFS.
/// Source: OpenZFS 2.1 to 2.3, module/zfs/arc.c, arc_stats and arc_evictable_memory: "size" and "c_min" of
/// "NAME TYPE VALUE".
Result<std::uint64_t> evictable_zfs_cache(Host& host) {
    const std::string text = TRY(read_text(host, "/proc/spl/kstat/zfs/arcstats"));
    std::map<std::string_view, std::uint64_t> bytes;
    split(text, '\n', [&](std::string_view line) {
        const auto name = line.substr(0, line.find(' '));
        bytes[name] =
            parse_integer<std::uint64_t>(line.substr(std::min(line.rfind(' '), line.size() - 1) + 1))
                .value_or(0);
    });
    return bytes["size"] - std::min(bytes["size"], bytes["c_min"]);
}

/// The online nodes; if the kernel's list does not exist, the nodes that have a directory.
Result<NodeSet> read_node_ids(Host& host) {
    NodeSet nodes = TRY(host.read_cpu_list(std::string(node_directory) + "/online"));
    if (!nodes.empty()) return nodes;
    constexpr std::string_view prefix = "node";
    for (const auto& name : host.list(std::string(node_directory)).value_or(std::vector<std::string>{}))
        if (const auto id =
                parse_integer<unsigned>(std::string_view(name).substr(std::min(prefix.size(), name.size())));
            name.starts_with(prefix) && id && *id < NodeSet::limit)
            nodes.add(*id);
    return nodes;
}

Status read_nodes(Host& host, const std::string& meminfo, HostFacts& facts) {
    const auto marks = read_watermarks(TRY(read_text(host, "/proc/zoneinfo")));
    const auto mark_of = [&](unsigned id) { return marks.contains(id) ? marks.at(id) : Watermarks{}; };
    for (const unsigned id : TRY(read_node_ids(host)).members()) {
        const std::string directory = std::string(node_directory) + "/node" + std::to_string(id);
        const std::string text = TRY(read_text(host, directory + "/meminfo"));
        facts.nodes.push_back({id, TRY(host.read_cpu_list(directory + "/cpulist")),
                               meminfo_field(text, "MemTotal"), available_memory(text, mark_of(id))});
        TRY_VOID(read_pools(host, directory + "/hugepages", id, facts));
    }
    if (!facts.nodes.empty()) return {};
    facts.has_numa = false;
    Watermarks mark;
    for (const auto& [id, bytes] : marks)
        mark = {mark.low + bytes.low, mark.high + bytes.high};
    facts.nodes.push_back(
        {0, facts.online, meminfo_field(meminfo, "MemTotal"), available_memory(meminfo, mark)});
    return read_pools(host, "/sys/kernel/mm/hugepages", 0, facts);
}

/// The nodes of the cache are unknown, so each node gets a part in proportion to its memory.
void add_zfs_cache(std::uint64_t bytes, HostFacts& facts) {
    std::uint64_t memory = 0;
    for (const auto& node : facts.nodes)
        memory += node.memory;
    for (auto& node : facts.nodes)
        if (memory >= MiB) node.available += bytes / (memory / MiB) * (node.memory / MiB);
}
} // namespace

Result<std::uint64_t> unwritten_memory(Host& host, unsigned node) {
    std::string text =
        TRY(read_text(host, std::string(node_directory) + "/node" + std::to_string(node) + "/meminfo"));
    if (text.empty()) text = TRY(read_text(host, "/proc/meminfo"));
    return meminfo_field(text, "Dirty") + meminfo_field(text, "Writeback");
}

Result<HostFacts> read_facts(Host& host, const CpuSet* cpus) {
    HostFacts facts;
    const std::string meminfo = TRY(read_text(host, "/proc/meminfo"));
    facts.online = TRY(host.read_cpu_list("/sys/devices/system/cpu/online"));
    facts.default_page_size = meminfo_field(meminfo, "Hugepagesize");
    TRY_VOID(read_nodes(host, meminfo, facts));
    add_zfs_cache(evictable_zfs_cache(host).value_or(0), facts); // if unreadable, less memory counts as free
    read_cpufreq_facts(host, cpus, facts);
    TRY_VOID(read_cpu_facts(host, facts));
    facts.has_systemd = host.has_systemd();
    return facts;
}

Result<std::string> read_boot_id(Host& host) {
    std::string id = TRY(host.read_line("/proc/sys/kernel/random/boot_id"));
    return id.empty() ? "unknown" : id;
}

} // namespace hostlease

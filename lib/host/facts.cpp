#include "host/facts.hpp"

#include "core/parse.hpp"
#include "core/units.hpp"

#include <algorithm>
#include <unistd.h>

namespace hostlease {

namespace {
constexpr std::string_view node_directory = "/sys/devices/system/node";
constexpr std::string_view pool_prefix = "hugepages-";

std::string read_text(Host& host, const std::string& path) { return host.read(path).value_or(std::string{}); }

std::optional<std::uint64_t> read_number(Host& host, const std::string& path) {
    const auto text = host.read(path);
    if (!text) return std::nullopt;
    return parse_integer<std::uint64_t>(trim(*text));
}

CpuSet read_set(Host& host, const std::string& path) { return parse_cpu_list(trim(read_text(host, path))).value_or(CpuSet{}); }

/// Bytes of a "Name:  123 kB" line of meminfo; node files put "Node 0 " in front.
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

/// Sum of the zones' high watermarks of each node, in bytes. Source: /proc/zoneinfo, mm/vmstat.c (6.1).
std::map<unsigned, std::uint64_t> high_watermarks(std::string_view zoneinfo) {
    std::map<unsigned, std::uint64_t> marks;
    unsigned node = 0;
    split(zoneinfo, '\n', [&](std::string_view line) {
        line = trim(line);
        if (line.starts_with("Node ")) node = parse_integer<unsigned>(line.substr(5, line.find(',') - 5)).value_or(0);
        if (line.starts_with("high "))
            marks[node] += parse_integer<std::uint64_t>(trim(line.substr(5))).value_or(0) * static_cast<std::uint64_t>(getpagesize());
    });
    return marks;
}

/// What a node can give without swapping or starving what is in use: free memory and the clean page cache, above the watermarks.
std::uint64_t available_memory(std::string_view meminfo, std::uint64_t watermark) {
    const auto field = [&](std::string_view name) { return meminfo_field(meminfo, name); };
    const auto cache = field("Active(file)") + field("Inactive(file)") + field("SReclaimable") / 2;
    const auto bound = field("Dirty") + field("Writeback") + field("Mapped") / 2;
    const auto total = field("MemFree") + (cache > bound ? cache - bound : 0);
    return total > watermark ? total - watermark : 0;
}

void read_pools(Host& host, const std::string& directory, unsigned node, HostFacts& facts) {
    for (const auto& name : host.list(directory).value_or(std::vector<std::string>{})) {
        if (!name.starts_with(pool_prefix) || !name.ends_with("kB")) continue;
        const auto size = parse_integer<std::uint64_t>(std::string_view(name).substr(pool_prefix.size(), name.size() - pool_prefix.size() - 2));
        if (!size) continue;
        if (const auto pool = read_pool(host, directory + "/" + name, PoolId{node, *size * KiB})) facts.pools.push_back(*pool);
    }
}

void read_nodes(Host& host, const std::string& meminfo, HostFacts& facts) {
    const auto marks = high_watermarks(read_text(host, "/proc/zoneinfo"));
    const auto mark_of = [&](unsigned id) { return marks.contains(id) ? marks.at(id) : 0; };
    for (const unsigned id : read_set(host, std::string(node_directory) + "/online").members()) {
        const std::string directory = std::string(node_directory) + "/node" + std::to_string(id);
        const std::string text = read_text(host, directory + "/meminfo");
        facts.nodes.push_back({id, read_set(host, directory + "/cpulist"), meminfo_field(text, "MemTotal"), available_memory(text, mark_of(id))});
        read_pools(host, directory + "/hugepages", id, facts);
    }
    if (!facts.nodes.empty()) return;
    facts.has_numa = false;
    std::uint64_t mark = 0;
    for (const auto& [id, bytes] : marks)
        mark += bytes;
    facts.nodes.push_back({0, facts.online, meminfo_field(meminfo, "MemTotal"), available_memory(meminfo, mark)});
    read_pools(host, "/sys/kernel/mm/hugepages", 0, facts);
}

void read_cpufreq(Host& host, HostFacts& facts) {
    const std::string base = "/sys/devices/system/cpu/cpufreq";
    for (const auto& name : host.list(base).value_or(std::vector<std::string>{})) {
        if (!name.starts_with("policy")) continue;
        CpufreqPolicy policy{name, {}, {}};
        // written with blanks, unlike every other CPU list of the kernel
        split(trim(read_text(host, base + "/" + name + "/related_cpus")), ' ', [&](std::string_view piece) {
            policy.cpus |= parse_cpu_list(piece).value_or(CpuSet{});
        });
        split(trim(read_text(host, base + "/" + name + "/scaling_available_governors")), ' ', [&](std::string_view word) {
            if (!word.empty()) policy.governors.emplace_back(word);
        });
        facts.cpufreq.push_back(std::move(policy));
    }
}
} // namespace

std::optional<PoolFacts> read_pool(Host& host, const std::string& directory, PoolId id) {
    const auto total = read_number(host, directory + "/nr_hugepages");
    if (!total) return std::nullopt;
    return PoolFacts{id, *total, read_number(host, directory + "/free_hugepages").value_or(0),
                     read_number(host, directory + "/surplus_hugepages").value_or(0)};
}

std::optional<PoolFacts> read_pool(Host& host, const HostFacts& facts, PoolId id) { return read_pool(host, facts.pool_path(id), id); }

HostFacts read_facts(Host& host) {
    HostFacts facts;
    const std::string meminfo = read_text(host, "/proc/meminfo");
    facts.online = read_set(host, "/sys/devices/system/cpu/online");
    facts.default_page_size = meminfo_field(meminfo, "Hugepagesize");
    read_nodes(host, meminfo, facts);
    for (const auto& pool : facts.pools) {
        const auto size = pool.id.page_size;
        const auto path = "/sys/kernel/mm/hugepages/hugepages-" + std::to_string(size / KiB) + "kB/resv_hugepages";
        if (!facts.reserved_pages.contains(size)) facts.reserved_pages[size] = read_number(host, path).value_or(0);
    }
    read_cpufreq(host, facts);
    return facts;
}

std::string knob_value(std::string_view text) {
    std::string value;
    std::string selected;
    unsigned words = 0;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(" \t\r\n", at)) != std::string_view::npos) {
        const auto end = std::min(text.find_first_of(" \t\r\n", at), text.size());
        const auto word = text.substr(at, end - at);
        if (word.size() > 2 && word.front() == '[' && word.back() == ']') selected = std::string(word.substr(1, word.size() - 2));
        value += (words++ == 0 ? "" : " ") + std::string(word);
        at = end;
    }
    return selected.empty() ? value : selected;
}

std::string read_boot_id(Host& host) {
    const auto text = host.read("/proc/sys/kernel/random/boot_id");
    return text ? std::string(trim(*text)) : "unknown";
}

} // namespace hostlease

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

/// The text, "" when there is no such file.
Result<std::string> read_text(Host& host, const std::string& path) {
    auto text = host.read(path);
    if (!text && is_missing(text.error())) return std::string{};
    return text;
}

Result<CpuSet> read_set(Host& host, const std::string& path) {
    const std::string text = TRY(read_text(host, path));
    auto set = parse_cpu_list(trim(text));
    if (!set) return fail_io(set.error().message, path, 0);
    return set;
}

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
            marks[node] +=
                parse_integer<std::uint64_t>(trim(line.substr(5))).value_or(0) * static_cast<std::uint64_t>(getpagesize());
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

/// The nodes online; where the kernel's list of them is missing, those that have a directory.
Result<NodeSet> read_node_ids(Host& host) {
    NodeSet nodes = TRY(read_set(host, std::string(node_directory) + "/online"));
    if (!nodes.empty()) return nodes;
    constexpr std::string_view prefix = "node";
    for (const auto& name : host.list(std::string(node_directory)).value_or(std::vector<std::string>{}))
        if (const auto id = parse_integer<unsigned>(std::string_view(name).substr(std::min(prefix.size(), name.size())));
            name.starts_with(prefix) && id && *id < NodeSet::limit)
            nodes.add(*id);
    return nodes;
}

Status read_nodes(Host& host, const std::string& meminfo, HostFacts& facts) {
    const auto marks = high_watermarks(TRY(read_text(host, "/proc/zoneinfo")));
    const auto mark_of = [&](unsigned id) { return marks.contains(id) ? marks.at(id) : 0; };
    for (const unsigned id : TRY(read_node_ids(host)).members()) {
        const std::string directory = std::string(node_directory) + "/node" + std::to_string(id);
        const std::string text = TRY(read_text(host, directory + "/meminfo"));
        facts.nodes.push_back({id, TRY(read_set(host, directory + "/cpulist")), meminfo_field(text, "MemTotal"),
                               available_memory(text, mark_of(id))});
        TRY_VOID(read_pools(host, directory + "/hugepages", id, facts));
    }
    if (!facts.nodes.empty()) return {};
    facts.has_numa = false;
    std::uint64_t mark = 0;
    for (const auto& [id, bytes] : marks)
        mark += bytes;
    facts.nodes.push_back({0, facts.online, meminfo_field(meminfo, "MemTotal"), available_memory(meminfo, mark)});
    return read_pools(host, "/sys/kernel/mm/hugepages", 0, facts);
}
} // namespace

Result<HostFacts> read_facts(Host& host, const CpuSet* cpus) {
    HostFacts facts;
    const std::string meminfo = TRY(read_text(host, "/proc/meminfo"));
    facts.online = TRY(read_set(host, "/sys/devices/system/cpu/online"));
    facts.default_page_size = meminfo_field(meminfo, "Hugepagesize");
    TRY_VOID(read_nodes(host, meminfo, facts));
    TRY_VOID(read_cpufreq_facts(host, cpus, facts));
    TRY_VOID(read_cpu_facts(host, facts));
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

Result<std::string> read_boot_id(Host& host) {
    const std::string text = TRY(read_text(host, "/proc/sys/kernel/random/boot_id"));
    return text.empty() ? "unknown" : std::string(trim(text));
}

} // namespace hostlease

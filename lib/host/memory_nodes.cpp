#include "host/memory_nodes.hpp"

#include "core/parse.hpp"
#include "core/units.hpp"

namespace hostlease {

namespace {
/// Adds a mapping, such as "7f0000000000 bind:1 file=/dev/hugepages/... huge dirty=128 N1=128
/// kernelpagesize_kB=2048".
void add_mapping(std::string_view line, std::map<unsigned, std::uint64_t>& bytes) {
    constexpr std::string_view size_key = "kernelpagesize_kB=";
    std::map<unsigned, std::uint64_t> pages;
    std::uint64_t page_size = 0;
    bool is_huge = false;
    split(line, ' ', [&](std::string_view word) {
        is_huge = is_huge || word == "huge";
        if (word.starts_with(size_key))
            page_size = parse_integer<std::uint64_t>(word.substr(size_key.size())).value_or(0) * KiB;
        const auto sign = word.find('=');
        if (!word.starts_with('N') || sign == std::string_view::npos) return;
        if (const auto node = parse_integer<unsigned>(word.substr(1, sign - 1)))
            pages[*node] += parse_integer<std::uint64_t>(word.substr(sign + 1)).value_or(0);
    });
    if (!is_huge) return;
    for (const auto& [node, count] : pages)
        bytes[node] += count * page_size;
}
} // namespace

Result<std::map<unsigned, std::uint64_t>> huge_pages_by_node(Host& host, const ProcessId& process) {
    const auto text = TRY(host.read_if_present("/proc/" + std::to_string(process.pid) + "/numa_maps"));
    std::map<unsigned, std::uint64_t> bytes;
    if (text) split(*text, '\n', [&](std::string_view line) { add_mapping(line, bytes); });
    return bytes;
}

} // namespace hostlease

#include "host/pools.hpp"

#include "core/parse.hpp"
#include "core/units.hpp"

#include <algorithm>

namespace hostlease {

namespace {
constexpr std::string_view pool_prefix = "hugepages-";
constexpr const char* total_file = "nr_hugepages";
constexpr const char* surplus_file = "surplus_hugepages";

/// A counter of a pool, read from the file of this name.
Result<std::uint64_t> counter_in(const Result<std::string>& text, const std::string& directory,
                                 std::string_view name) {
    if (!text) return tl::unexpected(text.error());
    const auto number = parse_integer<std::uint64_t>(trim(*text));
    if (!number)
        return fail_io("not a number: '" + std::string(trim(*text)) + "'",
                       directory + "/" + std::string(name), 0);
    return *number;
}

/// A counter that a fake host may omit; then it is 0.
Result<std::uint64_t> lesser_counter_in(const Result<std::string>& text, const std::string& directory,
                                        std::string_view name) {
    if (!text && is_missing(text.error())) return 0;
    return counter_in(text, directory, name);
}

Result<std::uint64_t> read_counter(Host& host, const std::string& directory, const std::string& name) {
    return counter_in(host.read(directory + "/" + name), directory, name);
}

Result<std::uint64_t> read_lesser_counter(Host& host, const std::string& directory, const std::string& name) {
    return lesser_counter_in(host.read(directory + "/" + name), directory, name);
}

Result<std::uint64_t> persistent_pages(const std::string& directory, const Result<std::string>& total,
                                       const Result<std::string>& surplus) {
    const auto pages = TRY(counter_in(total, directory, total_file));
    return pages - std::min(pages, TRY(lesser_counter_in(surplus, directory, surplus_file)));
}
} // namespace

Result<PoolFacts> read_pool(Host& host, const std::string& directory, PoolId id) {
    return PoolFacts{id, TRY(read_counter(host, directory, total_file)),
                     TRY(read_lesser_counter(host, directory, "free_hugepages")),
                     TRY(read_lesser_counter(host, directory, surplus_file))};
}

Result<std::uint64_t> read_persistent_pages(Host& host, const std::string& directory) {
    return persistent_pages(directory, host.read(directory + "/" + total_file),
                            host.read(directory + "/" + surplus_file));
}

PoolWrite set_persistent_pages(Host& host, const std::string& directory, std::uint64_t pages) {
    const auto done = host.write_and_read(directory + "/" + total_file, std::to_string(pages),
                                          {directory + "/" + surplus_file});
    return {done.written, persistent_pages(directory, done.texts[0], done.texts[1])};
}

Status read_pools(Host& host, const std::string& directory, unsigned node, HostFacts& facts) {
    for (const auto& name : TRY(host.list_if_present(directory))) {
        if (!name.starts_with(pool_prefix) || !name.ends_with("kB")) continue;
        const auto size = parse_integer<std::uint64_t>(
            std::string_view(name).substr(pool_prefix.size(), name.size() - pool_prefix.size() - 2));
        if (!size) continue;
        const PoolId id{node, *size * KiB};
        facts.pools.push_back(TRY(read_pool(host, directory + "/" + name, id)));
        if (!facts.reserved_pages.contains(id.page_size))
            facts.reserved_pages[id.page_size] = TRY(read_reserved_pages(host, id.page_size));
    }
    return {};
}

namespace {
std::string directory_of_all(std::uint64_t page_size) {
    return "/sys/kernel/mm/hugepages/hugepages-" + std::to_string(page_size / KiB) + "kB";
}
} // namespace

Result<std::uint64_t> read_reserved_pages(Host& host, std::uint64_t page_size) {
    return read_lesser_counter(host, directory_of_all(page_size), "resv_hugepages");
}

Result<std::uint64_t> read_free_pages(Host& host, std::uint64_t page_size) {
    return read_lesser_counter(host, directory_of_all(page_size), "free_hugepages");
}

} // namespace hostlease

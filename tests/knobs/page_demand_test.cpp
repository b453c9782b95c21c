#include "knobs/parts/page_demand.hpp"

#include "support/builders.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
struct Asked {
    std::vector<PageDemand> demands;
    Diagnostics notes;
};

Asked asked(const Domain& domain, std::uint64_t default_page_size = 2 * MiB) {
    Scene scene{domain, policy_with({}), host_with_nodes(2)};
    scene.facts.default_page_size = default_page_size;
    Asked result;
    result.demands = page_demands(scene.input(), result.notes);
    return result;
}

/// The demands as text; requires that there are no notes.
std::string demands_of(const Domain& domain, std::uint64_t default_page_size = 2 * MiB) {
    const auto result = asked(domain, default_page_size);
    return result.notes.text() + text_of(result.demands);
}

Domain with_page(Domain domain, std::uint64_t size, NodeSet cells) {
    domain.backing.hugepages = true;
    domain.backing.pages.push_back({.size = size, .guest_cells = std::move(cells)});
    return domain;
}

Domain on_default_pages(Domain domain) {
    domain.backing.hugepages = true;
    return domain;
}

Domain with_arch(Domain domain, const std::string& arch) {
    domain.arch = arch;
    return domain;
}

Domain with_source(Domain domain, const char* source) {
    domain.backing.source = source;
    return domain;
}

Domain with_numa_memory(Domain domain, NumaMode mode, NodeSet nodes) {
    domain.numa_memory = NumaMemory{.mode = mode, .nodes = std::move(nodes)};
    return domain;
}

Domain with_numad(Domain domain) {
    domain.numa_memory = NumaMemory{.automatic = true};
    return domain;
}

Domain with_memnode(Domain domain, unsigned cell, NumaMode mode, NodeSet nodes) {
    domain.numa_cells.push_back({.cell = cell, .mode = mode, .nodes = std::move(nodes)});
    return domain;
}

const Domain one_cell = with_cells(domain_with_memory(0), {GiB});
const Domain two_cells = with_cells(domain_with_memory(0), {GiB, 2 * GiB});
} // namespace

TEST_CASE(
    "memory and cells are aligned to 1 MiB and memory devices to 2 MiB, as libvirt does after prepare") {
    auto domain = with_hugepages(with_cells(domain_with_memory(0), {33300 * KiB}), 2 * MiB);
    add_device(domain, "dimm", 17000 * KiB);
    const auto demands = asked(domain).demands;
    REQUIRE(demands.size() == 2);
    CHECK(demands[0].memory == 33792 * KiB);
    CHECK(demands[0].pages == 17);
    CHECK(demands[1].memory == 18432 * KiB);
    CHECK(demands[1].pages == 9);
    const auto whole = asked(with_hugepages(domain_with_memory(33300 * KiB), 2 * MiB)).demands;
    REQUIRE(whole.size() == 1);
    CHECK(whole[0].memory == 33792 * KiB);
}

TEST_CASE("ppc64 aligns everything to 256 MiB") {
    for (const std::string arch : {"ppc64", "ppc64le"}) {
        CAPTURE(arch);
        auto domain = with_hugepages(with_cells(domain_with_memory(0), {300 * MiB}), 16 * MiB);
        add_device(domain, "dimm", 100 * MiB);
        CHECK(demands_of(with_arch(domain, arch)) == "guest NUMA cell 0: 32 x 16 MiB from anywhere\n"
                                                     "dimm on line 40: 16 x 16 MiB from anywhere\n");
    }
    CHECK(demands_of(with_arch(with_hugepages(domain_with_memory(300 * MiB), 2 * MiB), "aarch64")) ==
          "memory: 150 x 2 MiB from anywhere\n");
}

TEST_CASE("pages are rounded up for each block and not for the sum") {
    CHECK(text_of(asked(with_hugepages(domain_with_memory(65 * MiB), 2 * MiB)).demands) ==
          "memory: 33 x 2 MiB from anywhere\n");
    CHECK(text_of(asked(with_hugepages(with_cells(domain_with_memory(0), {65 * MiB, 65 * MiB}), 2 * MiB))
                      .demands) ==
          "guest NUMA cell 0: 33 x 2 MiB from anywhere\nguest NUMA cell 1: 33 x 2 MiB from anywhere\n");
}

TEST_CASE("the page size of a block is libvirt's choice among the <page> elements") {
    struct Case {
        std::string what;
        Domain domain;
        std::string text;
    };
    for (const auto& [what, domain, text] :
         {Case{"no hugepages", one_cell, ""},
          Case{"bare <hugepages/>", on_default_pages(one_cell),
               "guest NUMA cell 0: 512 x 2 MiB from anywhere\n"},
          Case{"one page for all", with_hugepages(two_cells, GiB),
               "guest NUMA cell 0: 1 x 1 GiB from anywhere\nguest NUMA cell 1: 2 x 1 GiB from anywhere\n"},
          Case{"a page without a size", with_hugepages(one_cell, 0),
               "guest NUMA cell 0: 512 x 2 MiB from anywhere\n"},
          Case{"a page for each cell", with_page(with_page(two_cells, 2 * MiB, {0}), GiB, {1}),
               "guest NUMA cell 0: 512 x 2 MiB from anywhere\nguest NUMA cell 1: 2 x 1 GiB from anywhere\n"},
          Case{"the cell's page before the general one, in any order",
               with_hugepages(with_page(two_cells, GiB, {1}), 2 * MiB),
               "guest NUMA cell 0: 512 x 2 MiB from anywhere\nguest NUMA cell 1: 2 x 1 GiB from anywhere\n"},
          Case{"the general one written first", with_page(with_hugepages(two_cells, 2 * MiB), GiB, {1}),
               "guest NUMA cell 0: 512 x 2 MiB from anywhere\nguest NUMA cell 1: 2 x 1 GiB from anywhere\n"},
          Case{"a cell that no page names stays on ordinary pages", with_page(two_cells, GiB, {0}),
               "guest NUMA cell 0: 1 x 1 GiB from anywhere\n"},
          Case{"one page for several cells", with_page(two_cells, 2 * MiB, {0, 1}),
               "guest NUMA cell 0: 512 x 2 MiB from anywhere\nguest NUMA cell 1: 1024 x 2 MiB from "
               "anywhere\n"},
          Case{"without cells nodeset 0 means everything", with_page(domain_with_memory(GiB), 2 * MiB, {0}),
               "memory: 512 x 2 MiB from anywhere\n"},
          Case{"without cells another nodeset names nothing",
               with_page(domain_with_memory(GiB), 2 * MiB, {1}), ""},
          Case{"4 KiB pages are no huge pages", with_hugepages(two_cells, 4 * KiB), ""},
          Case{"4 KiB pages for one cell", with_page(with_hugepages(two_cells, 2 * MiB), 4 * KiB, {0}),
               "guest NUMA cell 1: 1024 x 2 MiB from anywhere\n"},
          Case{"64 KiB pages are", with_hugepages(with_arch(one_cell, "aarch64"), 64 * KiB),
               "guest NUMA cell 0: 16384 x 64 KiB from anywhere\n"},
          Case{"a cell without memory asks for nothing",
               with_hugepages(with_cells(domain_with_memory(0), {GiB, 0}), GiB),
               "guest NUMA cell 0: 1 x 1 GiB from anywhere\n"}}) {
        CAPTURE(what);
        CHECK(demands_of(domain) == text);
    }
}

TEST_CASE("the default page size is the host's, and its absence an error only if it is needed") {
    CHECK(demands_of(on_default_pages(one_cell), GiB) == "guest NUMA cell 0: 1 x 1 GiB from anywhere\n");
    CHECK(demands_of(with_hugepages(one_cell, 2 * MiB), 0) ==
          "guest NUMA cell 0: 512 x 2 MiB from anywhere\n");
    CHECK(demands_of(one_cell, 0).empty());
    for (const auto& domain : {on_default_pages(one_cell), with_hugepages(one_cell, 0),
                               with_page(with_hugepages(two_cells, 2 * MiB), 0, {1})}) {
        const auto result = asked(domain, 0);
        CHECK(result.demands.empty());
        CHECK(result.notes.text() ==
              "error: the domain asks for the host's default huge page size, but /proc/meminfo names none\n"
              "  hint: name the size: <hugepages><page size='2' unit='MiB'/></hugepages>\n");
    }
}

TEST_CASE("a dimm takes pages of its own size, else those of its guest NUMA cell") {
    const auto with_dimm = [](Domain domain, unsigned cell, std::optional<std::uint64_t> page_size) {
        auto& device = add_device(domain, "dimm", GiB);
        device.target_cell = cell;
        device.source_page_size = page_size;
        return domain;
    };
    const Domain base = with_page(two_cells, GiB, {1});
    CHECK(demands_of(with_dimm(base, 1, {})) ==
          "guest NUMA cell 1: 2 x 1 GiB from anywhere\ndimm on line 40: 1 x 1 GiB from anywhere\n");
    CHECK(demands_of(with_dimm(base, 0, {})) == "guest NUMA cell 1: 2 x 1 GiB from anywhere\n");
    CHECK(demands_of(with_dimm(base, 0, 2 * MiB)) ==
          "guest NUMA cell 1: 2 x 1 GiB from anywhere\ndimm on line 40: 512 x 2 MiB from anywhere\n");
    CHECK(demands_of(with_dimm(base, 1, 4 * KiB)) == "guest NUMA cell 1: 2 x 1 GiB from anywhere\n");
    CHECK(demands_of(with_dimm(two_cells, 1, 2 * MiB)) == "dimm on line 40: 512 x 2 MiB from anywhere\n");
}

TEST_CASE("a memory device's own nodes come before those of its cell") {
    auto domain = with_memnode(with_hugepages(one_cell, GiB), 0, NumaMode::strict, {0});
    add_device(domain, "dimm", GiB, 40);
    add_device(domain, "dimm", GiB, 50).source_nodes = NodeSet{1};
    CHECK(demands_of(domain) == "guest NUMA cell 0: 1 x 1 GiB bound to 0\n"
                                "dimm on line 40: 1 x 1 GiB bound to 0\n"
                                "dimm on line 50: 1 x 1 GiB bound to 1\n");
}

TEST_CASE("without cells, the memory is the total without devices") {
    auto domain = with_hugepages(domain_with_memory(GiB), 2 * MiB);
    add_device(domain, "nvdimm", 256 * MiB).target_cell.reset();
    CHECK(domain.memory == GiB + 256 * MiB);
    CHECK(demands_of(domain) == "memory: 512 x 2 MiB from anywhere\n");
    domain.memory = 100 * MiB; // less than its devices: no memory of its own
    CHECK(demands_of(domain).empty());
}

TEST_CASE("virtio-mem takes the requested size, aligned; nothing if nothing is requested") {
    auto domain = with_hugepages(one_cell, 2 * MiB);
    auto& device = add_device(domain, "virtio-mem", 256 * MiB);
    const std::string cell = "guest NUMA cell 0: 512 x 2 MiB from anywhere\n";
    CHECK(demands_of(domain) == cell);
    domain.memory_devices.front().requested = 0;
    CHECK(demands_of(domain) == cell);
    domain.memory_devices.front().requested = 65 * MiB;
    CHECK(demands_of(domain) == cell + "virtio-mem on line 40: 33 x 2 MiB from anywhere\n");
    device.source_page_size = GiB;
    device.requested = GiB;
    CHECK(demands_of(domain) == cell + "virtio-mem on line 40: 1 x 1 GiB from anywhere\n");
}

TEST_CASE("devices with a file of their own take no pages") {
    for (const std::string model : {"nvdimm", "virtio-pmem", "sgx-epc", "a-model-of-the-future"}) {
        CAPTURE(model);
        auto domain = with_hugepages(one_cell, 2 * MiB);
        auto& device = add_device(domain, model, 256 * MiB);
        device.requested = 256 * MiB;
        device.source_page_size = 2 * MiB;
        CHECK(demands_of(domain) == "guest NUMA cell 0: 512 x 2 MiB from anywhere\n");
    }
}

TEST_CASE("a block smaller than its page is an error, and the others still count") {
    const auto result = asked(with_hugepages(with_cells(domain_with_memory(0), {512 * MiB, 2 * GiB}), GiB));
    CHECK(text_of(result.demands) == "guest NUMA cell 1: 2 x 1 GiB from anywhere\n");
    CHECK(result.notes.text() ==
          "error: guest NUMA cell 0 of 512 MiB is smaller than its huge page of 1 GiB\n"
          "  hint: QEMU refuses this: use a smaller page size in <hugepages>, or assign more memory\n");
}

TEST_CASE("a size that is not a multiple of its page is noted, whatever backs and binds it") {
    const Domain odd = with_hugepages(with_cells(domain_with_memory(0), {65 * MiB}), 2 * MiB);
    for (const auto& domain :
         {odd, with_source(odd, "memfd"), with_numa_memory(odd, NumaMode::strict, {0}), with_numad(odd)}) {
        const auto result = asked(domain);
        REQUIRE(result.demands.size() == 1);
        CHECK(result.demands[0].pages == 33);
        CHECK(result.notes.text().find(
                  "guest NUMA cell 0 of 65 MiB is not a multiple of its page size 2 MiB") !=
              std::string::npos);
        CHECK_FALSE(result.notes.has_errors());
    }
    CHECK(demands_of(with_source(with_hugepages(one_cell, 2 * MiB), "memfd")) ==
          "guest NUMA cell 0: 512 x 2 MiB from anywhere\n");
}

TEST_CASE("the mode of numatune says how the nodes are used") {
    struct Case {
        NumaMode mode;
        std::string text;
    };
    for (const auto& [mode, text] :
         {Case{NumaMode::strict, "bound to 0-1"}, Case{NumaMode::restrictive, "bound to 0-1"},
          Case{NumaMode::interleave, "spread over 0-1"}, Case{NumaMode::preferred, "preferably from 0-1"}}) {
        CAPTURE(text);
        const std::string rest = std::string(": 1 x 1 GiB ") + text + "\n";
        CHECK(demands_of(with_numa_memory(with_hugepages(one_cell, GiB), mode, {0, 1})) ==
              "guest NUMA cell 0" + rest);
        CHECK(demands_of(with_memnode(with_hugepages(one_cell, GiB), 0, mode, {0, 1})) ==
              "guest NUMA cell 0" + rest);
        CHECK(demands_of(with_numa_memory(with_hugepages(domain_with_memory(GiB), GiB), mode, {0, 1})) ==
              "memory" + rest);
    }
}

TEST_CASE("nodes and mode follow libvirt's precedence: device, numad, the cell's memnode, numatune's memory, "
          "none") {
    const Domain base = with_hugepages(two_cells, GiB);
    const Domain both =
        with_memnode(with_numa_memory(base, NumaMode::interleave, {0, 1}), 1, NumaMode::strict, {1});
    CHECK(demands_of(base) ==
          "guest NUMA cell 0: 1 x 1 GiB from anywhere\nguest NUMA cell 1: 2 x 1 GiB from anywhere\n");
    CHECK(demands_of(both) ==
          "guest NUMA cell 0: 1 x 1 GiB spread over 0-1\nguest NUMA cell 1: 2 x 1 GiB bound to 1\n");
    CHECK(demands_of(with_memnode(base, 1, NumaMode::preferred, {0})) ==
          "guest NUMA cell 0: 1 x 1 GiB from anywhere\nguest NUMA cell 1: 2 x 1 GiB preferably from 0\n");

    auto device = both;
    auto& dimm = add_device(device, "dimm", GiB);
    dimm.source_nodes = NodeSet{0};
    CHECK(demands_of(device) == demands_of(both) + "dimm on line 40: 1 x 1 GiB spread over 0\n");
    dimm.target_cell = 1;
    CHECK(demands_of(device) == demands_of(both) + "dimm on line 40: 1 x 1 GiB bound to 0\n");
    dimm.source_nodes.reset();
    CHECK(demands_of(device) == demands_of(both) + "dimm on line 40: 1 x 1 GiB bound to 1\n");
}

TEST_CASE("with numad, only a device's own nodes are known, and that is noted") {
    auto domain = with_memnode(with_numad(with_hugepages(two_cells, GiB)), 1, NumaMode::strict, {1});
    add_device(domain, "dimm", GiB).source_nodes = NodeSet{1};
    const auto result = asked(domain);
    CHECK(text_of(result.demands) == "guest NUMA cell 0: 1 x 1 GiB from anywhere\n"
                                     "guest NUMA cell 1: 2 x 1 GiB from anywhere\n"
                                     "dimm on line 40: 1 x 1 GiB bound to 1\n");
    CHECK(result.notes.text() ==
          "warning: numad chooses the domain's NUMA nodes, but only after hostlease has reserved the pages\n"
          "  hint: hostlease reserves pages near the pinned CPUs, otherwise on any node; set <memory "
          "nodeset=...> to choose\n");
    CHECK(asked(with_numad(one_cell)).notes.all().empty());
}

TEST_CASE("pages are counted for memory that an argument for QEMU replaces, and that is noted") {
    auto domain = with_hugepages(domain_with_memory(GiB), 2 * MiB);
    domain.qemu_arguments = {{"-cpu", "host", 30}, {"-m", "4G", 32}};
    const auto result = asked(domain);
    CHECK(text_of(result.demands) == "memory: 512 x 2 MiB from anywhere\n");
    CHECK(result.notes.text().find("-m of <qemu:commandline> (line 32 of the domain's XML)") !=
          std::string::npos);
    CHECK(result.notes.text().find("-cpu") == std::string::npos);
}

TEST_CASE("all of the memory is in pages, however little of it the guest starts with") {
    auto domain = with_hugepages(domain_with_memory(6128 * MiB), 2 * MiB);
    domain.current_memory = 4 * GiB;
    CHECK(demands_of(domain) == "memory: 3064 x 2 MiB from anywhere\n");
}

TEST_CASE("s390x has huge pages of 1 MiB") {
    CHECK(demands_of(with_arch(with_hugepages(domain_with_memory(9194304 * KiB), MiB), "s390x"), MiB) ==
          "memory: 8979 x 1 MiB from anywhere\n");
}

#include "knobs/parts/combine.hpp"
#include "knobs/parts/neighbours.hpp"
#include "knobs/parts/single_file.hpp"

namespace hostlease {

namespace {
constexpr std::string_view words[] = {"always", "madvise", "never"};
constexpr SingleFile memory_transparent_hugepages{
    .key = {.key = "memory.transparent_hugepages",
            .words = words,
            .summary = "transparent huge pages of the host; VMs with reserved huge pages do not use them",
            .example = "\"never\""},
    .baseline_text = "always [madvise] never",
    .path = "/sys/kernel/mm/transparent_hugepage/enabled",
    .combine = oldest_stays,
    .source = "Documentation/admin-guide/mm/transhuge.rst, 6.1; the word in brackets is in force",
    .neighbours = neighbours_of_file,
};
} // namespace

extern constinit const Knob knob_memory_transparent_hugepages =
    SingleFileKnob<memory_transparent_hugepages>::knob;

} // namespace hostlease

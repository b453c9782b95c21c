#include "knobs/parts/combine.hpp"
#include "knobs/parts/single_file.hpp"

namespace hostlease {

namespace {
constexpr std::string_view words[] = {"always", "defer", "defer+madvise", "madvise", "never"};
constexpr SingleFile memory_defrag{
    .key = {.key = "memory.defrag",
            .words = words,
            .summary = "how hard a page fault tries to get a transparent huge page",
            .example = "\"never\""},
    .baseline_text = "always defer defer+madvise [madvise] never",
    .path = "/sys/kernel/mm/transparent_hugepage/defrag",
    .combine = oldest_stays,
    .source = "Documentation/admin-guide/mm/transhuge.rst, 6.1; the word in brackets is in force",
};
} // namespace

extern constinit const Knob knob_memory_defrag = SingleFileKnob<memory_defrag>::knob;

} // namespace hostlease

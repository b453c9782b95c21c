#include "knobs/combine.hpp"
#include "knobs/single_file.hpp"

namespace hostlease {

namespace {
constexpr std::string_view words[] = {"always", "defer", "defer+madvise", "madvise", "never"};
constexpr SingleFile memory_defrag{
    .key = {.key = "memory.defrag",
            .words = words,
            .summary = "how hard a page fault tries for a transparent huge page",
            .example = "\"never\""},
    .path = "/sys/kernel/mm/transparent_hugepage/defrag",
    .combine = combine_must_agree,
    .combining = "the oldest VM's value stays; a different one of a younger VM is a conflict",
    .source = "Documentation/admin-guide/mm/transhuge.rst, 6.1; the word in brackets is in force",
};
} // namespace

extern constinit const Knob knob_memory_defrag = SingleFileKnob<memory_defrag>::knob;

} // namespace hostlease

#include "knobs/combine.hpp"
#include "knobs/neighbours.hpp"
#include "knobs/single_file.hpp"

namespace hostlease {

namespace {
constexpr std::string_view words[] = {"always", "madvise", "never"};
constexpr SingleFile memory_transparent_hugepages{
    .key = {.key = "memory.transparent_hugepages",
            .words = words,
            .summary = "transparent huge pages of the host; guests on huge pages do not use them",
            .example = "\"never\""},
    .path = "/sys/kernel/mm/transparent_hugepage/enabled",
    .combine = combine_must_agree,
    .combining = "the oldest VM's value stays; a different one of a younger VM is a conflict",
    .source = "Documentation/admin-guide/mm/transhuge.rst, 6.1; the word in brackets is in force",
    .neighbours = neighbours_of_file,
};
} // namespace

extern constinit const Knob knob_memory_transparent_hugepages = SingleFileKnob<memory_transparent_hugepages>::knob;

} // namespace hostlease

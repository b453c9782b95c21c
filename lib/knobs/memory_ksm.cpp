#include "knobs/combine.hpp"
#include "knobs/single_file.hpp"

namespace hostlease {

namespace {
constexpr std::string_view words[] = {"off", "on"};
constexpr KernelWord kernel_words[] = {{"off", "0"}, {"on", "1"}};

Combined combine(std::string_view, std::span<const std::string> claims) { return combine_word_wins("0", claims); }

constexpr SingleFile memory_ksm{
    .key = {.key = "memory.ksm", .words = words, .summary = "same-page merging on the whole host", .example = "\"off\""},
    .path = "/sys/kernel/mm/ksm/run",
    .combine = combine,
    .combining = "off as long as any VM asks for that",
    .source =
        "Documentation/admin-guide/mm/ksm.rst, 6.1: 0 stops, 1 runs; 2 would unmerge everything at once and is never written",
    .words = kernel_words,
};
} // namespace

extern constinit const Knob knob_memory_ksm = SingleFileKnob<memory_ksm>::knob;

} // namespace hostlease

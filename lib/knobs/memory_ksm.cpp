#include "knobs/parts/combine.hpp"
#include "knobs/parts/single_file.hpp"

namespace hostlease {

namespace {
constexpr std::string_view words[] = {"off", "on"};
constexpr KernelWord kernel_words[] = {{"off", "0"}, {"on", "1"}};

/// 2 is a command, and the file continues to show it: KSM was stopped and all pages were unmerged. The state
/// that results is KSM stopped.
std::string_view state_of(std::string_view found) { return found == "2" ? "0" : found; }

constexpr SingleFile memory_ksm{
    .key = {.key = "memory.ksm",
            .words = words,
            .summary = "kernel same-page merging (KSM) on the whole host",
            .example = "\"off\""},
    .baseline_text = "1",
    .path = "/sys/kernel/mm/ksm/run",
    .combine = off_wins,
    .source = "Documentation/admin-guide/mm/ksm.rst and run_store in mm/ksm.c, 6.1: 0 stops, 1 runs; 2 "
              "would unmerge everything at once and is never written",
    .words = kernel_words,
    .state_of = state_of,
};
} // namespace

extern constinit const Knob knob_memory_ksm = SingleFileKnob<memory_ksm>::knob;

} // namespace hostlease

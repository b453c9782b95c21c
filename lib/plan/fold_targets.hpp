// Many targets of one knob as one line: what differs in the CPU only is said once.
#pragma once

#include "core/diagnostic.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace hostlease {

/// What a row of a text says of one target.
struct TargetRow {
    std::vector<std::string> cells; // all but the path
    std::string target;
    std::string path;
};

/// What one row says of one or more targets.
struct FoldedRow {
    std::vector<std::string> cells;
    std::string path;
    std::size_t targets = 0;
    bool names_cpus = false; // the last cell had other CPUs for each of the targets

    bool operator==(const FoldedRow&) const = default;
};

/// One row for targets whose paths differ in the target's number or name alone, and of which all else is the
/// same: ".../policy{6-11,18-23}/scaling_governor", "/proc/4711/task/{4713-4716}"; of names the first few.
/// Where the target is a CPU or a vCPU ("cpu6", "policy6", "vcpu6"), the CPUs that the cells speak of ("CPU
/// 6", "vCPU 0") may differ as well, and become one list. The CPUs of a vCPU's cgroup, which are its whole
/// value, become a list in braces; any other value that differs is another row. A row stands where the first
/// of its targets stood; rows whose paths differ in the number alone are in the order of their numbers.
std::vector<FoldedRow> fold_targets(const std::vector<TargetRow>& rows);

/// A text of those that may become one where their keys are equal.
struct KeyedText {
    std::string key;
    std::string text;
};

struct FoldedText {
    std::string text;
    std::vector<std::size_t> members; // indices of the texts that it is for, in their order
};

/// One for texts that are the same but for their CPU, thread, interrupt or cpufreq policy, where the first of
/// them stood: "cpu{4-7} has no governor 'x'".
std::vector<FoldedText> fold_texts(const std::vector<KeyedText>& texts);

/// One for those that are the same but for their CPU, thread, interrupt or cpufreq policy, with a list, and
/// one for those that are the same but for their line, with the lines. Places, severities and hints that
/// differ otherwise keep them apart.
std::vector<Diagnostic> fold_notes(const std::vector<Diagnostic>& notes);

/// As `Diagnostics::text`, folded like this.
std::string folded_text(const Diagnostics& diagnostics);

/// "a, b, c and 253 more"
std::string first_few(const std::vector<std::string>& names);

} // namespace hostlease

// Folds many targets of one knob that differ only in the CPU into one line.
#pragma once

#include "core/diagnostic.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace hostlease {

/// The row of one target.
struct TargetRow {
    std::vector<std::string> cells; // all cells except the path
    std::string target;
    std::string path;
};

/// The row of one or more targets.
struct FoldedRow {
    std::vector<std::string> cells;
    std::string path;
    std::size_t targets = 0;
    bool names_cpus = false; // the last cell had different CPUs for each target

    bool operator==(const FoldedRow&) const = default;
};

/// Folds targets whose paths differ only in the target's number or name, and whose other data are equal, into
/// one row: ".../policy{6-11,18-23}/scaling_governor", "/proc/4711/task/{4713-4716}"; long lists of names are
/// cut. If the target is a CPU or a vCPU ("cpu6", "policy6", "vcpu6"), the CPUs in the cells ("CPU 6", "vCPU
/// 0") may differ as well, and become one list. If a value consists of the CPUs of a vCPU's cgroup, these
/// become a list in braces; targets with other differing values get rows of their own. A row takes the place
/// of its first target; rows whose paths differ only in the number are sorted by it.
std::vector<FoldedRow> fold_targets(const std::vector<TargetRow>& rows);

/// A text with a key; only texts with equal keys may be folded.
struct KeyedText {
    std::string key;
    std::string text;
};

struct FoldedText {
    std::string text;
    std::vector<std::size_t> members; // indexes of the folded texts, in their order
};

/// Folds texts that differ only in their CPU, thread, interrupt or cpufreq policy; the result takes the place
/// of the first: "cpu{4-7} has no governor 'x'".
std::vector<FoldedText> fold_texts(const std::vector<KeyedText>& texts);

/// Folds notes that differ only in their CPU, thread, interrupt or cpufreq policy into one with a list, and
/// notes that differ only in their line into one with all lines. Other differences in position, severity or
/// hint keep notes apart.
std::vector<Diagnostic> fold_notes(const std::vector<Diagnostic>& notes);

/// Like `Diagnostics::text`, with folded notes.
std::string folded_text(const Diagnostics& diagnostics);

/// "a, b, c and 253 more"
std::string first_few(const std::vector<std::string>& names);

} // namespace hostlease

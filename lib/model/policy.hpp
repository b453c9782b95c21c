// A policy: an admin's settings for a domain, each with its place in the file.
#pragma once

#include "core/cpu_set.hpp"
#include "core/diagnostic.hpp"
#include "model/report_target.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hostlease {

inline constexpr const char* admin_policies = "/etc/hostlease";
inline constexpr const char* shipped_policies = "/usr/share/hostlease/policies";

enum class Enforce { best_effort, required };

enum class Phase { plan, prepare, start, started };

std::string_view to_text(Enforce enforce);
/// The severity of a wanted value that the host cannot provide: an error refuses the start.
constexpr Severity severity_of(Enforce enforce) {
    return enforce == Enforce::required ? Severity::error : Severity::warning;
}
std::string_view to_text(Phase phase);

/// The longest time for one call from libvirt. libvirt waits for its hook without a limit and blocks the
/// whole host meanwhile.
inline constexpr std::chrono::seconds longest_call{60};

struct Bytes {
    std::uint64_t count = 0;
    bool operator==(const Bytes&) const = default;
};

/// The kinds of TOML value that a key accepts besides its words; a bit mask.
enum ValueKinds : unsigned {
    words_only = 0,
    a_boolean = 1,     // bool
    an_integer = 2,    // std::int64_t within minimum..maximum
    a_size = 4,        // Bytes, "1GiB"
    a_time = 8,        // std::chrono::microseconds, "20s"
    a_cpu_list = 16,   // CpuSet, "4-7,^5"
    a_node_list = 32,  // NodeSet, from an array of integers
    a_name = 64,       // std::string, any non-empty word without blanks
    a_frequency = 128, // std::int64_t in kHz, "3.2GHz", "800MHz", "800000kHz"
    a_scheduling = 256 // std::string, "fifo:1" to "fifo:99", "rr:1" to "rr:99"
};

/// A key of the policy language. The reader validates values with it; tests compare it with `policy show` and
/// the reference.
struct KeySpec {
    std::string_view key; // "memory.swappiness"; "inhibit_sleep" has no table
    unsigned kinds = words_only;
    std::span<const std::string_view> words = {}; // also accepted; "leave" always is
    std::int64_t minimum = 0;
    std::int64_t maximum = 0;
    std::chrono::microseconds longest = {}; // the limit of a time; zero: the knob's own limit
    std::string_view default_text = {};     // the default; "": not touched
    std::string_view summary = {};
    std::string_view example = {}; // TOML of a value with an effect, for the contract tests
};

/// Words arrive as std::string. "leave" arrives as the word "leave".
using SettingValue = std::variant<bool, std::int64_t, Bytes, std::chrono::microseconds, CpuSet, std::string>;

struct Setting {
    SettingValue value;
    std::string text; // as the user wrote it, for messages and `policy show`
    SourcePosition position;

    /// The word or number as a kernel file accepts it; "" for other kinds.
    [[nodiscard]] std::string plain() const;
    bool operator==(const Setting&) const = default;
};

/// A [[sysfs]] entry.
struct SysfsEntry {
    std::string path;
    std::string value;
    Enforce enforce = Enforce::best_effort;
    SourcePosition position;
    bool operator==(const SysfsEntry&) const = default;
};

/// A [[command]] entry. No shell interprets the words; the first of `run` and of `undo` is an absolute path.
struct CommandEntry {
    Phase at = Phase::start; // prepare, start or started
    std::vector<std::string> run;
    std::vector<std::string> undo;                                 // empty: nothing to undo
    std::chrono::microseconds deadline = std::chrono::seconds(10); // of each of run and undo
    Enforce enforce = Enforce::best_effort;
    SourcePosition position;
    bool operator==(const CommandEntry&) const = default;
};

/// A word of audit.ignore: the id of a rule that `hostlease audit` skips.
struct IgnoredRule {
    std::string id;
    SourcePosition position;
    bool operator==(const IgnoredRule&) const = default;
};

struct Match {
    std::vector<std::string> domains; // shell globs; if uuids is empty too: the file's stem
    std::vector<std::string> uuids;
    std::int64_t priority = 0;
    SourcePosition position;
    bool operator==(const Match&) const = default;
};

struct Policy {
    std::string name; // the file's stem
    std::string file;
    std::string extends; // "" if it extends nothing
    SourcePosition extends_position;
    Match match;
    std::map<std::string, Setting, std::less<>>
        settings; // by full key; after `extends`, the effective settings
    std::map<std::string, Enforce, std::less<>> enforce; // by table, if written
    std::vector<SysfsEntry> sysfs;
    std::vector<CommandEntry> commands;
    std::optional<std::vector<IgnoredRule>> audit_ignore; // nullopt: not written
    std::vector<ReportTarget> report;

    /// Whether it only has settings for audits and reports; a domain with such a policy holds no lease.
    [[nodiscard]] bool leases_nothing() const;
    /// The setting of `key`; nullptr if it is absent or "leave".
    [[nodiscard]] const Setting* find(std::string_view key) const;
    /// The value of `key` as T; `fallback` if it is absent, "leave" or of another kind.
    template <typename T>
    [[nodiscard]] T get(std::string_view key, T fallback) const {
        const Setting* setting = find(key);
        if (setting == nullptr) return fallback;
        const T* value = std::get_if<T>(&setting->value);
        return value != nullptr ? *value : fallback;
    }
    /// Whether `key` is "leave".
    [[nodiscard]] bool leaves(std::string_view key) const;
    /// How a failure of this table's keys is treated: as written, otherwise required for hugepages and
    /// best-effort elsewhere.
    [[nodiscard]] Enforce enforcement(std::string_view key) const;
    bool operator==(const Policy&) const = default;
};

} // namespace hostlease

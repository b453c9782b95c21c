// A policy: what an admin wants for a domain, each value with the place it was written at.
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

enum class Enforce { best_effort, required };

enum class Phase { plan, prepare, start, started };

std::string_view to_text(Enforce enforce);
std::string_view to_text(Phase phase);

/// How long one call of libvirt's takes at the most. libvirt itself waits for its hook without end, and the
/// whole host waits with it.
inline constexpr std::chrono::seconds longest_call{60};

struct Bytes {
    std::uint64_t count = 0;
    bool operator==(const Bytes&) const = default;
};

/// What kinds of TOML value a key takes, besides its words; a bit mask.
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

/// One key of the policy language. The reader validates by it, `policy show` and the reference are checked against it.
struct KeySpec {
    std::string_view key; // "memory.swappiness"; "inhibit_sleep" has no table
    unsigned kinds = words_only;
    std::span<const std::string_view> words = {}; // accepted besides; "leave" always is
    std::int64_t minimum = 0;
    std::int64_t maximum = 0;
    std::chrono::microseconds longest = {}; // of a time; zero: as long as the key's knob takes
    std::string_view default_text = {};     // what holds when the key is absent; "" = not touched
    std::string_view summary = {};
    std::string_view example = {}; // TOML of a value that does something; the contract tests try it
};

/// Words arrive as std::string. "leave" arrives as the word "leave".
using SettingValue = std::variant<bool, std::int64_t, Bytes, std::chrono::microseconds, CpuSet, std::string>;

struct Setting {
    SettingValue value;
    std::string text; // as the user wrote it, for messages and `policy show`
    SourcePosition position;

    /// The word or number itself, as a kernel file takes it; "" for the other kinds.
    [[nodiscard]] std::string plain() const;
    bool operator==(const Setting&) const = default;
};

/// One [[sysfs]] entry.
struct SysfsEntry {
    std::string path;
    std::string value;
    Enforce enforce = Enforce::best_effort;
    SourcePosition position;
    bool operator==(const SysfsEntry&) const = default;
};

/// One [[command]] entry. Words are not read by a shell; the first of `run` and of `undo` is an absolute path.
struct CommandEntry {
    Phase at = Phase::start; // prepare, start or started
    std::vector<std::string> run;
    std::vector<std::string> undo;                                 // empty: nothing to undo
    std::chrono::microseconds deadline = std::chrono::seconds(10); // of each of the two
    Enforce enforce = Enforce::best_effort;
    SourcePosition position;
    bool operator==(const CommandEntry&) const = default;
};

/// One word of audit.ignore: the id of a rule that `hostlease audit` leaves out.
struct IgnoredRule {
    std::string id;
    SourcePosition position;
    bool operator==(const IgnoredRule&) const = default;
};

struct Match {
    std::vector<std::string> domains; // shell globs; empty together with uuids: the file's stem
    std::vector<std::string> uuids;
    std::int64_t priority = 0;
    SourcePosition position;
    bool operator==(const Match&) const = default;
};

struct Policy {
    std::string name; // the file's stem
    std::string file;
    std::string extends; // "" when it extends nothing
    SourcePosition extends_position;
    Match match;
    std::map<std::string, Setting, std::less<>> settings; // by full key, after extends the effective ones
    std::map<std::string, Enforce, std::less<>> enforce;  // by table, where written
    std::vector<SysfsEntry> sysfs;
    std::vector<CommandEntry> commands;
    std::optional<std::vector<IgnoredRule>> audit_ignore; // nullopt: not written
    std::vector<ReportTarget> report;

    /// True when it speaks of nothing but audits and reports: a domain with such a policy holds no lease.
    [[nodiscard]] bool leases_nothing() const;
    /// The setting of `key`, or nullptr when it is absent or says "leave".
    [[nodiscard]] const Setting* find(std::string_view key) const;
    /// The value of `key` as T, or `fallback` when it is absent, says "leave" or is of another kind.
    template <typename T>
    [[nodiscard]] T get(std::string_view key, T fallback) const {
        const Setting* setting = find(key);
        if (setting == nullptr) return fallback;
        const T* value = std::get_if<T>(&setting->value);
        return value != nullptr ? *value : fallback;
    }
    /// True when `key` says "leave".
    [[nodiscard]] bool leaves(std::string_view key) const;
    /// What failing a key of this table means: as written, else required for hugepages and best-effort elsewhere.
    [[nodiscard]] Enforce enforcement(std::string_view key) const;
    bool operator==(const Policy&) const = default;
};

} // namespace hostlease

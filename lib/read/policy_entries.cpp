#include "read/policy_entries.hpp"

#include "core/foreign_text.hpp"
#include "core/parse.hpp"
#include "core/units.hpp"
#include "read/policy_names.hpp"
#include "read/policy_value.hpp"

#include <algorithm>
#include <array>

namespace hostlease {

namespace {
using namespace std::chrono_literals;

constexpr std::array<std::string_view, 3> sysfs_names{"path", "value", "enforce"};
constexpr std::array<std::string_view, 5> command_names{"at", "run", "undo", "deadline", "enforce"};
constexpr std::array<Phase, 3> command_phases{Phase::prepare, Phase::start, Phase::started};
constexpr std::size_t longest_text = 4096;
constexpr std::size_t most_words = 100;
/// A command's run and undo together must fit into one call by libvirt.
constexpr std::chrono::microseconds longest_deadline = 30s;

/// What is wrong with an absolute path; "" if nothing is.
std::string path_fault(std::string_view path) {
    if (path.size() > longest_text) return "is longer than 4096 characters";
    if (has_control_characters(path)) return "contains control characters";
    std::string fault;
    split(path.substr(1), '/', [&](std::string_view component) {
        if (component.empty()) fault = "has an empty component";
        if (component == "." || component == "..")
            fault = "contains a \"" + std::string(component) + "\" component";
    });
    return fault;
}

/// Why [[sysfs]] must not write to this path; "" if it may.
std::string sysfs_path_fault(std::string_view path) {
    if (!path.starts_with("/sys/") && !path.starts_with("/proc/sys/"))
        return "is not below /sys or /proc/sys";
    if (path.find('*') != std::string_view::npos) return "contains '*'";
    return path_fault(path);
}

/// The text that [[sysfs]] writes; integers and booleans become text that the kernel accepts.
std::optional<std::string> sysfs_value(const Value& node) {
    if (const auto* text = std::get_if<std::string>(&node.value)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&node.value)) return std::to_string(*number);
    if (const auto* truth = std::get_if<bool>(&node.value)) return *truth ? "1" : "0";
    return std::nullopt;
}

class EntryReader {
  public:
    EntryReader(std::span<const KeySpec> keys, Policy& policy, Diagnostics& diagnostics)
        : keys_(keys), policy_(policy), diagnostics_(diagnostics) {}

    void read(const ValueEntry& list) {
        const auto* elements = std::get_if<ValueArray>(&list.node.value);
        const std::string takes = list.key + " takes an array of tables, not ";
        if (elements == nullptr || elements->empty())
            return error(list.node.position,
                         takes + (elements != nullptr ? "an empty array" : table_kind(list.node)),
                         "write [[" + list.key + "]] " +
                             (list.key == "sysfs" ? "for each path and value" : "for each program to run"));
        for (const auto& element : *elements) {
            const auto* table = std::get_if<ValueTable>(&element.value);
            if (table == nullptr)
                error(element.position, takes + "one with " + std::string(element.kind()));
            else if (list.key == "sysfs")
                read_sysfs(element, *table);
            else
                read_command(element, *table);
        }
    }

  private:
    void error(const SourcePosition& position, std::string message, std::string hint = {}) {
        diagnostics_.error(position, std::move(message), std::move(hint));
    }

    void error(const Diagnostic& one) { error(one.position, one.message, one.hint); }

    void read_enforce(const Value& node, const std::string& key, Enforce& enforce) {
        if (const auto value = read_enforce_value(node, key))
            enforce = *value;
        else
            error(value.error());
    }

    // ---- [[sysfs]]

    void read_sysfs(const Value& element, const ValueTable& table) {
        SysfsEntry entry;
        for (const auto& inner : table) {
            if (inner.key == "path")
                read_sysfs_path(inner.node, entry);
            else if (inner.key == "value")
                read_sysfs_value(inner.node, entry);
            else if (inner.key == "enforce")
                read_enforce(inner.node, "sysfs.enforce", entry.enforce);
            else
                error(unknown_key(inner, "sysfs", sysfs_names, keys_));
        }
        if (element.find("path") == nullptr)
            error(element.position, "[[sysfs]] without a path", "add path = \"/sys/...\"");
        if (element.find("value") == nullptr)
            error(element.position, "[[sysfs]] without a value", "add value = \"...\"");
        if (!entry.path.empty()) policy_.sysfs.push_back(std::move(entry));
    }

    void read_sysfs_path(const Value& node, SysfsEntry& entry) {
        const auto* path = std::get_if<std::string>(&node.value);
        if (path == nullptr)
            return error(node.position, "sysfs.path takes a string, not " + std::string(node.kind()));
        if (const auto fault = sysfs_path_fault(*path); !fault.empty())
            return error(node.position, "sysfs.path " + found_text(node) + ' ' + fault,
                         "name a file below /sys or /proc/sys by its full path");
        const auto same = std::find_if(policy_.sysfs.begin(), policy_.sysfs.end(),
                                       [&](const SysfsEntry& other) { return other.path == *path; });
        if (same != policy_.sysfs.end())
            return error(node.position,
                         "sysfs.path " + found_text(node) + " is already written in line " +
                             std::to_string(same->position.line),
                         "keep only one of the two");
        entry.path = *path;
        entry.position = node.position;
    }

    void read_sysfs_value(const Value& node, SysfsEntry& entry) {
        auto text = sysfs_value(node);
        if (!text)
            return error(node.position, "sysfs.value takes a string, an integer or a boolean, not " +
                                            std::string(node.kind()));
        if (text->size() > longest_text)
            return error(node.position, "sysfs.value is longer than 4096 characters");
        if (has_control_characters(*text))
            return error(node.position, "sysfs.value " + found_text(node) + " contains control characters",
                         "write a single line; hostlease adds the line end");
        entry.value = std::move(*text);
    }

    // ---- [[command]]

    void read_command(const Value& element, const ValueTable& table) {
        CommandEntry entry;
        entry.position = element.position;
        for (const auto& inner : table) {
            if (inner.key == "at")
                read_at(inner.node, entry);
            else if (inner.key == "run")
                read_words(inner.node, "command.run", entry.run);
            else if (inner.key == "undo")
                read_words(inner.node, "command.undo", entry.undo);
            else if (inner.key == "deadline")
                read_deadline(inner.node, entry);
            else if (inner.key == "enforce")
                read_enforce(inner.node, "command.enforce", entry.enforce);
            else
                error(unknown_key(inner, "command", command_names, keys_));
        }
        if (element.find("run") == nullptr)
            error(element.position, "[[command]] without a program to run", "add run = [\"/usr/bin/...\"]");
        if (entry.at == Phase::started && entry.enforce == Enforce::required)
            error(element.find("enforce")->position,
                  "a command at \"started\" cannot be required because the VM is already running",
                  "write at = \"prepare\" or \"start\", or remove enforce");
        if (!entry.run.empty()) policy_.commands.push_back(std::move(entry));
    }

    void read_at(const Value& node, CommandEntry& entry) {
        const auto* word = std::get_if<std::string>(&node.value);
        const auto* const found =
            std::find_if(command_phases.begin(), command_phases.end(),
                         [&](Phase phase) { return word != nullptr && *word == to_text(phase); });
        if (found == command_phases.end())
            return error(node.position,
                         "command.at takes \"prepare\", \"start\" or \"started\", not " + found_text(node));
        entry.at = *found;
    }

    void read_words(const Value& node, const std::string& key, std::vector<std::string>& words) {
        const auto* list = std::get_if<ValueArray>(&node.value);
        const std::string takes =
            key + " takes an array of words that begins with the full path of a program, not ";
        if (list == nullptr)
            return error(node.position, takes + std::string(node.kind()),
                         "write each word separately; no shell interprets them");
        if (list->empty()) return error(node.position, takes + "an empty array");
        if (list->size() > most_words) return error(node.position, key + " has more than 100 words");
        std::vector<std::string> found;
        for (const auto& element : *list) {
            const auto* word = std::get_if<std::string>(&element.value);
            if (word == nullptr)
                return error(element.position, takes + "one with " + std::string(element.kind()));
            if (word->size() > longest_text)
                return error(element.position, key + " has a word of more than 4096 characters");
            if (has_control_characters(*word))
                return error(element.position, key + " contains control characters: " + found_text(element));
            found.push_back(*word);
        }
        const auto& program = found.front();
        const std::string fault = program.starts_with('/') ? path_fault(program) : "is not a full path";
        if (!fault.empty())
            return error(list->front().position,
                         key + ": the program " + found_text(list->front()) + ' ' + fault,
                         "write the path that `command -v` prints");
        words = std::move(found);
    }

    void read_deadline(const Value& node, CommandEntry& entry) {
        const auto* text = std::get_if<std::string>(&node.value);
        const auto time = parse_time(text == nullptr ? std::string_view{} : *text);
        if (!time || *time <= 0s || *time > longest_deadline)
            return error(node.position,
                         "command.deadline takes a time up to \"30s\", not " + found_text(node),
                         "run and undo must fit into one call of the hook, which ends after 60s; use a "
                         "service for longer work");
        entry.deadline = *time;
    }

    std::span<const KeySpec> keys_;
    Policy& policy_;
    Diagnostics& diagnostics_;
};
} // namespace

void read_policy_entries(const ValueEntry& list, std::span<const KeySpec> keys, Policy& policy,
                         Diagnostics& diagnostics) {
    EntryReader(keys, policy, diagnostics).read(list);
}

} // namespace hostlease

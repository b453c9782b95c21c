#include "read/policy_toml.hpp"

#include "core/parse.hpp"
#include "read/policy_value.hpp"
#include "read/toml.hpp"

#include <algorithm>
#include <array>

namespace hostlease {

namespace {
constexpr std::array<std::string_view, 4> header_names{"version", "extends", "match", "sysfs"};
constexpr std::array<std::string_view, 3> match_names{"domain", "uuid", "priority"};
constexpr std::array<std::string_view, 3> sysfs_names{"path", "value", "enforce"};
constexpr std::size_t longest_sysfs_text = 4096;

std::string list_text(std::span<const std::string_view> names) {
    std::string text;
    for (const auto name : names)
        text += (text.empty() ? "" : ", ") + std::string(name);
    return text;
}

/// The first part of a key that has a table: "power" of "power.governor", "" of "inhibit_sleep".
std::string_view table_of(std::string_view key) {
    const auto dot = key.find('.');
    return dot == std::string_view::npos ? std::string_view{} : key.substr(0, dot);
}

std::string_view name_in_table(std::string_view key) {
    const auto dot = key.find('.');
    return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

bool is_table(const TomlNode& node) { return std::holds_alternative<TomlTable>(node.value); }

/// "an array of tables" where kind() would say "an array": people write [[power]] for [power].
std::string table_kind(const TomlNode& node) {
    const auto* list = std::get_if<TomlArray>(&node.value);
    const bool of_tables = list != nullptr && !list->empty() && std::all_of(list->begin(), list->end(), is_table);
    return of_tables ? "an array of tables" : std::string(node.kind());
}

/// Why the kernel should not see this path, or "".
std::string path_fault(std::string_view path) {
    if (path.size() > longest_sysfs_text) return "is longer than 4096 characters";
    if (has_control_characters(path)) return "has control characters in it";
    if (!path.starts_with("/sys/") && !path.starts_with("/proc/sys/")) return "is not below /sys or /proc/sys";
    if (path.find('*') != std::string_view::npos) return "has a '*' in it";
    std::string fault;
    split(path.substr(1), '/', [&](std::string_view component) {
        if (component.empty()) fault = "has an empty component";
        if (component == "." || component == "..") fault = "has a \"" + std::string(component) + "\" in it";
    });
    return fault;
}

/// What [[sysfs]] writes; integers and booleans become the kernel's text for them.
std::optional<std::string> sysfs_value(const TomlNode& node) {
    if (const auto* text = std::get_if<std::string>(&node.value)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&node.value)) return std::to_string(*number);
    if (const auto* truth = std::get_if<bool>(&node.value)) return *truth ? "1" : "0";
    return std::nullopt;
}

class PolicyReader {
  public:
    PolicyReader(const std::string& file, std::string_view name, std::span<const KeySpec> keys) : keys_(keys) {
        policy_.file = file;
        policy_.name = name;
    }

    tl::expected<Policy, Diagnostics> read(const TomlTable& root) {
        bool has_version = false;
        for (const auto& entry : root) {
            has_version = has_version || entry.key == "version";
            read_top(entry);
        }
        if (!has_version) diagnostics_.error({policy_.file, 1, 1}, "version is missing", "start the file with version = 1");
        if (diagnostics_.has_errors()) return tl::unexpected<Diagnostics>(std::move(diagnostics_));
        return std::move(policy_);
    }

    tl::expected<Policy, Diagnostics> read_head(const TomlTable& root) {
        for (const auto& entry : root)
            if (entry.key == "match") read_match(entry.node);
        if (diagnostics_.has_errors()) return tl::unexpected<Diagnostics>(std::move(diagnostics_));
        return std::move(policy_);
    }

  private:
    void error(const SourcePosition& position, std::string message, std::string hint = {}) {
        diagnostics_.error(position, std::move(message), std::move(hint));
    }

    const KeySpec* find_spec(std::string_view key) const {
        const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const KeySpec& spec) { return spec.key == key; });
        return found == keys_.end() ? nullptr : &*found;
    }

    bool is_known_table(std::string_view name) const {
        return !name.empty() &&
               std::any_of(keys_.begin(), keys_.end(), [&](const KeySpec& spec) { return table_of(spec.key) == name; });
    }

    void read_top(const TomlEntry& entry) {
        if (entry.key == "version")
            read_version(entry.node);
        else if (entry.key == "extends")
            read_extends(entry.node);
        else if (entry.key == "match")
            read_match(entry.node);
        else if (is_known_table(entry.key))
            read_table(entry);
        else if (const auto* spec = find_spec(entry.key); spec != nullptr && table_of(spec->key).empty())
            read_without_table(entry, *spec);
        else
            unknown_top(entry);
    }

    // ---- the head of the file

    void read_version(const TomlNode& node) {
        const auto* number = std::get_if<std::int64_t>(&node.value);
        if (number == nullptr)
            error(node.position, "version takes the integer 1, not " + std::string(node.kind()));
        else if (*number != 1)
            error(node.position, "this version reads policies of version 1", "write version = 1");
    }

    void read_extends(const TomlNode& node) {
        const auto* name = std::get_if<std::string>(&node.value);
        policy_.extends_position = node.position;
        if (name == nullptr)
            error(node.position, "extends takes the name of a policy, not " + std::string(node.kind()));
        else if (name->empty() || name->starts_with('.') || name->find('/') != std::string::npos || has_control_characters(*name))
            error(node.position, "extends takes the name of a policy, not " + found_text(node),
                  "name it without directory and without \".toml\"");
        else
            policy_.extends = *name;
    }

    void read_match(const TomlNode& node) {
        const auto* table = std::get_if<TomlTable>(&node.value);
        policy_.match.position = node.position;
        if (table == nullptr) return error(node.position, "match takes a table, not " + table_kind(node));
        for (const auto& entry : *table) {
            if (entry.key == "domain")
                read_match_list(entry, [&](const TomlNode& one, const std::string& text) { add_domain(one, text); });
            else if (entry.key == "uuid")
                read_match_list(entry, [&](const TomlNode& one, const std::string& text) { add_uuid(one, text); });
            else if (entry.key == "priority")
                read_priority(entry.node);
            else
                unknown_key(entry, "match", match_names);
        }
    }

    template <typename Add>
    void read_match_list(const TomlEntry& entry, Add add) {
        const std::string takes = "match." + entry.key + " takes a string or an array of strings, not ";
        const auto* list = std::get_if<TomlArray>(&entry.node.value);
        if (list != nullptr && list->empty())
            return error(entry.node.position, takes + "an empty array", "take the line out, or name what it should match");
        const std::span<const TomlNode> elements = list != nullptr ? std::span(*list) : std::span(&entry.node, 1);
        for (const auto& element : elements) {
            if (const auto* text = std::get_if<std::string>(&element.value))
                add(element, *text);
            else
                error(element.position, takes + (list != nullptr ? "one with " : "") + std::string(element.kind()));
        }
    }

    void add_domain(const TomlNode& node, const std::string& pattern) {
        if (pattern.empty() || has_control_characters(pattern))
            return error(node.position, "match.domain takes names or globs of domains, not " + found_text(node));
        policy_.match.domains.push_back(pattern);
    }

    void add_uuid(const TomlNode& node, const std::string& text) {
        auto uuid = canonical_uuid(text);
        if (!uuid)
            return error(node.position, "match.uuid takes UUIDs, not " + found_text(node),
                         "`virsh domuuid NAME` prints the UUID of a domain");
        policy_.match.uuids.push_back(std::move(*uuid));
    }

    void read_priority(const TomlNode& node) {
        const auto* number = std::get_if<std::int64_t>(&node.value);
        if (number == nullptr) return error(node.position, "match.priority takes an integer, not " + std::string(node.kind()));
        policy_.match.priority = *number;
    }

    // ---- the keys of the policy language

    void read_table(const TomlEntry& entry) {
        const auto* table = std::get_if<TomlTable>(&entry.node.value);
        if (table == nullptr)
            return error(entry.node.position, entry.key + " takes a table, not " + table_kind(entry.node),
                         "write [" + entry.key + "]");
        for (const auto& inner : *table) {
            const auto full = entry.key + '.' + inner.key;
            if (const auto* spec = find_spec(full))
                read_setting(inner, *spec);
            else if (inner.key == "enforce")
                read_enforce(inner.node, full, [&](Enforce enforce) { policy_.enforce[entry.key] = enforce; });
            else
                unknown_key(inner, entry.key, names_of_table(entry.key));
        }
    }

    void read_without_table(const TomlEntry& entry, const KeySpec& spec) {
        const auto* list = std::get_if<TomlArray>(&entry.node.value);
        if (!spec.supported && list != nullptr && !list->empty())
            for (const auto& element : *list)
                unsupported(element.position, spec);
        else if (spec.key == "sysfs" && spec.supported)
            read_sysfs(entry.node);
        else
            read_setting(entry, spec);
    }

    void unsupported(const SourcePosition& position, const KeySpec& spec) {
        error(position, std::string(spec.key) + " is not supported by this version", "take the line out");
    }

    void read_setting(const TomlEntry& entry, const KeySpec& spec) {
        const auto* word = std::get_if<std::string>(&entry.node.value);
        const bool leaves = word != nullptr && *word == "leave" && !table_of(spec.key).empty();
        if (!spec.supported && !leaves) return unsupported(entry.position, spec);
        auto value = read_setting_value(entry.node, spec);
        if (!value) return error(value.error().position, value.error().message, value.error().hint);
        policy_.settings.emplace(spec.key, Setting{std::move(*value), value_text(entry.node), entry.node.position});
    }

    template <typename Set>
    void read_enforce(const TomlNode& node, const std::string& key, Set set) {
        const auto* word = std::get_if<std::string>(&node.value);
        if (word != nullptr && *word == to_text(Enforce::required))
            set(Enforce::required);
        else if (word != nullptr && *word == to_text(Enforce::best_effort))
            set(Enforce::best_effort);
        else
            error(node.position, key + " takes \"required\" or \"best-effort\", not " + found_text(node));
    }

    // ---- [[sysfs]]

    void read_sysfs(const TomlNode& node) {
        const auto* list = std::get_if<TomlArray>(&node.value);
        if (list == nullptr || list->empty())
            return error(node.position,
                         "sysfs takes an array of tables, not " + (list != nullptr ? "an empty array" : table_kind(node)),
                         "write [[sysfs]] above each path and value");
        for (const auto& element : *list) {
            if (const auto* table = std::get_if<TomlTable>(&element.value))
                read_sysfs_entry(element, *table);
            else
                error(element.position, "sysfs takes an array of tables, not one with " + std::string(element.kind()));
        }
    }

    void read_sysfs_entry(const TomlNode& element, const TomlTable& table) {
        SysfsEntry entry;
        for (const auto& inner : table) {
            if (inner.key == "path")
                read_sysfs_path(inner.node, entry);
            else if (inner.key == "value")
                read_sysfs_value(inner.node, entry);
            else if (inner.key == "enforce")
                read_enforce(inner.node, "sysfs.enforce", [&](Enforce enforce) { entry.enforce = enforce; });
            else
                unknown_key(inner, "sysfs", sysfs_names);
        }
        if (element.find("path") == nullptr) error(element.position, "[[sysfs]] without a path", "add path = \"/sys/...\"");
        if (element.find("value") == nullptr) error(element.position, "[[sysfs]] without a value", "add value = \"...\"");
        if (!entry.path.empty()) policy_.sysfs.push_back(std::move(entry));
    }

    void read_sysfs_path(const TomlNode& node, SysfsEntry& entry) {
        const auto* path = std::get_if<std::string>(&node.value);
        if (path == nullptr) return error(node.position, "sysfs.path takes a string, not " + std::string(node.kind()));
        if (const auto fault = path_fault(*path); !fault.empty())
            return error(node.position, "sysfs.path " + found_text(node) + ' ' + fault,
                         "name a file under /sys or /proc/sys by its full path");
        const auto same = std::find_if(policy_.sysfs.begin(), policy_.sysfs.end(),
                                       [&](const SysfsEntry& other) { return other.path == *path; });
        if (same != policy_.sysfs.end())
            return error(node.position,
                         "sysfs.path " + found_text(node) + " is already written in line " + std::to_string(same->position.line),
                         "keep one of the two");
        entry.path = *path;
        entry.position = node.position;
    }

    void read_sysfs_value(const TomlNode& node, SysfsEntry& entry) {
        auto text = sysfs_value(node);
        if (!text)
            return error(node.position, "sysfs.value takes a string, an integer or a boolean, not " + std::string(node.kind()));
        if (text->size() > longest_sysfs_text) return error(node.position, "sysfs.value is longer than 4096 characters");
        if (has_control_characters(*text))
            return error(node.position, "sysfs.value " + found_text(node) + " has control characters in it",
                         "the line end is added for you; write one line");
        entry.value = std::move(*text);
    }

    // ---- names that nobody knows

    std::vector<std::string_view> names_of_table(std::string_view table) const {
        std::vector<std::string_view> names;
        for (const auto& spec : keys_)
            if (table_of(spec.key) == table) names.push_back(name_in_table(spec.key));
        names.push_back("enforce");
        return names;
    }

    std::vector<std::string_view> top_names() const {
        std::vector<std::string_view> names(header_names.begin(), header_names.end());
        for (const auto& spec : keys_)
            names.push_back(table_of(spec.key).empty() ? spec.key : table_of(spec.key));
        std::sort(names.begin(), names.end());
        names.erase(std::unique(names.begin(), names.end()), names.end());
        return names;
    }

    /// "power.governor" for a "governor" that stands in the wrong table, or "".
    std::string key_elsewhere(std::string_view name) const {
        const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const KeySpec& spec) {
            return !table_of(spec.key).empty() && name_in_table(spec.key) == name;
        });
        return found == keys_.end() ? "" : std::string(found->key);
    }

    void unknown_key(const TomlEntry& entry, const std::string& table, std::span<const std::string_view> names) {
        const auto near = nearest_word(entry.key, names);
        const auto meant = near.empty() ? key_elsewhere(entry.key) : table + '.' + near;
        error(entry.position, "unknown key '" + shown(table + '.' + entry.key) + "'",
              meant.empty() ? "the keys of " + table + " are " + list_text(names) : "did you mean '" + meant + "'?");
    }

    void unknown_top(const TomlEntry& entry) {
        const auto names = top_names();
        const bool as_table = is_table(entry.node) || table_kind(entry.node) == "an array of tables";
        const auto elsewhere = as_table ? "" : key_elsewhere(entry.key);
        const auto meant = elsewhere.empty() ? nearest_word(entry.key, names) : elsewhere;
        error(entry.position, (as_table ? "unknown table '" : "unknown key '") + shown(entry.key) + "'",
              meant.empty() ? "known here are " + list_text(names) : "did you mean '" + meant + "'?");
    }

    std::span<const KeySpec> keys_;
    Policy policy_;
    Diagnostics diagnostics_;
};

tl::expected<TomlTable, Diagnostics> read_document(std::string_view text, const std::string& file) {
    auto document = parse_toml(text, file);
    if (document) return std::get<TomlTable>(std::move(document->value));
    Diagnostics diagnostics;
    diagnostics.error(document.error().position, document.error().message, document.error().hint);
    return tl::unexpected<Diagnostics>(std::move(diagnostics));
}
} // namespace

tl::expected<Policy, Diagnostics> read_policy(std::string_view text, const std::string& file, std::string_view name,
                                              std::span<const KeySpec> keys) {
    const auto document = read_document(text, file);
    if (!document) return tl::unexpected<Diagnostics>(document.error());
    return PolicyReader(file, name, keys).read(*document);
}

tl::expected<Policy, Diagnostics> read_policy_head(std::string_view text, const std::string& file, std::string_view name) {
    PolicyReader reader(file, name, {});
    // a quoted key can spell "match" with an escape
    if (text.find("match") == std::string_view::npos && text.find('\\') == std::string_view::npos) return reader.read_head({});
    const auto document = read_document(text, file);
    if (!document) return tl::unexpected<Diagnostics>(document.error());
    return reader.read_head(*document);
}

} // namespace hostlease

#include "read/policy_toml.hpp"

#include "core/error.hpp"
#include "core/foreign_text.hpp"
#include "core/uuid.hpp"
#include "read/policy_entries.hpp"
#include "read/policy_names.hpp"
#include "read/policy_report.hpp"
#include "read/policy_value.hpp"
#include "text/toml.hpp"

#include <algorithm>
#include <array>

namespace hostlease {

namespace {
constexpr std::array<std::string_view, 6> header_names{"version", "extends", "match",
                                                       "sysfs",   "audit",   "report"};

bool is_rule_id(std::string_view text) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

class PolicyReader {
  public:
    PolicyReader(const std::string& file, std::string_view name, std::span<const KeySpec> keys)
        : keys_(keys) {
        policy_.file = file;
        policy_.name = name;
    }

    tl::expected<Policy, Diagnostics> read(const ValueTable& root) {
        bool has_version = false;
        for (const auto& entry : root) {
            has_version = has_version || entry.key == "version";
            read_top(entry);
        }
        if (!has_version)
            diagnostics_.error({policy_.file, 1, 1}, "version is missing", "start the file with version = 1");
        if (diagnostics_.has_errors()) return tl::unexpected<Diagnostics>(std::move(diagnostics_));
        return std::move(policy_);
    }

    tl::expected<Policy, Diagnostics> read_head(const ValueTable& root) {
        for (const auto& entry : root)
            if (entry.key == "match") read_match(entry.node);
        if (diagnostics_.has_errors()) return tl::unexpected<Diagnostics>(std::move(diagnostics_));
        return std::move(policy_);
    }

  private:
    void error(const SourcePosition& position, std::string message, std::string hint = {}) {
        diagnostics_.error(position, std::move(message), std::move(hint));
    }

    void error(const Diagnostic& one) { error(one.position, one.message, one.hint); }

    const KeySpec* find_spec(std::string_view key) const {
        const auto found =
            std::find_if(keys_.begin(), keys_.end(), [&](const KeySpec& spec) { return spec.key == key; });
        return found == keys_.end() ? nullptr : &*found;
    }

    bool is_known_table(std::string_view name) const {
        return !name.empty() && std::any_of(keys_.begin(), keys_.end(),
                                            [&](const KeySpec& spec) { return table_of(spec.key) == name; });
    }

    void read_top(const ValueEntry& entry) {
        if (entry.key == "version")
            read_version(entry.node);
        else if (entry.key == "extends")
            read_extends(entry.node);
        else if (entry.key == "match")
            read_match(entry.node);
        else if (entry.key == "audit")
            read_audit(entry.node);
        else if (entry.key == "report")
            read_report_targets(entry, keys_, policy_, diagnostics_);
        else if (is_known_table(entry.key))
            read_table(entry);
        else if (const auto* spec = find_spec(entry.key); spec != nullptr && table_of(spec->key).empty())
            read_without_table(entry, *spec);
        else
            unknown_top(entry);
    }

    // ---- the head of the file

    void read_version(const Value& node) {
        const auto* number = std::get_if<std::int64_t>(&node.value);
        if (number == nullptr)
            error(node.position, "version takes the integer 1, not " + std::string(node.kind()));
        else if (*number != 1)
            error(node.position,
                  "version is " + std::to_string(*number) + ", but this hostlease reads only version 1",
                  "write version = 1, or install the hostlease that this policy was written for");
    }

    void read_extends(const Value& node) {
        const auto* name = std::get_if<std::string>(&node.value);
        policy_.extends_position = node.position;
        if (name == nullptr)
            error(node.position, "extends takes the name of a policy, not " + std::string(node.kind()));
        else if (name->empty() || name->starts_with('.') || name->find('/') != std::string::npos ||
                 has_control_characters(*name))
            error(node.position, "extends takes the name of a policy, not " + found_text(node),
                  "give its name without directory and \".toml\"");
        else
            policy_.extends = *name;
    }

    void read_match(const Value& node) {
        const auto* table = std::get_if<ValueTable>(&node.value);
        policy_.match.position = node.position;
        if (table == nullptr) return error(node.position, "match takes a table, not " + table_kind(node));
        for (const auto& entry : *table) {
            if (entry.key == "domain")
                read_match_list(entry,
                                [&](const Value& one, const std::string& text) { add_domain(one, text); });
            else if (entry.key == "uuid")
                read_match_list(entry,
                                [&](const Value& one, const std::string& text) { add_uuid(one, text); });
            else if (entry.key == "priority")
                read_priority(entry.node);
            else
                error(unknown_key(entry, "match", match_names, keys_));
        }
    }

    template <typename Add>
    void read_match_list(const ValueEntry& entry, Add add) {
        const std::string takes = "match." + entry.key + " takes a string or an array of strings, not ";
        const auto* list = std::get_if<ValueArray>(&entry.node.value);
        if (list != nullptr && list->empty())
            return error(entry.node.position, takes + "an empty array",
                         "remove the line, or name what it should match");
        const std::span<const Value> elements =
            list != nullptr ? std::span(*list) : std::span(&entry.node, 1);
        for (const auto& element : elements) {
            if (const auto* text = std::get_if<std::string>(&element.value))
                add(element, *text);
            else
                error(element.position,
                      takes + (list != nullptr ? "one with " : "") + std::string(element.kind()));
        }
    }

    void add_domain(const Value& node, const std::string& pattern) {
        if (pattern.empty() || has_control_characters(pattern))
            return error(node.position,
                         "match.domain takes domain names or glob patterns, not " + found_text(node));
        policy_.match.domains.push_back(pattern);
    }

    void add_uuid(const Value& node, const std::string& text) {
        auto uuid = canonical_uuid(text);
        if (!uuid)
            return error(node.position, "match.uuid takes UUIDs, not " + found_text(node),
                         "`virsh domuuid NAME` prints the UUID of a domain");
        policy_.match.uuids.push_back(std::move(*uuid));
    }

    void read_priority(const Value& node) {
        const auto* number = std::get_if<std::int64_t>(&node.value);
        if (number == nullptr)
            return error(node.position, "match.priority takes an integer, not " + std::string(node.kind()));
        policy_.match.priority = *number;
    }

    void read_audit(const Value& node) {
        const auto* table = std::get_if<ValueTable>(&node.value);
        if (table == nullptr)
            return error(node.position, "audit takes a table, not " + table_kind(node), "write [audit]");
        for (const auto& entry : *table) {
            if (entry.key == "ignore")
                read_ignore(entry.node);
            else
                error(unknown_key(entry, "audit", audit_names, keys_));
        }
    }

    void read_ignore(const Value& node) {
        const auto* list = std::get_if<ValueArray>(&node.value);
        if (list == nullptr)
            return error(node.position, "audit.ignore takes an array of rule ids, not " + found_text(node),
                         "write [\"VID-HEADS\"]");
        auto& ignored = policy_.audit_ignore.emplace();
        for (const auto& element : *list) {
            const auto* id = std::get_if<std::string>(&element.value);
            if (id != nullptr && is_rule_id(*id))
                ignored.push_back({*id, element.position});
            else
                error(element.position, "audit.ignore takes rule ids, not " + found_text(element),
                      "`hostlease audit` prints the ids, such as \"VID-HEADS\"");
        }
    }

    // ---- the keys of the policy language

    void read_table(const ValueEntry& entry) {
        const auto* table = std::get_if<ValueTable>(&entry.node.value);
        if (table == nullptr)
            return error(entry.node.position, entry.key + " takes a table, not " + table_kind(entry.node),
                         "write [" + entry.key + "]");
        for (const auto& inner : *table) {
            const auto full = entry.key + '.' + inner.key;
            if (const auto* spec = find_spec(full))
                read_setting(inner, *spec);
            else if (inner.key == "enforce")
                read_enforce(inner.node, full, entry.key);
            else
                error(unknown_key(inner, entry.key, names_of_table(entry.key), keys_));
        }
    }

    void read_without_table(const ValueEntry& entry, const KeySpec& spec) {
        if (spec.key == "sysfs" || spec.key == "command")
            read_policy_entries(entry, keys_, policy_, diagnostics_);
        else
            read_setting(entry, spec);
    }

    void read_setting(const ValueEntry& entry, const KeySpec& spec) {
        auto value = read_setting_value(entry.node, spec);
        if (!value) return error(value.error().position, value.error().message, value.error().hint);
        policy_.settings.emplace(spec.key,
                                 Setting{std::move(*value), value_text(entry.node), entry.node.position});
    }

    void read_enforce(const Value& node, const std::string& key, const std::string& table) {
        if (const auto enforce = read_enforce_value(node, key))
            policy_.enforce[table] = *enforce;
        else
            error(enforce.error());
    }

    // ---- unknown names

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

    void unknown_top(const ValueEntry& entry) {
        const auto names = top_names();
        const bool as_table = is_table(entry.node) || table_kind(entry.node) == "an array of tables";
        const auto elsewhere = as_table ? "" : key_elsewhere(entry.key, keys_);
        const auto meant = elsewhere.empty() ? nearest_word(entry.key, names) : elsewhere;
        error(entry.position, (as_table ? "unknown table '" : "unknown key '") + shown(entry.key) + "'",
              meant.empty() ? "known keys: " + list_text(names) : "did you mean '" + meant + "'?");
    }

    std::span<const KeySpec> keys_;
    Policy policy_;
    Diagnostics diagnostics_;
};

tl::expected<ValueTable, Diagnostics> read_document(std::string_view text, const std::string& file) {
    auto document = parse_toml(text, file);
    if (document) return std::get<ValueTable>(std::move(document->value));
    Diagnostics diagnostics;
    diagnostics.error(document.error().position, document.error().message, document.error().hint);
    return tl::unexpected<Diagnostics>(std::move(diagnostics));
}
} // namespace

tl::expected<Policy, Diagnostics> read_policy(std::string_view text, const std::string& file,
                                              std::string_view name, std::span<const KeySpec> keys) {
    const auto document = TRY(read_document(text, file));
    return PolicyReader(file, name, keys).read(document);
}

tl::expected<Policy, Diagnostics> read_policy_head(std::string_view text, const std::string& file,
                                                   std::string_view name) {
    PolicyReader reader(file, name, {});
    // a quoted key can spell "match" with an escape
    if (text.find("match") == std::string_view::npos && text.find('\\') == std::string_view::npos)
        return reader.read_head({});
    const auto document = TRY(read_document(text, file));
    return reader.read_head(document);
}

} // namespace hostlease

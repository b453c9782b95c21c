// policies/reference.toml contains exactly the keys that the knobs declare.
#include "core/units.hpp"
#include "engine/policy_store.hpp"
#include "knobs/knob.hpp"
#include "read/policy_toml.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

using namespace hostlease;

namespace {
std::string reference_text() {
    std::ifstream file(POLICIES_DIR "/reference.toml");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The keys in the file, including those in comments: "# host_free_min = ...", "# [[sysfs]]".
std::set<std::string> written_keys(const std::string& text) {
    const std::regex table(R"((?:# )?\[+([a-z_]+)\]+.*)");
    const std::regex key(R"((?:# )?([a-z_]+) = .*)");
    std::set<std::string> keys;
    std::istringstream lines(text);
    std::smatch match;
    std::string current;
    for (std::string line; std::getline(lines, line);) {
        if (std::regex_match(line, match, table)) {
            current = match[1];
            if (current == "sysfs" || current == "command") keys.insert(current);
        } else if (std::regex_match(line, match, key) && current.empty()) {
            if (match[1] != "version" && match[1] != "extends") keys.insert(match[1]);
        } else if (std::regex_match(line, match, key) && current != "match" && current != "sysfs" &&
                   current != "command" && current != "audit" && match[1] != "enforce") {
            keys.insert(current + "." + match[1].str());
        }
    }
    return keys;
}

std::set<std::string> known_keys() {
    std::set<std::string> keys;
    for (const auto& spec : policy_keys())
        keys.emplace(spec.key);
    for (const auto& spec : report_targets)
        keys.insert("report." + std::string(spec.name));
    return keys;
}

Policy read_reference() {
    const auto policy = read_policy(reference_text(), "reference.toml", "reference", policy_keys());
    if (!policy) FAIL(policy.error().text());
    return *policy;
}
} // namespace

TEST_CASE("reference.toml has every key, and no other") {
    const auto written = written_keys(reference_text());
    const auto known = known_keys();
    for (const auto& key : known)
        CHECK_MESSAGE(written.contains(key), "policies/reference.toml lacks the key " << key);
    for (const auto& key : written)
        CHECK_MESSAGE(known.contains(key), key << " is in reference.toml and no knob reads it");
}

TEST_CASE("reference.toml changes nothing: every value is the default or \"leave\"") {
    const auto policy = read_reference();
    for (const auto& spec : policy_keys()) {
        const auto found = policy.settings.find(spec.key);
        if (found == policy.settings.end()) continue;
        const std::string wanted(spec.default_text.empty() ? "leave" : spec.default_text);
        const auto& text = found->second.text;
        const bool as_wanted = text == wanted || text == '"' + wanted + '"';
        CHECK_MESSAGE(as_wanted, spec.key << " is " << text << ", its default is " << wanted);
    }
    CHECK(policy.sysfs.empty());
    CHECK(policy.match == Match{});
    for (const auto& [table, enforce] : policy.enforce) {
        Policy plain;
        CHECK_MESSAGE(enforce == plain.enforcement(table + ".x"), table << ".enforce is not the default");
    }
}

TEST_CASE("each key of reference.toml documents its values") {
    const auto text = reference_text();
    for (const auto& spec : policy_keys()) {
        if (spec.key == "sysfs" || spec.key == "command") continue;
        const std::string name(spec.key.substr(spec.key.find('.') + 1));
        const std::regex line("(?:^|\n)(?:# )?" + name + " = [^\n]*#([^\n]*(?:\n +#[^\n]*)*)");
        std::smatch match;
        REQUIRE_MESSAGE(std::regex_search(text, match, line), spec.key << " has no comment");
        const std::string comment = std::regex_replace(match[1].str(), std::regex("\n +# "), " ");
        for (const auto word : spec.words)
            CHECK_MESSAGE(comment.find('"' + std::string(word) + '"') != std::string::npos,
                          spec.key << " does not name \"" << word << '"');
        if ((spec.kinds & an_integer) != 0)
            CHECK_MESSAGE(comment.find(std::to_string(spec.minimum) + " to " +
                                       std::to_string(spec.maximum)) != std::string::npos,
                          spec.key << " does not name its range");
        if (spec.longest.count() != 0)
            CHECK_MESSAGE(comment.find("up to \"" + format_time(spec.longest) + '"') != std::string::npos,
                          spec.key << " does not name the longest time");
    }
}

TEST_CASE("reference.toml shows what an audit can ignore, and ignores nothing") {
    CHECK(reference_text().find("\n# [audit]\n# ignore = [\"VID-HEADS\"]") != std::string::npos);
    CHECK_FALSE(read_reference().audit_ignore);
}

TEST_CASE("reference.toml shows each target of a report with its default, and sets none") {
    for (const auto& spec : report_targets) {
        const auto value = [&](std::int64_t number) {
            return spec.is_time ? '"' + format_time(std::chrono::milliseconds(number)) + '"'
                                : std::to_string(number);
        };
        const std::string line = "\n# " + std::string(spec.name) + " = [" + value(spec.target) + ", " +
                                 value(spec.acceptable) + "] ";
        CHECK_MESSAGE(reference_text().find(line) != std::string::npos, line);
    }
    CHECK(read_reference().report.empty());
}

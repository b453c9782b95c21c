// A rule is one thing that the tuning guides ask of a domain or its host: a const struct of data and a pure check function.
#pragma once

#include "core/diagnostic.hpp"
#include "model/audit_facts.hpp"
#include "model/domain.hpp"
#include "model/policy.hpp"
#include "read/xml_element.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

enum class Guest { unknown, windows, linux, macos, other };
enum class CpuVendor { unknown, intel, amd };

/// Everything that a check may look at.
struct AuditInput {
    XmlElement root; // <domain>
    const Domain& domain;
    Guest guest = Guest::unknown;
    std::string windows = {}; // "11", "10", "2k22"; "" when the XML does not tell
    CpuVendor vendor = CpuVendor::unknown;
    const AuditFacts* host = nullptr;  // nullptr: the host is not looked at
    const Policy* policy = nullptr;    // what the domain leases, nullptr: nothing
    std::string_view symptom = {};     // what was asked for, "" for everything
    unsigned long libvirt_version = 0; // as virGetVersion() counts; 0: not known

    /// Windows before 10, which knows few enlightenments.
    [[nodiscard]] bool is_legacy_windows() const;
    [[nodiscard]] bool is_kvm() const { return domain.type == "kvm"; }
    [[nodiscard]] bool is_x86() const { return domain.arch == "x86_64" || domain.arch == "i686"; }
    [[nodiscard]] bool is_s390() const { return domain.arch.starts_with("s390"); }
    /// Whether the policy leases this key, whatever its value.
    [[nodiscard]] bool leases(std::string_view key) const { return policy != nullptr && policy->find(key) != nullptr; }
};

/// One place that is not as the rule has it. `line` 0: nowhere in the XML, the host's.
struct AuditFinding {
    unsigned line = 0;
    std::string found;
    std::string wanted;
    std::string xml = {};                  // to put there; "" when there is nothing to put
    std::optional<Severity> severity = {}; // the rule's own when it says nothing
    unsigned places = 1;                   // vCPUs, cores or the like that it is about
};

/// What a check found out. Neither findings nor a reason not to apply: all is well.
struct AuditOutcome {
    std::vector<AuditFinding> findings;
    std::string not_applicable;
    bool counts = true; // in the group's score

    void fail(AuditFinding finding) { findings.push_back(std::move(finding)); }
    void skip(std::string reason) { not_applicable = std::move(reason); }
};

enum class RuleGroup { hyperv, features, clock, cpu, pinning, memory, storage, network, graphics, devices, host };
inline constexpr std::array<std::string_view, 11> group_names{"hyper-v", "features", "clock",    "cpu",     "pinning", "memory",
                                                              "storage", "network",  "graphics", "devices", "host"};
constexpr std::string_view name_of(RuleGroup group) { return group_names[static_cast<std::size_t>(group)]; }

/// When a rule applies; a bit mask. What is not met is told as the reason.
enum RuleNeeds : unsigned {
    anything = 0,
    a_windows_guest = 1,
    current_windows = 2, // not older than 10
    windows_11 = 4,
    kvm = 8,
    host_facts = 16,
    x86 = 32,
    virtio_guest = 64 // that has virtio's drivers, or can be given them
};

struct Rule {
    std::string_view id;
    RuleGroup group;
    Severity severity; // note: advice
    unsigned needs;    // RuleNeeds
    std::string_view why;
    std::string_view symptom; // what a user feels
    std::string_view source;  // where it was taken from
    void (*check)(const AuditInput& input, const Rule& rule, AuditOutcome& outcome);
    std::string_view subject = {}; // what a check that several rules share looks at
    bool counts = true;            // in the group's score
};

/// Makes the rules of one group: `source` is that of rules that name none, `needs` what each of them needs besides its own.
struct RuleMaker {
    RuleGroup group;
    std::string_view source = {};
    unsigned needs = anything;

    constexpr Rule operator()(std::string_view id, Severity severity, unsigned own_needs, std::string_view why,
                              std::string_view symptom, decltype(Rule::check) check, std::string_view own_source = {},
                              std::string_view subject = {}) const {
        return {.id = id,
                .group = group,
                .severity = severity,
                .needs = needs | own_needs,
                .why = why,
                .symptom = symptom,
                .source = own_source.empty() ? source : own_source,
                .check = check,
                .subject = subject};
    }
    constexpr Rule operator()(std::string_view id, Severity severity, std::string_view why, std::string_view symptom,
                              decltype(Rule::check) check, std::string_view own_source = {},
                              std::string_view subject = {}) const {
        return (*this)(id, severity, anything, why, symptom, check, own_source, subject);
    }
};

/// The rules of one group, in the order they are reported in.
std::span<const Rule> hyperv_rules();
std::span<const Rule> feature_rules();
std::span<const Rule> clock_rules();
std::span<const Rule> cpu_rules();
std::span<const Rule> pinning_rules();
std::span<const Rule> placement_rules();
std::span<const Rule> memory_rules();
std::span<const Rule> storage_rules();
std::span<const Rule> network_rules();
std::span<const Rule> graphics_rules();
std::span<const Rule> device_rules();
std::span<const Rule> host_rules();
std::span<const Rule> host_service_rules();

/// Every rule, group by group.
std::span<const Rule* const> all_rules();
/// nullptr when there is no such rule.
const Rule* find_rule(std::string_view id);

/// Symptoms that `audit --symptom` takes.
std::vector<std::string_view> all_symptoms();
/// Whether the rule has to do with the symptom.
bool is_about(const Rule& rule, std::string_view symptom);
/// Whether the ids name the rule. They are separated by blanks; "HV-*" is all that begin with "HV-".
bool is_named(const Rule& rule, std::string_view ids);

} // namespace hostlease

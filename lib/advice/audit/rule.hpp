// A rule is one tuning recommendation for a domain or its host: a const struct of data and a pure check
// function.
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

enum class RuleGroup {
    hyperv,
    features,
    clock,
    cpu,
    pinning,
    memory,
    storage,
    network,
    graphics,
    devices,
    host
};

/// The input of a check.
struct AuditInput {
    XmlElement root; // <domain>
    const Domain& domain;
    Guest guest = Guest::unknown;
    std::string windows = {}; // the version, "11", "10" or "2k22"; "": not known
    CpuVendor vendor = CpuVendor::unknown;
    const AuditFacts* host = nullptr;    // nullptr: the host is not checked
    const Policy* policy = nullptr;      // the domain's policy; nullptr: none
    std::string_view symptom = {};       // the requested symptom; "": all rules
    std::optional<RuleGroup> group = {}; // the requested group; none: all rules
    unsigned long libvirt_version = 0;   // as in virGetVersion(); 0: not known

    /// Whether the guest is a Windows before 10, which supports few enlightenments.
    [[nodiscard]] bool is_legacy_windows() const;
    [[nodiscard]] bool is_kvm() const { return domain.type == "kvm"; }
    [[nodiscard]] bool is_x86() const { return domain.arch == "x86_64" || domain.arch == "i686"; }
    [[nodiscard]] bool is_s390() const { return domain.arch.starts_with("s390"); }
    /// Whether the policy sets this key to any value.
    [[nodiscard]] bool leases(std::string_view key) const {
        return policy != nullptr && policy->find(key) != nullptr;
    }
};

/// One violation of a rule. If `line` is 0, the finding is about the host and not about the XML.
struct AuditFinding {
    unsigned line = 0;
    std::string found;
    std::string wanted;
    std::string xml = {};                  // the XML to use; "" if there is none
    std::optional<Severity> severity = {}; // nullopt: the rule's severity
    unsigned places = 1;                   // the number of vCPUs, cores and the like that are affected
    // "disk": the kind of object if there may be several; `found` then does not name it
    std::string kind = {};
    std::string name = {}; // "vda"; "" if it has no name
};

/// Merges findings that say the same about several objects of a kind: "disks vda, vdb: on bus 'sata'". A
/// merged finding has the place in the list, the line and the XML of the first. Findings without a kind stay.
std::vector<AuditFinding> fold(std::vector<AuditFinding> findings);

/// The result of a check. Without findings and without a reason not to apply, the rule passed.
struct AuditOutcome {
    std::vector<AuditFinding> findings;
    std::string not_applicable;
    bool counts = true; // in the group's score

    void fail(AuditFinding finding) { findings.push_back(std::move(finding)); }
    void skip(std::string reason) { not_applicable = std::move(reason); }
};

inline constexpr std::array<std::string_view, 11> group_names{"hyper-v",  "features", "clock",   "cpu",
                                                              "pinning",  "memory",   "storage", "network",
                                                              "graphics", "devices",  "host"};
constexpr std::string_view name_of(RuleGroup group) { return group_names[static_cast<std::size_t>(group)]; }

/// The conditions for a rule to apply, as a bit mask. The first unmet condition is the reported reason.
enum RuleNeeds : unsigned {
    anything = 0,
    a_windows_guest = 1,
    current_windows = 2, // Windows 10 or newer
    windows_11 = 4,
    kvm = 8,
    host_facts = 16,
    x86 = 32,
    virtio_guest = 64 // a guest for which virtio drivers exist, on a machine with a bus for virtio devices
};

struct Rule {
    std::string_view id;
    RuleGroup group;
    Severity severity; // note: advice
    unsigned needs;    // RuleNeeds
    std::string_view why;
    std::string_view symptom; // what a user notices
    std::string_view source;  // where the rule comes from
    void (*check)(const AuditInput& input, const Rule& rule, AuditOutcome& outcome);
    std::string_view subject = {}; // the element or attribute, for a check that several rules share
    bool counts = true;            // in the group's score
};

/// Makes the rules of one group. `source` applies to rules without their own source; `needs` is added to the
/// needs of each rule.
struct RuleMaker {
    RuleGroup group;
    std::string_view source = {};
    unsigned needs = anything;

    constexpr Rule operator()(std::string_view id, Severity severity, unsigned own_needs,
                              std::string_view why, std::string_view symptom, decltype(Rule::check) check,
                              std::string_view own_source = {}, std::string_view subject = {}) const {
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
    constexpr Rule operator()(std::string_view id, Severity severity, std::string_view why,
                              std::string_view symptom, decltype(Rule::check) check,
                              std::string_view own_source = {}, std::string_view subject = {}) const {
        return (*this)(id, severity, anything, why, symptom, check, own_source, subject);
    }
};

/// The rules of one group or a part of it, in the order of a report.
std::span<const Rule> hyperv_rules();
std::span<const Rule> feature_rules();
std::span<const Rule> clock_rules();
std::span<const Rule> cpu_rules();
std::span<const Rule> pinning_rules();
std::span<const Rule> placement_rules();
/// Rules of the groups pinning and memory.
std::span<const Rule> nearness_rules();
std::span<const Rule> memory_rules();
std::span<const Rule> storage_rules();
std::span<const Rule> iothread_rules();
std::span<const Rule> network_rules();
std::span<const Rule> graphics_rules();
std::span<const Rule> device_rules();
std::span<const Rule> host_rules();
std::span<const Rule> host_service_rules();
std::span<const Rule> host_path_rules();

/// All rules, group by group, in the order of a report.
std::span<const Rule* const> all_rules();
/// nullptr if the rule does not exist.
const Rule* find_rule(std::string_view id);

/// The symptoms that `audit --symptom` accepts.
std::vector<std::string_view> all_symptoms();
/// Whether a violation of the rule can cause the symptom.
bool is_about(const Rule& rule, std::string_view symptom);
/// Whether the blank-separated ids name the rule; "HV-*" names all rules that begin with "HV-".
bool is_named(const Rule& rule, std::string_view ids);

} // namespace hostlease

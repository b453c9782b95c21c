// The verbs of `hostlease`. Each has a file of its own; hostlease.cpp holds the table.
#pragma once

#include "core/diagnostic.hpp"
#include "core/error.hpp"
#include "engine/report.hpp"
#include "exit_code.hpp"
#include "host/host.hpp"
#include "model/domain.hpp"
#include "model/plan.hpp"
#include "model/policy.hpp"
#include "read/toml.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace hostlease {

struct CommandOptions {
    std::string root = "/";
    bool json = false;
    bool force = false;
    bool verbose = false;
    bool dry_run = false;
    bool openmetrics = false;
    std::string svg;     // --svg; "-" is standard output
    std::string output;  // --output; "-" is standard output
    std::string since;   // --since
    std::string watch;   // --watch: "true", or seconds between two looks
    std::string xml;     // --xml; "-" is standard input
    std::string policy;  // --policy
    std::string connect; // --connect
    std::string guest;   // --guest: "windows", "linux"
    std::string cpu;     // --cpu: "intel", "amd"
    std::string symptom; // --symptom
    bool host = false;
    bool no_host = false;
    bool sarif = false;
    bool markdown = false;
    std::string vcpus;  // --vcpus
    std::string memory; // --memory
    std::string prefer; // --prefer: "cache", "frequency"
    std::string set;    // --set: groups apart by commas
    std::string write;  // --write; "-" is standard output
    bool check = false;
    bool define = false;
    bool yes = false;
    // of report and measure; "-" is standard input
    std::string baseline;
    std::string seconds = "5";
    std::optional<std::string> cpus; // --cpus
    bool load = false;               // --load
    std::vector<std::string> words;
};

struct Command {
    const char* name;
    const char* words; // the positional arguments, as the usage line shows them
    /// The letters of the options it takes: r(oot) j(son) x(ml) p(olicy) c(onnect) f(orce) v(erbose) w(atch) s(vg) o, output; t, since a
    /// time; n, the dry run; a, those of audit; b, those of report; m, those of measure; g, those of suggest.
    const char* options;
    const char* summary;
    const char* example;
    ExitCode (*run)(Host& host, const CommandOptions& options);
};

ExitCode run_apply(Host& host, const CommandOptions& options);
ExitCode run_audit(Host& host, const CommandOptions& options);
ExitCode run_check(Host& host, const CommandOptions& options);
ExitCode run_doctor(Host& host, const CommandOptions& options);
ExitCode run_explain(Host& host, const CommandOptions& options);
ExitCode run_hook_verb(Host& host, const CommandOptions& options);
ExitCode run_install_hook(Host& host, const CommandOptions& options);
ExitCode run_log(Host& host, const CommandOptions& options);
ExitCode run_map(Host& host, const CommandOptions& options);
ExitCode run_measure(Host& host, const CommandOptions& options);
ExitCode run_metrics(Host& host, const CommandOptions& options);
ExitCode run_plan(Host& host, const CommandOptions& options);
ExitCode run_policy(Host& host, const CommandOptions& options);
ExitCode run_reconcile(Host& host, const CommandOptions& options);
ExitCode run_release(Host& host, const CommandOptions& options);
ExitCode run_report(Host& host, const CommandOptions& options);
ExitCode run_status(Host& host, const CommandOptions& options);
ExitCode run_suggest(Host& host, const CommandOptions& options);
ExitCode run_uninstall_hook(Host& host, const CommandOptions& options);
ExitCode run_verify(Host& host, const CommandOptions& options);

/// Results go to standard output, without control characters but line ends and tabs: names are other people's text.
void print(std::string_view text);
/// As it is: for programs, or with colours and the like, and names that are printable already.
void print_raw(std::string_view text);
/// False, with a complaint, when a result could not be written.
bool flush_output();
/// Diagnostics go to standard error, a line end is added.
void complain(std::string_view line);
/// Complains and gives the exit code of the error.
ExitCode complain(const Error& error);

/// A file of the user's, outside of any root; "-" is standard input.
Result<std::string> read_user_file(const std::string& path, std::size_t limit);

/// Makes a file of the user's, outside of any root, hold `text`: whole, or untouched. "-" is standard output.
Status write_user_file(const std::string& path, std::string_view text, unsigned mode = 0644);

/// A policy file that the user names, with its bases from the host.
tl::expected<Policy, Diagnostics> load_policy_file(Host& host, const std::string& path);

/// An error for each rule of audit.ignore that does not exist.
Diagnostics unknown_rules(const Policy& policy);

/// The groups of rules that can be set, for the help.
std::string suggest_groups();

/// The version of this machine's libvirt, as it counts: 9.0.0 is 9000000.
unsigned long libvirt_version();

enum class DomainXml { defined, running };

/// The XML of a domain, by name or uuid, from libvirt: as it is defined, or as it runs, which is an error when it does not. `uri` "" is
/// qemu:///system.
Result<std::string> read_libvirt_domain(const std::string& uri, const std::string& name, DomainXml kind);

/// The domain of --xml, or the one that the words name; the exit code when there is none, which has been told then.
tl::expected<Domain, ExitCode> read_domain(const CommandOptions& options, DomainXml kind);

/// The policy given with --policy, a file or a name; else the one that matches.
tl::expected<std::optional<Policy>, Diagnostics> choose_policy(Host& host, const CommandOptions& options, const Domain& domain,
                                                               Diagnostics& warnings);

/// Seconds since 1970 as "2026-11-21 09:30:00" of the local time zone.
std::string local_time(std::int64_t seconds);

std::string_view severity_word(Severity severity);

/// {"severity","knob","target","message"} a row.
TomlArray report_rows(const Report& report);

/// Prints what a rehearsed operation would change, and says on standard error what it would report.
void print_rehearsal(const std::vector<Change>& changes, const Report& report, bool json);

} // namespace hostlease

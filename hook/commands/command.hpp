// Code that the verbs of `hostlease` share, besides options: printing, errors, files, domains, policies.
#pragma once

#include "core/diagnostic.hpp"
#include "core/error.hpp"
#include "engine/report.hpp"
#include "exit_code.hpp"
#include "host/host.hpp"
#include "ledger/ledger.hpp"
#include "model/domain.hpp"
#include "model/plan.hpp"
#include "model/policy.hpp"
#include "text/value.hpp"
#include "verb.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace hostlease {

/// Prints results on standard output, without control characters except line ends and tabs, because names
/// come from other people.
void print(std::string_view text);
/// Prints text unchanged: for programs, or with colours and the like, if its names are printable already.
void print_raw(std::string_view text);
/// Returns false, with a message, if a result could not be written.
bool flush_output();
/// Prints a diagnostic and a line end on standard error.
void complain(std::string_view line);
/// Prints the entries of a report; entries that differ only in the CPU or the like are one line.
void complain(const Report& report);
/// Prints the error and returns its exit code.
ExitCode complain(const Error& error);
/// Prints the error unless the report, which is printed already, contains it. Returns its exit code.
ExitCode complain(const Error& error, const Report& printed);
/// Prints the error of a call that was to release this lease, unless the report, which is printed already,
/// contains it. Returns whether that call released the lease.
bool complain_release(Host& host, const Lease& lease, const Report& report, const Status& status);
/// "released 'win11'" and, after a failure, that values are not restored.
std::string released_text(const Lease& lease, const Status& status);
/// The hint for an ordinary user whom the error denies access; "" for root and other errors.
std::string run_as_root(const Error& error);
/// A line with the hint that names the verb's help.
std::string help_hint(const std::string& verb);

/// Reads a user's file, outside of any root; "-" is standard input.
Result<std::string> read_user_file(const std::string& path, std::size_t limit);

/// Replaces the content of a user's file, outside of any root, by `text`: completely or not at all. "-" and
/// /dev/stdout are standard output. Writes into devices and pipes; replaces symbolic links.
Status write_user_file(const std::string& path, std::string_view text, unsigned mode = 0644);

/// A policy file that the user names, with its bases from the host.
tl::expected<Policy, Diagnostics> load_policy_file(Host& host, const std::string& path);

/// An error for each rule of audit.ignore that does not exist.
Diagnostics unknown_rules(const Policy& policy);

/// The version of this machine's libvirt in libvirt's format: 9.0.0 is 9000000.
unsigned long libvirt_version();

enum class DomainXml { defined, running };

/// The XML of a domain, by name or uuid, from libvirt: its definition, or its running state, which is an
/// error if the domain does not run. `uri` "" is qemu:///system. `hint` says what to do without libvirt.
Result<std::string> read_libvirt_domain(const std::string& uri, const std::string& name, DomainXml kind,
                                        const std::string& hint = {});

/// The hint of a verb that takes a domain or a file.
inline constexpr const char* name_a_file = " (name a file instead, such as ./DOMAIN.xml)";

/// The domain of `plan` and `apply`: from a file, or from libvirt.
struct DomainSource {
    std::string xml;                // --xml; "-" is standard input
    std::string connect;            // --connect
    std::vector<std::string> names; // the words of the command line; none with --xml
};
void add_domain_source(OptionList& list, DomainSource& source);

/// Reads the domain; on failure prints the error and returns the exit code.
tl::expected<Domain, ExitCode> read_domain(const DomainSource& source, DomainXml kind);

/// The policy of this file or name, the value of --policy; the matching one if it is "".
tl::expected<std::optional<Policy>, Diagnostics> choose_policy(Host& host, const std::string& policy,
                                                               const Domain& domain, Diagnostics& warnings);

/// The ledger's content; empty, with a warning, for a user who may not read it.
Result<LedgerContent> read_ledger(Host& host, Diagnostics& warnings);

/// Seconds since 1970 as "2026-11-21 09:30:00" of the local time zone.
std::string local_time(std::int64_t seconds);

/// Rows of {"severity","knob","target","message"}.
ValueArray report_rows(const Report& report);

/// Prints the changes of a rehearsed operation, and prints its report on standard error.
void print_rehearsal(const std::vector<Change>& changes, const Report& report, bool json);

} // namespace hostlease

// Shared by the verbs of `hostlease`, besides options: printing, complaining, files, domains, policies.
#pragma once

#include "core/diagnostic.hpp"
#include "core/error.hpp"
#include "engine/report.hpp"
#include "exit_code.hpp"
#include "host/host.hpp"
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

/// Results go to standard output, without control characters but line ends and tabs: names are other people's
/// text.
void print(std::string_view text);
/// As it is: for programs, or with colours and the like, and names that are printable already.
void print_raw(std::string_view text);
/// False, with a complaint, when a result could not be written.
bool flush_output();
/// Diagnostics go to standard error, a line end is added.
void complain(std::string_view line);
/// The entries of a report; those that differ in the CPU or the like alone are one line.
void complain(const Report& report);
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

/// The version of this machine's libvirt, as it counts: 9.0.0 is 9000000.
unsigned long libvirt_version();

enum class DomainXml { defined, running };

/// The XML of a domain, by name or uuid, from libvirt: as it is defined, or as it runs, which is an error
/// when it does not. `uri` "" is qemu:///system.
Result<std::string> read_libvirt_domain(const std::string& uri, const std::string& name, DomainXml kind);

/// The domain that `plan` and `apply` are about: a file's, or libvirt's.
struct DomainSource {
    std::string xml;                // --xml; "-" is standard input
    std::string connect;            // --connect
    std::vector<std::string> names; // the words; none with --xml
};
void add_domain_source(OptionList& list, DomainSource& source);

/// Reads the domain; on failure complains and gives the exit code.
tl::expected<Domain, ExitCode> read_domain(const DomainSource& source, DomainXml kind);

/// The policy of this file or name, the value of --policy; the one that matches when it is "".
tl::expected<std::optional<Policy>, Diagnostics> choose_policy(Host& host, const std::string& policy,
                                                               const Domain& domain, Diagnostics& warnings);

/// Seconds since 1970 as "2026-11-21 09:30:00" of the local time zone.
std::string local_time(std::int64_t seconds);

/// {"severity","knob","target","message"} a row.
ValueArray report_rows(const Report& report);

/// Prints the changes of a rehearsed operation, and its report on standard error.
void print_rehearsal(const std::vector<Change>& changes, const Report& report, bool json);

} // namespace hostlease

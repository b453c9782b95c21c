#pragma once

#include "core/error.hpp"

namespace hostlease {

/// Exit codes of the command and of the `hook` verb.
enum class ExitCode {
    done = 0,
    failed = 1,    // refused, or not possible
    bad_input = 2, // policy, domain XML or command line
    findings = 3   // drift, or something that needs attention
};

constexpr ExitCode exit_code_of(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::usage:
    case ErrorKind::policy_invalid:
    case ErrorKind::domain_invalid: return ExitCode::bad_input;
    case ErrorKind::drift: return ExitCode::findings;
    case ErrorKind::unsupported:
    case ErrorKind::refused:
    case ErrorKind::io:
    case ErrorKind::busy:
    case ErrorKind::ledger_corrupt:
    case ErrorKind::bug: return ExitCode::failed;
    }
    return ExitCode::failed;
}

} // namespace hostlease

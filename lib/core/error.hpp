// Errors are values. A function that can fail returns Result<T>; nothing in lib/ throws, logs or exits.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>
#include <utility>

namespace hostlease {

enum class ErrorKind {
    usage,          // the command line
    policy_invalid, // a policy file, or which policy applies
    domain_invalid, // the domain XML
    unsupported,    // not possible on this host or in this version
    refused,        // a limit of the policy or of the host forbids it (too little memory, a conflict)
    io,             // a system call failed
    busy,           // another call held the lock past the deadline
    drift,          // another program changed the host
    ledger_corrupt, // a ledger file that cannot be trusted
    bug,            // an error in hostlease
};

/// An error in the user's terms. `path` is the file and `errno_value` its errno; both are optional.
struct Error {
    ErrorKind kind = ErrorKind::bug;
    std::string message;
    std::string path;
    int errno_value = 0;

    /// Prefixes the message with the caller's context: "outer: inner".
    [[nodiscard]] Error context(std::string_view outer) && {
        message = std::string(outer) + ": " + message;
        return std::move(*this);
    }

    /// One line: the message, the path unless the message contains it, and the errno's text if there is one.
    [[nodiscard]] std::string text() const {
        std::string line = message;
        if (!path.empty() && line.find(path) == std::string::npos)
            line += (ends_in_verb(message) ? " " : ": ") + path;
        if (errno_value != 0) line += ": " + std::generic_category().message(errno_value);
        return line;
    }

    /// Whether root could do this, but this user may not.
    [[nodiscard]] bool is_forbidden() const { return errno_value == EACCES || errno_value == EPERM; }

  private:
    /// Whether the text ends in "cannot" and a verb: "cannot read", "cannot look at".
    static bool ends_in_verb(std::string_view text) {
        for (const std::string_view preposition : {" at", " to"})
            if (text.ends_with(preposition)) text.remove_suffix(preposition.size());
        const auto verb = text.rfind(' ');
        return verb != std::string_view::npos && text.substr(0, verb).ends_with("cannot");
    }
};

template <typename T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

inline tl::unexpected<Error> fail(ErrorKind kind, std::string message) {
    return tl::unexpected<Error>(Error{kind, std::move(message), {}, 0});
}

/// A failed system call on `path`; `errno_value` is errno, saved directly after the call.
inline tl::unexpected<Error> fail_io(std::string message, std::string path, int errno_value) {
    return tl::unexpected<Error>(Error{ErrorKind::io, std::move(message), std::move(path), errno_value});
}

} // namespace hostlease

/// Yields the value of an expected, or returns its error from the calling function. The error type of that
/// function must be constructible from this error.
#define TRY(expression)                                                        \
    __extension__({                                                            \
        auto try_result = (expression);                                        \
        if (!try_result) return tl::unexpected(std::move(try_result.error())); \
        *std::move(try_result);                                                \
    })

/// Like TRY, if the expected has no value or the value is not needed.
#define TRY_VOID(expression)                                      \
    do {                                                          \
        if (auto try_result = (expression); !try_result)          \
            return tl::unexpected(std::move(try_result.error())); \
    } while (false)

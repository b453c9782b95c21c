// Errors are values. A function that can fail returns Result<T>; nothing in lib/ throws, logs or exits.
#pragma once

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
    unsupported,    // this host or this version cannot do it
    refused,        // a limit of the policy or of the host forbids it (too little memory, a conflict)
    io,             // a system call failed
    busy,           // somebody else held the lock past our deadline
    drift,          // the host was changed by somebody else
    ledger_corrupt, // a ledger file that cannot be trusted
    bug,            // a mistake of ours
};

/// What went wrong, in the user's words. `path` is the file at fault and `errno_value` its errno, both optional.
struct Error {
    ErrorKind kind = ErrorKind::bug;
    std::string message;
    std::string path;
    int errno_value = 0;

    /// Puts the caller's view in front: "outer: inner".
    [[nodiscard]] Error context(std::string_view outer) && {
        message = std::string(outer) + ": " + message;
        return std::move(*this);
    }

    /// One line: message, path when the message does not name it, and strerror when there is an errno.
    [[nodiscard]] std::string text() const {
        std::string line = message;
        if (!path.empty() && line.find(path) == std::string::npos) line += ": " + path;
        if (errno_value != 0) line += ": " + std::generic_category().message(errno_value);
        return line;
    }
};

template <typename T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

inline tl::unexpected<Error> fail(ErrorKind kind, std::string message) {
    return tl::unexpected<Error>(Error{kind, std::move(message), {}, 0});
}

/// A failed system call on `path`; `errno_value` is taken right at the call.
inline tl::unexpected<Error> fail_io(std::string message, std::string path, int errno_value) {
    return tl::unexpected<Error>(Error{ErrorKind::io, std::move(message), std::move(path), errno_value});
}

} // namespace hostlease

/// Value of a Result, or return its Error to the caller.
#define TRY(expression)                                                                            \
    __extension__({                                                                                \
        auto try_result = (expression);                                                            \
        if (!try_result) return tl::unexpected<::hostlease::Error>(std::move(try_result).error()); \
        std::move(try_result).value();                                                             \
    })

/// Like TRY for a Status, or for a value that is not wanted.
#define TRY_VOID(expression)                                                          \
    do {                                                                              \
        if (auto try_result = (expression); !try_result)                              \
            return tl::unexpected<::hostlease::Error>(std::move(try_result).error()); \
    } while (false)

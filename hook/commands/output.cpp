#include "command.hpp"

#include "engine/policy_store.hpp"
#include "standard_input.hpp"

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>

namespace hostlease {

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void complain(std::string_view line) {
    std::fwrite(line.data(), 1, line.size(), stderr);
    if (!line.ends_with('\n')) std::fputc('\n', stderr);
}

ExitCode complain(const Error& error) {
    complain("hostlease: " + error.text());
    return exit_code_of(error.kind);
}

Result<std::string> read_user_file(const std::string& path, std::size_t limit) {
    if (path == "-") return read_standard_input(limit);
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    const int error = errno;
    if (!file) return tl::unexpected<Error>(Error{ErrorKind::usage, "cannot read", path, error});
    std::string text;
    for (std::istreambuf_iterator<char> at(file), end; at != end && text.size() <= limit; ++at)
        text += *at;
    if (file.bad()) return tl::unexpected<Error>(Error{ErrorKind::usage, "cannot read", path, EIO});
    return text;
}

tl::expected<Policy, Diagnostics> load_policy_file(Host& host, const std::string& path) {
    constexpr std::size_t limit = 1024 * 1024;
    const auto text = read_user_file(path, limit);
    if (text) return load_policy_text(host, path, *text);
    Diagnostics problems;
    problems.error({path, 0, 0}, text.error().text());
    return tl::unexpected<Diagnostics>(std::move(problems));
}

} // namespace hostlease

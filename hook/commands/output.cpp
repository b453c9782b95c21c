#include "command.hpp"

#include "core/foreign_text.hpp"
#include "core/units.hpp"

#include "engine/folded_report.hpp"
#include "engine/policy_store.hpp"
#include "plan/render.hpp"
#include "standard_input.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace hostlease {

namespace {
struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
} // namespace

void print(std::string_view text) { print_raw(printable(std::string(text), "\n\t")); }

void print_raw(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string local_time(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm parts{};
    char text[32]{};
    if (localtime_r(&time, &parts) == nullptr || std::strftime(text, sizeof text, "%F %T", &parts) == 0)
        return "?";
    return text;
}

ValueArray report_rows(const Report& report) {
    ValueArray rows;
    for (const auto& entry : report.entries) {
        ValueTable row;
        put(row, "severity", to_text(entry.severity));
        put(row, "knob", entry.knob);
        put(row, "target", entry.target);
        put(row, "message", entry.message);
        rows.push_back({std::move(row), {}});
    }
    return rows;
}

void print_rehearsal(const std::vector<Change>& changes, const Report& report, bool json) {
    if (!json) {
        print(render_text(std::span(changes)));
        complain(report);
        return;
    }
    ValueTable table;
    put(table, "changes", change_rows(changes));
    put(table, "report", report_rows(report));
    print(to_json({std::move(table), {}}));
}

bool flush_output() {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return true;
    complain("hostlease: cannot write the result: " + std::string(std::strerror(errno)));
    return false;
}

void complain(std::string_view line) {
    std::fflush(stdout); // keeps both streams of one terminal or file in order
    const std::string text = printable(std::string(line), "\n\t");
    std::fwrite(text.data(), 1, text.size(), stderr);
    if (!line.ends_with('\n')) std::fputc('\n', stderr);
}

ExitCode complain(const Error& error) {
    const auto hint = run_as_root(error);
    complain("hostlease: " + error.text() + (hint.empty() ? "" : "\n  hint: " + hint));
    return exit_code_of(error.kind);
}

std::string run_as_root(const Error& error) {
    return error.is_forbidden() && geteuid() != 0 ? "run this command as root" : "";
}

std::string help_hint(const std::string& verb) {
    return "\n  hint: `hostlease " + verb + " --help` explains the verb";
}

void complain(const Report& report) {
    for (const auto& entry : fold_entries(report.entries))
        complain("hostlease: " + entry.message);
}

namespace {
bool contains(const Report& report, const Error& error) {
    const auto& entries = report.entries;
    return std::any_of(entries.begin(), entries.end(),
                       [&](const auto& entry) { return entry.message == error.text(); });
}
} // namespace

ExitCode complain(const Error& error, const Report& printed) {
    return contains(printed, error) ? exit_code_of(error.kind) : complain(error);
}

bool complain_release(Host& host, const Lease& lease, const Report& report, const Status& status) {
    if (status) return true;
    // the report of a release has every failure of it; another error came before, such as a lock that is held
    if (contains(report, status.error())) return !Ledger::has_lease(host, lease.uuid);
    complain(status.error());
    if (status.error().kind == ErrorKind::busy) complain("  hint: run the command again");
    return false;
}

std::string released_text(const Lease& lease, const Status& status) {
    return "released '" + lease.domain + "'" +
           (status ? "" : ", but some values could not be restored (`hostlease reconcile` tries again)") +
           "\n";
}

Result<std::string> read_user_file(const std::string& path, std::size_t limit) {
    if (path == "-") return read_standard_input(limit);
    const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
    const auto failure = [&] {
        return tl::unexpected<Error>(Error{ErrorKind::usage, "cannot read", path, errno});
    };
    if (!file) return failure();
    std::string text(limit + 1, '\0'); // one byte more shows that the limit was exceeded
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    if (std::ferror(file.get()) != 0) return failure();
    return text;
}

namespace {
/// A terminal, /dev/null or a pipe: a rename would replace it. A symbolic link is replaced, because
/// another user may have created it.
bool is_stream(const std::string& path) {
    struct stat status{};
    return lstat(path.c_str(), &status) == 0 && (S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode));
}

Status write_in_place(const std::string& path, std::string_view text) {
    const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "wbe"));
    if (file && std::fwrite(text.data(), 1, text.size(), file.get()) == text.size() &&
        std::fflush(file.get()) == 0)
        return {};
    return fail_io("cannot write", path, errno);
}
} // namespace

Status write_user_file(const std::string& path, std::string_view text, unsigned mode) {
    if (path == "-" || path == "/dev/stdout") {
        if (isatty(STDOUT_FILENO) == 1)
            print(text);
        else
            print_raw(text);
        return {};
    }
    if (is_stream(path)) return write_in_place(path, text);
    std::string draft = path + ".XXXXXX"; // a name that collectors of such files ignore
    const int fd = mkostemp(draft.data(), O_CLOEXEC);
    if (fd < 0) return fail_io("cannot write", path, errno);
    const std::unique_ptr<std::FILE, CloseFile> file(fdopen(fd, "wb"));
    const bool is_written = file && std::fwrite(text.data(), 1, text.size(), file.get()) == text.size() &&
                            std::fflush(file.get()) == 0 && fchmod(fd, mode) == 0 &&
                            std::rename(draft.c_str(), path.c_str()) == 0;
    if (is_written) return {};
    const int error = errno;
    unlink(draft.c_str());
    return fail_io("cannot write", path, error);
}

tl::expected<Policy, Diagnostics> load_policy_file(Host& host, const std::string& path) {
    constexpr std::size_t limit = MiB;
    auto text = read_user_file(path, limit);
    if (text) return load_policy_text(host, path, *text);
    text.error().path.clear(); // the diagnostic already names the file
    Diagnostics problems;
    problems.error({path, 0, 0}, text.error().text());
    return tl::unexpected<Diagnostics>(std::move(problems));
}

} // namespace hostlease

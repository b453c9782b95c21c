// Runs programs of policies and tools of ours with Boost.Process. It supports neither a deadline for a whole
// process group nor closing inherited descriptors, so these use system calls directly.
#include "core/parse.hpp"
#include "core/units.hpp"
#include "host/journal.hpp"
#include "host/linux_host.hpp"

// std::filesystem instead of Boost's, which would be another library to link
#define BOOST_PROCESS_USE_STD_FS
// in newer versions, the headers of this name contain version 2
#if __has_include(<boost/process/v1/child.hpp>)
#include <boost/process/v1/args.hpp>
#include <boost/process/v1/child.hpp>
#include <boost/process/v1/env.hpp>
#include <boost/process/v1/exe.hpp>
#include <boost/process/v1/extend.hpp>
#include <boost/process/v1/group.hpp>
#include <boost/process/v1/posix.hpp>
#include <boost/process/v1/start_dir.hpp>
namespace bp = boost::process::v1;
#else
#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/env.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/extend.hpp>
#include <boost/process/group.hpp>
#include <boost/process/posix.hpp>
#include <boost/process/start_dir.hpp>
namespace bp = boost::process;
#endif

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hostlease {

namespace {
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Time = std::chrono::microseconds;

/// The time that a program has between SIGTERM and SIGKILL.
constexpr Time grace = 1s;
constexpr const char* search_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr std::size_t longest_line = 1000;
constexpr std::size_t most_lines = 200;

/// Changes in the child before it executes the program.
struct Untie {
    template <typename Executor>
    void operator()(Executor&) const {
        prctl(PR_SET_PDEATHSIG, SIGKILL); // the child dies with us
        for (int number = 1; number < NSIG; ++number)
            // NOLINT(cert-err33-c): the two signals that cannot be set need no change
            signal(number, SIG_DFL);
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, nullptr);
        // the ledger's lock belongs to an open file: a process that inherits it would hold the lock
        syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
    }
};

/// While this object lives, descendants without a parent become our children, even if they have left their
/// process group.
class Subreaper {
  public:
    Subreaper() { prctl(PR_SET_CHILD_SUBREAPER, 1); }
    Subreaper(const Subreaper&) = delete;
    Subreaper& operator=(const Subreaper&) = delete;
    ~Subreaper() { prctl(PR_SET_CHILD_SUBREAPER, 0); }
};

/// Lines of a program's output: sends them to the journal up to a limit, and keeps the last one for the
/// error.
class Output {
  public:
    explicit Output(const Program& program) : is_logged_(program.is_logged) {
        fields_.emplace_back("HOSTLEASE_PROGRAM", program.words.front());
        for (const auto& pair : program.environment)
            if (const auto equals = pair.find('='); equals != std::string::npos)
                fields_.emplace_back(std::string_view(pair).substr(0, equals), pair.substr(equals + 1));
    }

    void add(std::string_view text) {
        for (const char c : text) {
            if (c == '\n')
                end_line();
            else if (line_.size() < longest_line)
                line_ += static_cast<unsigned char>(c) < ' ' || c == 0x7f ? '?' : c;
        }
    }

    void end_line() {
        if (line_.empty()) return;
        last_ = std::move(line_);
        line_.clear();
        if (++count_ <= most_lines) send(last_);
        if (count_ == most_lines) send("(more output is left out)");
    }

    [[nodiscard]] const std::string& last() const { return last_; }

  private:
    void send(const std::string& line) {
        if (is_logged_) send_to_journal(JournalPriority::info, fields_.front().second + ": " + line, fields_);
    }

    bool is_logged_;
    std::vector<JournalField> fields_;
    std::string line_;
    std::string last_;
    std::size_t count_ = 0;
};

/// Reads the available output; false at its end.
bool drain(int fd, Output& output) {
    std::array<char, 4096> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
    while (true) {
        const ssize_t count = read(fd, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count == 0 || (count < 0 && errno != EAGAIN)) return false;
        if (count < 0) return true;
        output.add({buffer.data(), static_cast<std::size_t>(count)});
    }
}

/// Whether the process ends within `patience`; reads its output meanwhile.
bool wait_for_end(int process, int pipe, Time patience, Output& output) {
    const auto deadline = Clock::now() + patience;
    std::array<pollfd, 2> events{{{process, POLLIN, 0}, {pipe, POLLIN, 0}}};
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        const int ready =
            poll(events.data(), events.size(), static_cast<int>(std::max<Time::rep>(0, left.count())));
        if (ready < 0 && errno != EINTR) return false;
        if (ready == 0 && Clock::now() >= deadline) return false;
        if (ready <= 0) continue;
        if (events[1].revents != 0 && !drain(pipe, output)) events[1].fd = -1;
        if (events[0].revents != 0) return true;
    }
}

/// Our children, as many as fit into one page.
std::vector<pid_t> children() {
    const std::string file = "/proc/self/task/" + std::to_string(gettid()) + "/children";
    const UniqueFd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 4096> buffer{};
    const ssize_t count = fd.valid() ? read(fd.get(), buffer.data(), buffer.size()) : 0;
    std::vector<pid_t> found;
    split(std::string_view(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(0, count))), ' ',
          [&](std::string_view word) {
              if (const auto child = parse_integer<pid_t>(word)) found.push_back(*child);
          });
    return found;
}

/// Ends processes that the program has left behind; `others` were our children before the program.
void end_orphans(const std::vector<pid_t>& others) {
    for (int round = 0; round < 100; ++round) {
        auto orphans = children();
        std::erase_if(orphans, [&](pid_t child) {
            return std::find(others.begin(), others.end(), child) != others.end();
        });
        if (orphans.empty()) return;
        for (const pid_t orphan : orphans) {
            kill(orphan, SIGKILL);
            waitpid(orphan, nullptr, 0);
        }
    }
}

Status judge(const Program& program, int status, bool in_time, const Output& output) {
    const std::string& path = program.words.front();
    const std::string said = output.last().empty() ? "" : ": " + output.last();
    if (!in_time)
        return fail(ErrorKind::refused,
                    path + " was ended at its deadline of " + format_time(program.deadline) + said);
    if (WIFSIGNALED(status))
        return fail(ErrorKind::refused, path + " died of signal " + std::to_string(WTERMSIG(status)) + said);
    if (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != program.fine_status)
        return fail(ErrorKind::refused,
                    path + " ended with status " + std::to_string(WEXITSTATUS(status)) + said);
    return {};
}

bp::environment environment_of(const Program& program) {
    bp::environment environment;
    environment["PATH"] = search_path;
    for (const auto& pair : program.environment) {
        const auto equals = std::min(pair.find('='), pair.size());
        environment[pair.substr(0, equals)] = pair.substr(std::min(equals + 1, pair.size()));
    }
    return environment;
}

/// Reaps a child that could not execute the program, because Boost does not.
bp::child spawn(const Program& program, int input, int output, int standard_output, bp::group& group,
                std::error_code& error) {
    const std::vector<std::string> arguments(program.words.begin() + 1, program.words.end());
    const auto others = children();
    bp::child child(
        bp::exe = program.words.front(), bp::args = arguments, environment_of(program), bp::start_dir = "/",
        bp::posix::fd.bind(STDIN_FILENO, input), bp::posix::fd.bind(STDOUT_FILENO, standard_output),
        bp::posix::fd.bind(STDERR_FILENO, output), group, bp::extend::on_exec_setup = Untie{}, error);
    if (error) end_orphans(others);
    return child;
}

Status run_in_group(const Program& program, int input, int pipe, UniqueFd output_end, const UniqueFd& file) {
    Output output(program);
    bp::group group;
    std::error_code error;
    const auto others = children();
    bp::child child =
        spawn(program, input, output_end.get(), file.valid() ? file.get() : output_end.get(), group, error);
    output_end = UniqueFd();
    if (error) return fail_io("cannot run", program.words.front(), error.value());
    const UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, child.id(), 0)));
    const bool in_time = wait_for_end(process.get(), pipe, program.deadline, output);
    if (!in_time) {
        kill(-group.native_handle(), SIGTERM);
        wait_for_end(process.get(), pipe, grace, output);
    }
    // the leader of the group is not reaped yet, so its number is still valid
    kill(-group.native_handle(), SIGKILL);
    child.wait(error);
    end_orphans(others);
    drain(pipe, output);
    output.end_line();
    return judge(program, child.native_exit_code(), in_time, output);
}

/// The destructor ends the program with SIGKILL, because it has nothing to clean up.
class LinuxBackgroundProgram final : public BackgroundProgram {
  public:
    LinuxBackgroundProgram(std::string path, bp::child child)
        : path_(std::move(path)), child_(std::move(child)) {}
    LinuxBackgroundProgram(const LinuxBackgroundProgram&) = delete;
    LinuxBackgroundProgram& operator=(const LinuxBackgroundProgram&) = delete;
    ~LinuxBackgroundProgram() override {
        kill(-child_.id(), SIGKILL); // the group has the child's number, and the child is not reaped yet
        std::error_code error;
        child_.wait(error);
    }

    Status check() override {
        siginfo_t end{};
        if (waitid(P_PID, static_cast<id_t>(child_.id()), &end, WEXITED | WNOHANG | WNOWAIT) != 0)
            return fail_io("cannot look after", path_, errno);
        if (end.si_pid == 0) return {};
        return fail(ErrorKind::refused,
                    path_ + (end.si_code == CLD_EXITED ? " ended with status " : " died of signal ") +
                        std::to_string(end.si_status));
    }

  private:
    std::string path_;
    bp::child child_;
};

/// A file in memory that a child can open by path.
Result<UniqueFd> file_without_a_name() {
    UniqueFd file(memfd_create("hostlease-output", MFD_CLOEXEC));
    if (!file.valid()) return fail_io("cannot make a file in memory", "memfd", errno);
    return file;
}

Result<std::string> text_of(const UniqueFd& file, const std::string& writer) {
    constexpr off_t limit = off_t{16} << 20U;
    const off_t size = lseek(file.get(), 0, SEEK_END);
    if (size < 0 || size > limit)
        return fail(ErrorKind::refused, writer + " has written more than can be read");
    std::string text(static_cast<std::size_t>(size), '\0');
    for (std::size_t have = 0; have < text.size();) {
        const ssize_t count =
            pread(file.get(), text.data() + have, text.size() - have, static_cast<off_t>(have));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return fail_io("cannot read what was written by", writer, errno);
        have += static_cast<std::size_t>(count);
    }
    return text;
}
} // namespace

Status LinuxHost::run(const Program& program) {
    TRY_VOID(require_machine("programs"));
    const std::string& path = program.words.front();
    const UniqueFd input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    std::array<int, 2> ends{};
    if (!input.valid() || pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return fail_io("cannot run", path, errno);
    const UniqueFd pipe(ends[0]);
    UniqueFd output_end(ends[1]);
    fcntl(output_end.get(), F_SETFL, 0); // programs expect a blocking pipe
    const std::string& output = program.standard_output;
    const UniqueFd file(
        output.empty() ? -1 : ::open(output.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!output.empty() && !file.valid()) return fail_io("cannot write", output, errno);
    const Subreaper subreaper;
    try {
        return run_in_group(program, input.get(), pipe.get(), std::move(output_end), file);
    } catch (const std::exception& exception) {
        return fail(ErrorKind::io, "cannot run " + path + ": " + exception.what());
    }
}

Result<std::string> LinuxHost::run_for_output(const Program& program) {
    const UniqueFd file = TRY(file_without_a_name());
    const std::string path = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(file.get());
    Program written = program;
    for (auto& word : written.words)
        if (const auto place = word.find(output_file); place != std::string::npos)
            word.replace(place, output_file.size(), path);
    TRY_VOID(run(written));
    return text_of(file, program.words.front());
}

Result<std::unique_ptr<BackgroundProgram>> LinuxHost::start(const Program& program) {
    TRY_VOID(require_machine("programs"));
    const std::string& path = program.words.front();
    const UniqueFd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!nothing.valid()) return fail_io("cannot run", path, errno);
    try {
        bp::group group;
        std::error_code error;
        bp::child child = spawn(program, nothing.get(), nothing.get(), nothing.get(), group, error);
        if (error) return fail_io("cannot run", path, error.value());
        group.detach(); // otherwise the destructor of the variable would end it
        return std::unique_ptr<BackgroundProgram>(
            std::make_unique<LinuxBackgroundProgram>(path, std::move(child)));
    } catch (const std::exception& exception) {
        return fail(ErrorKind::io, "cannot run " + path + ": " + exception.what());
    }
}

} // namespace hostlease

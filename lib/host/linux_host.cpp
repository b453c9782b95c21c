#include "host/linux_host.hpp"

#include "core/units.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <unistd.h>

namespace hostlease {

namespace {
constexpr std::size_t read_limit = 16 * MiB;

/// Blocks all signals except SIGKILL for this thread while the object lives.
class SignalsBlocked {
  public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t before_{};
};

/// Interrupts a blocking system call of this thread when the time is over, and again each tenth of a second,
/// because the first signal may come just before the call. Source: setitimer(2), signal(7): without
/// SA_RESTART.
class WakeUp {
  public:
    explicit WakeUp(std::chrono::microseconds time) {
        struct sigaction action{};
        action.sa_handler = [](int) {};
        sigaction(SIGALRM, &action, &action_before_);
        sigset_t alarm;
        sigemptyset(&alarm);
        sigaddset(&alarm, SIGALRM);
        pthread_sigmask(SIG_UNBLOCK, &alarm, &mask_before_);
        const itimerval timer{{0, 100'000}, {time.count() / 1'000'000, time.count() % 1'000'000}};
        setitimer(ITIMER_REAL, &timer, nullptr);
    }
    WakeUp(const WakeUp&) = delete;
    WakeUp& operator=(const WakeUp&) = delete;
    ~WakeUp() {
        const itimerval never{};
        setitimer(ITIMER_REAL, &never, nullptr);
        pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
        sigaction(SIGALRM, &action_before_, nullptr);
    }

  private:
    struct sigaction action_before_{};
    sigset_t mask_before_{};
};

class LinuxLock final : public HostLock {
  public:
    explicit LinuxLock(UniqueFd fd) : fd_(std::move(fd)) {}

  private:
    UniqueFd fd_;
};

Status write_all(int fd, std::string_view text, const std::string& path) {
    while (!text.empty()) {
        const ssize_t count = ::write(fd, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_io("cannot write", path, errno);
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

/// Reads up to the file's end, but at most this many bytes.
Result<std::string> read_bytes(int fd, std::size_t most, const std::string& path) {
    std::string text;
    std::array<char, 16384> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
    while (text.size() < most) {
        const ssize_t count = ::read(fd, buffer.data(), std::min(buffer.size(), most - text.size()));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_io("cannot read", path, errno);
        if (count == 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
}

Status write_line(int fd, std::string_view text, const std::string& path) {
    const std::string line = std::string(text) + "\n";
    const ssize_t count = ::write(fd, line.data(), line.size());
    if (count < 0) return fail_io("cannot write '" + std::string(text) + "'", path, errno);
    if (static_cast<std::size_t>(count) != line.size())
        return fail_io("only part was taken of '" + std::string(text) + "'", path, EIO);
    return {};
}

Result<std::string> read_whole(int fd, const std::string& path) {
    auto text = TRY(read_bytes(fd, read_limit + 1, path));
    if (text.size() > read_limit) return fail_io("cannot read, it is too large", path, EFBIG);
    return text;
}

std::chrono::microseconds clock_time(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_nsec / 1000);
}
} // namespace

/// An open directory and a name in it.
struct LinuxHost::Place {
    UniqueFd directory;
    std::string name;
};

Result<std::unique_ptr<LinuxHost>> LinuxHost::open(const std::string& root) {
    UniqueFd fd(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid()) return fail_io("cannot use the root directory", root, errno);
    return std::unique_ptr<LinuxHost>(new LinuxHost(std::move(fd)));
}

Result<UniqueFd> LinuxHost::open_path(const std::string& path, int flags, Links links) {
    // the kernel would cut the path at the NUL
    if (path.find('\0') != std::string::npos) return fail_io("cannot open", path, EINVAL);
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.resolve =
        RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | (links == Links::refuse ? RESOLVE_NO_SYMLINKS : 0U);
    const auto start = path.find_first_not_of('/');
    const char* relative = start == std::string::npos ? "." : path.c_str() + start;
    UniqueFd fd(static_cast<int>(syscall(SYS_openat2, root_.get(), relative, &how, sizeof how)));
    if (!fd.valid()) return fail_io("cannot open", path, errno);
    return fd;
}

Result<LinuxHost::Place> LinuxHost::place_of(const std::string& path) {
    if (path.find('\0') != std::string::npos) return fail_io("cannot use", path, EINVAL);
    const auto slash = path.rfind('/');
    return Place{TRY(open_path(path.substr(0, slash + 1), O_PATH | O_DIRECTORY, Links::refuse)),
                 path.substr(slash + 1)};
}

/// Opening a FIFO or a device file could block, in the worst case forever. Only the open itself uses
/// O_NONBLOCK: for cgroup files, a nonblocking write has another meaning (memory_high_write, mm/memcontrol.c,
/// 6.16).
Result<UniqueFd> LinuxHost::open_file(const std::string& path, int flags) {
    UniqueFd fd = TRY(open_path(path, flags | O_NOCTTY | O_NONBLOCK, Links::follow));
    struct stat info{};
    if (fstat(fd.get(), &info) != 0) return fail_io("cannot look at", path, errno);
    if (S_ISDIR(info.st_mode)) return fail_io("cannot read", path, EISDIR);
    if (!S_ISREG(info.st_mode)) return fail(ErrorKind::unsupported, path + " is not a regular file");
    if ((flags & O_ACCMODE) != O_RDONLY && fcntl(fd.get(), F_SETFL, 0) != 0)
        return fail_io("cannot open", path, errno);
    return fd;
}

Result<std::string> LinuxHost::read(const std::string& path) {
    const UniqueFd fd = TRY(open_file(path, O_RDONLY));
    return read_whole(fd.get(), path);
}

Result<std::string> LinuxHost::read_start(const std::string& path, std::size_t bytes) {
    const UniqueFd fd = TRY(open_file(path, O_RDONLY));
    return read_bytes(fd.get(), bytes, path);
}

Status LinuxHost::write(const std::string& path, std::string_view text) {
    const SignalsBlocked blocked;
    // kernel files ignore O_TRUNC; in a plain directory tree, it makes the file contain exactly the text
    const UniqueFd fd = TRY(open_file(path, O_WRONLY | O_TRUNC));
    return write_line(fd.get(), text, path);
}

WriteOutcome LinuxHost::write_and_read(const std::string& path, std::string_view text,
                                       const std::vector<std::string>& others) {
    const SignalsBlocked blocked;
    const auto file = open_file(path, O_RDWR | O_TRUNC);
    if (!file) return Host::write_and_read(path, text, others);
    std::vector<Result<UniqueFd>> opened;
    opened.reserve(others.size());
    for (const auto& other : others)
        opened.push_back(open_file(other, O_RDONLY));
    WriteOutcome outcome{write_line(file->get(), text, path), {}};
    outcome.texts.reserve(1 + others.size());
    lseek(file->get(), 0, SEEK_SET); // sysfs then renders the file anew (Documentation/filesystems/sysfs.rst)
    outcome.texts.push_back(read_whole(file->get(), path));
    for (std::size_t i = 0; i < others.size(); ++i)
        outcome.texts.push_back(
            opened[i].and_then([&](const UniqueFd& fd) { return read_whole(fd.get(), others[i]); }));
    return outcome;
}

Result<std::vector<std::string>> LinuxHost::list(const std::string& directory) {
    UniqueFd fd = TRY(open_path(directory, O_RDONLY | O_DIRECTORY, Links::follow));
    DIR* stream = fdopendir(fd.get());
    if (stream == nullptr) return fail_io("cannot list", directory, errno);
    const int owned_by_stream = fd.release();
    static_cast<void>(owned_by_stream);
    std::vector<std::string> names;
    while (const dirent* entry = readdir(stream)) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
    closedir(stream);
    std::sort(names.begin(), names.end());
    return names;
}

Result<FileStatus> LinuxHost::status(const std::string& path) {
    const UniqueFd fd = TRY(open_path(path, O_PATH | O_NOFOLLOW, Links::follow));
    struct stat info{};
    if (fstat(fd.get(), &info) != 0) return fail_io("cannot look at", path, errno);
    const auto type = S_ISREG(info.st_mode)   ? FileStatus::Type::regular
                      : S_ISDIR(info.st_mode) ? FileStatus::Type::directory
                      : S_ISBLK(info.st_mode) ? FileStatus::Type::block_device
                                              : FileStatus::Type::other;
    const dev_t device = S_ISBLK(info.st_mode) || S_ISCHR(info.st_mode) ? info.st_rdev : info.st_dev;
    return FileStatus{
        type, info.st_uid, info.st_mode & 07777U, {major(device), minor(device)}, info.st_ctim.tv_sec};
}

Result<std::string> LinuxHost::resolve(const std::string& path) {
    const auto target_of = [&](int fd) -> Result<std::string> {
        std::array<char, 4097> buffer{};
        const std::string link = "/proc/self/fd/" + std::to_string(fd);
        const ssize_t length = readlink(link.c_str(), buffer.data(), buffer.size() - 1);
        if (length < 0) return fail_io("cannot resolve", path, errno);
        return std::string(buffer.data(), static_cast<std::size_t>(length));
    };
    const UniqueFd fd = TRY(open_path(path, O_PATH, Links::follow));
    const std::string root = TRY(target_of(root_.get()));
    const std::string full = TRY(target_of(fd.get()));
    return root == "/" ? full : full == root ? "/" : full.substr(std::min(root.size(), full.size()));
}

Status LinuxHost::replace(const std::string& path, std::string_view text) {
    const Place place = TRY(place_of(path));
    const std::string draft = "." + place.name + ".tmp";
    // left by a process that died here; a directory is not ours
    if (unlinkat(place.directory.get(), draft.c_str(), 0) != 0 && errno == EISDIR)
        unlinkat(place.directory.get(), draft.c_str(), AT_REMOVEDIR);
    {
        const UniqueFd fd(openat(place.directory.get(), draft.c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!fd.valid()) return fail_io("cannot create", path, errno);
        if (auto written = write_all(fd.get(), text, path); !written) {
            unlinkat(place.directory.get(), draft.c_str(), 0);
            return written;
        }
    }
    if (renameat(place.directory.get(), draft.c_str(), place.directory.get(), place.name.c_str()) != 0) {
        const int error = errno;
        unlinkat(place.directory.get(), draft.c_str(), 0);
        return fail_io("cannot replace", path, error);
    }
    return {};
}

Status LinuxHost::remove(const std::string& path) {
    const Place place = TRY(place_of(path));
    if (unlinkat(place.directory.get(), place.name.c_str(), 0) != 0 && errno != ENOENT)
        return fail_io("cannot remove", path, errno);
    return {};
}

Status LinuxHost::rename(const std::string& from, const std::string& to) {
    const Place source = TRY(place_of(from));
    const Place target = TRY(place_of(to));
    if (renameat(source.directory.get(), source.name.c_str(), target.directory.get(), target.name.c_str()) !=
        0)
        return fail_io("cannot rename", from, errno);
    return {};
}

Status LinuxHost::make_directory(const std::string& path) {
    const Place place = TRY(place_of(path));
    if (mkdirat(place.directory.get(), place.name.c_str(), 0700) != 0 && errno != EEXIST)
        return fail_io("cannot create", path, errno);
    return {};
}

Status LinuxHost::remove_directory(const std::string& path) {
    const auto place = place_of(path);
    if (!place && is_missing(place.error())) return {};
    if (!place) return tl::unexpected(place.error());
    if (unlinkat(place->directory.get(), place->name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT &&
        errno != ENOTEMPTY)
        return fail_io("cannot remove", path, errno);
    return {};
}

Status LinuxHost::make_link(const std::string& path, const std::string& target) {
    const Place place = TRY(place_of(path));
    if (symlinkat(target.c_str(), place.directory.get(), place.name.c_str()) != 0)
        return fail_io("cannot create", path, errno);
    return {};
}

Result<std::string> LinuxHost::link_target(const std::string& path) {
    const Place place = TRY(place_of(path));
    std::array<char, 4097> buffer{};
    const ssize_t length =
        readlinkat(place.directory.get(), place.name.c_str(), buffer.data(), buffer.size() - 1);
    if (length < 0) return fail_io("cannot read the link", path, errno);
    return std::string(buffer.data(), static_cast<std::size_t>(length));
}

Result<std::unique_ptr<HostLock>> LinuxHost::lock(const std::string& directory,
                                                  std::chrono::microseconds patience) {
    UniqueFd fd = TRY(open_path(directory, O_RDONLY | O_DIRECTORY, Links::refuse));
    const auto give_up = now() + patience;
    if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        // flock(2) serves waiting callers in order, but callers that try repeatedly only by luck
        const WakeUp wake_up(std::max(patience, std::chrono::microseconds(1)));
        while (flock(fd.get(), LOCK_EX) != 0) {
            if (errno != EINTR) return fail_io("cannot lock", directory, errno);
            if (now() < give_up) continue;
            auto error = fail(ErrorKind::busy,
                              "another hostlease has held the lock on " + directory + " for too long");
            error.value().path = directory;
            return error;
        }
    }
    return std::unique_ptr<HostLock>(std::make_unique<LinuxLock>(std::move(fd)));
}

bool LinuxHost::is_machine() const {
    struct stat root{};
    struct stat machine{};
    return fstat(root_.get(), &root) == 0 && stat("/", &machine) == 0 && root.st_dev == machine.st_dev &&
           root.st_ino == machine.st_ino;
}

Status LinuxHost::require_machine(std::string_view what) {
    if (is_machine()) return {};
    return fail(ErrorKind::unsupported,
                std::string(what) + " belong to the machine, not to this root directory");
}

std::chrono::microseconds LinuxHost::now() { return clock_time(CLOCK_BOOTTIME); }

std::int64_t LinuxHost::wall_clock() {
    return std::chrono::duration_cast<std::chrono::seconds>(clock_time(CLOCK_REALTIME)).count();
}

void LinuxHost::sleep(std::chrono::microseconds time) {
    const timespec length{static_cast<time_t>(time.count() / 1'000'000),
                          static_cast<long>(time.count() % 1'000'000 * 1000)};
    nanosleep(&length, nullptr);
}

std::uint32_t LinuxHost::user() { return geteuid(); }

} // namespace hostlease

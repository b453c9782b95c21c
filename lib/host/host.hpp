// The only access to the machine. Paths are the host's own ("/sys/..."); the implementation resolves them
// below its root.
#pragma once

#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "model/lease.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// A lock that is held as long as this object lives. The kernel releases it when the process dies.
class HostLock {
  public:
    HostLock() = default;
    HostLock(const HostLock&) = delete;
    HostLock& operator=(const HostLock&) = delete;
    virtual ~HostLock() = default;
};

/// While this object lives, the thread that took it is scheduled before ordinary threads.
class Precedence {
  public:
    Precedence() = default;
    Precedence(const Precedence&) = delete;
    Precedence& operator=(const Precedence&) = delete;
    virtual ~Precedence() = default;
};

struct DeviceNumber {
    unsigned major = 0;
    unsigned minor = 0;
    bool operator==(const DeviceNumber&) const = default;
};

struct FileStatus {
    enum class Type { regular, directory, block_device, other };
    Type type = Type::other;
    std::uint32_t owner = 0;
    std::uint32_t mode = 0;   // permission bits
    DeviceNumber device = {}; // of a device file, or of the file system
    std::int64_t changed = 0; // ctime, seconds since 1970
};

/// A program to run. Its environment is PATH and `environment`, nothing else.
struct Program {
    std::vector<std::string> words;       // the first is an absolute path
    std::vector<std::string> environment; // "NAME=value"
    std::chrono::microseconds deadline{};
    bool is_logged = true;            // its output goes to the journal
    std::string standard_output = {}; // a new file for its standard output; "": the journal, or none
    int fine_status = 0;              // an exit status besides 0 that means success
};

/// Placeholder in a program's words for the file that receives its results.
inline constexpr std::string_view output_file = "{output}";

/// A program that runs in the background. The destructor ends it and its process group.
class BackgroundProgram {
  public:
    BackgroundProgram() = default;
    BackgroundProgram(const BackgroundProgram&) = delete;
    BackgroundProgram& operator=(const BackgroundProgram&) = delete;
    virtual ~BackgroundProgram() = default;

    /// Success while the program runs; otherwise an error that says how it ended.
    virtual Status check() = 0;
};

/// The result of a write, and the texts of files after it, whether it succeeded or not.
struct WriteOutcome {
    Status written;
    std::vector<Result<std::string>> texts; // of the file, then of each of the others
};

/// Failing calls return ErrorKind::io with the path and errno, unless they say otherwise.
class Host {
  public:
    Host() = default;
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;
    virtual ~Host() = default;

    /// The whole file, up to 16 MiB. ErrorKind::unsupported for a FIFO, socket or device file; never waits.
    virtual Result<std::string> read(const std::string& path) = 0;

    /// The whole file; nullopt if it does not exist (is_missing()).
    Result<std::optional<std::string>> read_if_present(const std::string& path);

    /// The file without white space at its ends; "" if it does not exist.
    Result<std::string> read_line(const std::string& path);

    /// The CPUs that the file lists; none if it does not exist. Text that is not a CPU list is an error.
    Result<CpuSet> read_cpu_list(const std::string& path);

    /// The first bytes of the file; fewer if the file is shorter.
    virtual Result<std::string> read_start(const std::string& path, std::size_t bytes) = 0;

    /// Writes `text` to an existing file in one write(2), with every signal blocked, because a pending signal
    /// ends the growth of a pool early. Success means that the kernel accepted the call; read the file to see
    /// the effect.
    virtual Status write(const std::string& path, std::string_view text) = 0;

    /// write(), then read() of that file and of the others. LinuxHost opens all of them before the write:
    /// after the kernel has searched gigabytes of memory, the caches hold nothing that an open() needs.
    virtual WriteOutcome write_and_read(const std::string& path, std::string_view text,
                                        const std::vector<std::string>& others);

    /// Names in a directory, sorted, without "." and "..".
    virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;

    /// The same; none if the directory does not exist.
    Result<std::vector<std::string>> list_if_present(const std::string& directory);

    /// The status of the file itself; a symbolic link is Type::other.
    virtual Result<FileStatus> status(const std::string& path) = 0;

    /// Whether status() finds the file; other errors than is_missing() stay errors.
    Result<bool> exists(const std::string& path);

    /// The path with every symbolic link followed.
    virtual Result<std::string> resolve(const std::string& path) = 0;

    /// Replaces the file by one with `text`, mode 0600, atomically: after a failure the old file is
    /// unchanged. Follows no symbolic link. If the process dies, at most a file `.NAME.tmp` remains beside
    /// it.
    virtual Status replace(const std::string& path, std::string_view text) = 0;

    /// Removes a file; a missing one is success.
    virtual Status remove(const std::string& path) = 0;

    virtual Status rename(const std::string& from, const std::string& to) = 0;

    /// Makes one directory, mode 0700; an existing one is success.
    virtual Status make_directory(const std::string& path) = 0;

    /// Removes a directory if it is empty. A missing directory and one that is not empty are success.
    virtual Status remove_directory(const std::string& path) = 0;

    /// Makes a symbolic link. EEXIST if anything exists at `path`.
    virtual Status make_link(const std::string& path, const std::string& target) = 0;

    /// The text of a symbolic link, whether or not its target exists. EINVAL for anything else.
    virtual Result<std::string> link_target(const std::string& path) = 0;

    /// Sends SIGHUP to this process, so that it reads its configuration again. ErrorKind::refused, and no
    /// signal, if the process does not catch SIGHUP and would die. Source: pidfd_send_signal(2), Linux 5.3;
    /// proc(5), SigCgt.
    virtual Status hang_up(const ProcessId& process) = 0;

    /// Whether the root is that of the machine.
    [[nodiscard]] virtual bool is_machine() const = 0;

    /// Whether systemd runs this host and can change its units; false for any other root.
    virtual bool has_systemd() = 0;

    /// Sets AllowedCPUs of a unit until the next boot; an empty set unsets it. Success means that systemd
    /// accepted the call; systemd does not report a refusal by the kernel. Source:
    /// org.freedesktop.systemd1(5), SetUnitProperties, 252 to 257.
    virtual Status set_unit_cpus(const std::string& unit, const CpuSet& cpus) = 0;

    /// Makes systemd look for unit files again, for units that it has not loaded. Source: LoadUnit of
    /// org.freedesktop.systemd1(5); core/unit.c, unit_load(), systemd 252: loading a unit without a file
    /// renews the names.
    virtual Status renew_unit_names() = 0;

    /// Starts or stops a transient unit that keeps the host from sleeping. Source: systemd-inhibit(1), 252.
    virtual Status set_sleep_inhibitor(bool held) = 0;

    /// Sends a request to a stream socket with the credentials of this process, and does not wait for an
    /// answer. Success means that the request is queued. Takes at most one second.
    virtual Status tell(const std::string& socket, std::string_view request) = 0;

    /// The CPUs that a thread may run on. ESRCH if the thread does not exist. Source: sched_setaffinity(2).
    virtual Result<CpuSet> affinity(std::int64_t thread) = 0;
    virtual Status set_affinity(std::int64_t thread, const CpuSet& cpus) = 0;

    /// "other:NICE", "batch:NICE", "idle", "fifo:PRIORITY" or "rr:PRIORITY". Source: sched_setscheduler(2),
    /// setpriority(2) of a thread.
    virtual Result<std::string> scheduling(std::int64_t thread) = 0;
    virtual Status set_scheduling(std::int64_t thread, std::string_view scheduling) = 0;

    /// Runs the program to its end; at the deadline, kills it and its children. Success is exit status 0 or
    /// `fine_status`; otherwise the error has the status and the last line of output.
    virtual Status run(const Program& program) = 0;

    /// Like run(), and returns what the program wrote to output_file, up to 16 MiB. The file has no name that
    /// others could replace by a link, and disappears with this process. Source: memfd_create(2), proc(5) of
    /// /proc/PID/fd.
    virtual Result<std::string> run_for_output(const Program& program) = 0;

    /// Starts a program in the background. Its output and its deadline are ignored. It dies with this
    /// process.
    virtual Result<std::unique_ptr<BackgroundProgram>> start(const Program& program) = 0;

    /// Locks a directory against every other caller, waiting up to `patience`. ErrorKind::busy after that.
    virtual Result<std::unique_ptr<HostLock>> lock(const std::string& directory,
                                                   std::chrono::microseconds patience) = 0;

    /// Gives the holder of a lock precedence, so that it does not wait for a CPU behind the callers that wait
    /// for the lock. nullptr without effect if the system does not allow it.
    virtual std::unique_ptr<Precedence> take_precedence() { return nullptr; }

    /// Time since boot.
    virtual std::chrono::microseconds now() = 0;

    /// Sets when the current call must end, by now(): waits for other processes give up then. Default: never.
    void set_deadline(std::chrono::microseconds time) { deadline_ = time; }
    /// The time until then, never negative.
    [[nodiscard]] std::chrono::microseconds time_left() {
        return std::max(std::chrono::microseconds::zero(), deadline_ - now());
    }
    /// Seconds since 1970.
    virtual std::int64_t wall_clock() = 0;
    virtual void sleep(std::chrono::microseconds time) = 0;
    /// The user whose files are trusted: that of this process.
    virtual std::uint32_t user() = 0;

  private:
    std::chrono::microseconds deadline_ = std::chrono::microseconds::max();
};

/// Whether the error means that the file or thread does not exist.
bool is_missing(const Error& error);

} // namespace hostlease

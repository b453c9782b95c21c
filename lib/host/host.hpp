// The one door to the machine. Paths are the host's own ("/sys/..."); the implementation puts them under its root.
#pragma once

#include "core/cpu_set.hpp"
#include "core/error.hpp"
#include "model/lease.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hostlease {

/// Held as long as it lives; the kernel lets go when the process dies.
class HostLock {
  public:
    HostLock() = default;
    HostLock(const HostLock&) = delete;
    HostLock& operator=(const HostLock&) = delete;
    virtual ~HostLock() = default;
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
    DeviceNumber device = {}; // of a device file its own, else that of the file system
    std::int64_t changed = 0; // seconds since 1970 when it was put there or last changed
};

/// A program that a policy or a command of ours names, and what it is given. Its environment is PATH and `environment`, nothing else.
struct Program {
    std::vector<std::string> words;       // the first is an absolute path
    std::vector<std::string> environment; // "NAME=value"
    std::chrono::microseconds deadline{};
    bool is_logged = true;            // what it prints goes to the journal
    std::string standard_output = {}; // a new file for what it prints there; "": the journal, or nobody
    int fine_status = 0;              // an exit status that is success as well
};

/// Stands, in the words of a program, for a file that it writes its results to.
inline constexpr std::string_view output_file = "{output}";

/// A program that runs beside us until this goes: then it is ended, with its process group.
class BackgroundProgram {
  public:
    BackgroundProgram() = default;
    BackgroundProgram(const BackgroundProgram&) = delete;
    BackgroundProgram& operator=(const BackgroundProgram&) = delete;
    virtual ~BackgroundProgram() = default;

    /// Success while it runs; else an error that says how it ended.
    virtual Status check() = 0;
};

/// What came of a write: whether it was taken, and, taken or not, what it led to.
struct WriteOutcome {
    Status written;
    std::vector<Result<std::string>> texts; // of the file, then of each of the others, as they are after it
};

/// Failing calls return ErrorKind::io with the path and errno, unless they say otherwise.
class Host {
  public:
    Host() = default;
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;
    virtual ~Host() = default;

    /// The whole file, up to 16 MiB.
    virtual Result<std::string> read(const std::string& path) = 0;

    /// Its first bytes: fewer where the file ends before.
    virtual Result<std::string> read_start(const std::string& path, std::size_t bytes) = 0;

    /// Gives `text` to an existing file in one write(2), with every signal blocked (the kernel cuts the growth of a pool short on
    /// any pending signal). Success means that the kernel took the call, not that it did what was asked: read it back.
    virtual Status write(const std::string& path, std::string_view text) = 0;

    /// write(), and then read() of that file and of the others. On the machine all of them are opened before the write: one that makes the
    /// kernel find gigabytes of memory leaves nothing of the way to a file in the processor's caches.
    virtual WriteOutcome write_and_read(const std::string& path, std::string_view text, const std::vector<std::string>& others);

    /// Names in a directory, sorted, without "." and "..".
    virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;

    /// Of the file itself; a symbolic link in the last place is Type::other.
    virtual Result<FileStatus> status(const std::string& path) = 0;

    /// The path with every symbolic link followed.
    virtual Result<std::string> resolve(const std::string& path) = 0;

    /// Makes `path` hold `text`, mode 0600: whole and in place, or untouched. Follows no symbolic link. Leaves at most a file
    /// named `.NAME.tmp` beside it when the process dies.
    virtual Status replace(const std::string& path, std::string_view text) = 0;

    /// Removes a file; a missing one is success.
    virtual Status remove(const std::string& path) = 0;

    virtual Status rename(const std::string& from, const std::string& to) = 0;

    /// Makes one directory, mode 0700; an existing one is success.
    virtual Status make_directory(const std::string& path) = 0;

    /// Removes a directory that is empty; a missing one is success, and so is one that stays since it is not empty.
    virtual Status remove_directory(const std::string& path) = 0;

    /// Makes a symbolic link; the error is EEXIST when anything is there already.
    virtual Status make_link(const std::string& path, const std::string& target) = 0;

    /// What a symbolic link says, whether or not that is there. EINVAL for anything else.
    virtual Result<std::string> link_target(const std::string& path) = 0;

    /// SIGHUP to this very process: "read your configuration again". ErrorKind::refused, and nothing sent, when it does not catch the signal
    /// and would die of it. Source: pidfd_send_signal(2), Linux 5.3; proc(5), SigCgt.
    virtual Status hang_up(const ProcessId& process) = 0;

    /// Whether these are the machine's own files, and not another root's.
    [[nodiscard]] virtual bool is_machine() const = 0;

    /// Whether systemd runs this host and can be asked to change units; false for a root that is not the machine's.
    virtual bool has_systemd() = 0;

    /// AllowedCPUs of a unit, until the next boot; no CPUs: none of its own any more. Success means that systemd took the call: it never
    /// reports what the kernel refused. Source: org.freedesktop.systemd1(5), SetUnitProperties, 252 to 257.
    virtual Status set_unit_cpus(const std::string& unit, const CpuSet& cpus) = 0;

    /// Starts or stops a transient unit that keeps the host from sleeping. Source: systemd-inhibit(1), 252.
    virtual Status set_sleep_inhibitor(bool held) = 0;

    /// Gives a service that listens on a stream socket a request that it does not answer, with the credentials of this process. Success means that
    /// it is on its way: the service may take it later. Bounded to a second.
    virtual Status tell(const std::string& socket, std::string_view request) = 0;

    /// CPUs that a thread may run on. A thread that is gone is ESRCH. Source: sched_setaffinity(2).
    virtual Result<CpuSet> affinity(std::int64_t thread) = 0;
    virtual Status set_affinity(std::int64_t thread, const CpuSet& cpus) = 0;

    /// "other:NICE", "batch:NICE", "idle", "fifo:PRIORITY" or "rr:PRIORITY". Source: sched_setscheduler(2), setpriority(2) of a thread.
    virtual Result<std::string> scheduling(std::int64_t thread) = 0;
    virtual Status set_scheduling(std::int64_t thread, std::string_view scheduling) = 0;

    /// Runs the program to its end, and kills it and its children at the deadline. Success is exit status 0 or the fine one; else the error has the
    /// status and the last line that it printed.
    virtual Status run(const Program& program) = 0;

    /// Like run(), and gives what the program wrote to output_file, up to 16 MiB. Such a file has no name that others could put a link at, and
    /// is gone with us. Source: memfd_create(2), proc(5) of /proc/PID/fd.
    virtual Result<std::string> run_for_output(const Program& program) = 0;

    /// Starts a program without waiting for it; what it prints is dropped, its deadline does not count. It dies with this process.
    virtual Result<std::unique_ptr<BackgroundProgram>> start(const Program& program) = 0;

    /// Locks a directory against every other caller, waiting up to `patience`. ErrorKind::busy after that.
    virtual Result<std::unique_ptr<HostLock>> lock(const std::string& directory, std::chrono::microseconds patience) = 0;

    /// Time since boot.
    virtual std::chrono::microseconds now() = 0;

    /// When the call that this serves is to be over, by now(): what waits for other processes gives up then.
    /// Until it is set: never.
    void set_deadline(std::chrono::microseconds time) { deadline_ = time; }
    /// What is left until then, not below zero.
    [[nodiscard]] std::chrono::microseconds time_left() { return std::max(std::chrono::microseconds::zero(), deadline_ - now()); }
    /// Seconds since 1970.
    virtual std::int64_t wall_clock() = 0;
    virtual void sleep(std::chrono::microseconds time) = 0;
    /// The user whose files are trusted: the one we run as.
    virtual std::uint32_t user() = 0;

  private:
    std::chrono::microseconds deadline_ = std::chrono::microseconds::max();
};

/// True when the error says that there is no such file or thread.
bool is_missing(const Error& error);

} // namespace hostlease

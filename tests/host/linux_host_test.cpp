#include "host/linux_host.hpp"

#include "ledger/ledger.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sched.h>
#include <sstream>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace hostlease;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {
/// A root directory of our own, with a host on it.
class Root {
  public:
    Root() {
        std::string name = (fs::temp_directory_path() / "hostlease-host-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = fs::canonical(name);
        host_ = open();
        fs::create_directories(path_ / "run");
        fs::create_directories(path_ / "etc");
    }
    Root(const Root&) = delete;
    Root& operator=(const Root&) = delete;
    ~Root() { fs::remove_all(path_); }

    std::unique_ptr<LinuxHost> open() {
        auto host = LinuxHost::open(path_.string());
        REQUIRE(host);
        return std::move(*host);
    }
    Host& host() { return *host_; }
    [[nodiscard]] std::string at(const std::string& path) const { return path_.string() + path; }

    void put(const std::string& path, const std::string& text) const {
        std::ofstream file(at(path), std::ios::binary);
        file << text;
        file.close();
        REQUIRE(file);
    }
    [[nodiscard]] std::string text(const std::string& path) const {
        std::ifstream file(at(path), std::ios::binary);
        REQUIRE(file);
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }
    [[nodiscard]] bool has(const std::string& path) const {
        return fs::symlink_status(at(path)).type() != fs::file_type::not_found;
    }
    void link(const std::string& target, const std::string& path) const { fs::create_symlink(target, at(path)); }
    [[nodiscard]] std::uint32_t mode(const std::string& path) const {
        struct stat info{};
        REQUIRE(::lstat(at(path).c_str(), &info) == 0);
        return info.st_mode & 07777U;
    }
    /// Names in a directory, by the library's own eyes.
    [[nodiscard]] std::vector<std::string> names(const std::string& path) const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(at(path)))
            names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return names;
    }

  private:
    fs::path path_;
    std::unique_ptr<LinuxHost> host_;
};

template <typename T>
void check_error(const Result<T>& result, int error, const std::string& path) {
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::io);
    CHECK(result.error().errno_value == error);
    CHECK(result.error().path == path);
    CHECK(result.error().text().find(path) != std::string::npos);
}

bool is_root() { return ::geteuid() == 0; }
} // namespace

TEST_CASE("a root that is no directory is refused") {
    const Root root;
    root.put("/file", "x");
    check_error(LinuxHost::open(root.at("/file")), ENOTDIR, root.at("/file"));
    check_error(LinuxHost::open(root.at("/missing")), ENOENT, root.at("/missing"));
    check_error(LinuxHost::open(""), ENOENT, "");
}

TEST_CASE("a file is read whole, whatever it holds") {
    Root root;
    const std::string binary("a\0b\xff\n", 5);
    root.put("/etc/binary", binary);
    root.put("/etc/empty", "");
    root.put("/etc/large", std::string(16 * 1024 * 1024, 'x'));
    CHECK(root.host().read("/etc/binary") == binary);
    CHECK(root.host().read("/etc/empty") == "");
    CHECK(root.host().read("/etc/large")->size() == 16 * 1024 * 1024);
    CHECK(root.host().read("etc/binary") == binary); // the root is where every path starts
    CHECK(root.host().read("//etc//binary") == binary);
}

TEST_CASE("a file past 16 MiB is not read") {
    Root root;
    root.put("/etc/huge", std::string(16 * 1024 * 1024 + 1, 'x'));
    check_error(root.host().read("/etc/huge"), EFBIG, "/etc/huge");
}

TEST_CASE("reading what is no file fails with its errno") {
    Root root;
    root.put("/etc/file", "x");
    check_error(root.host().read("/missing"), ENOENT, "/missing");
    check_error(root.host().read("/etc"), EISDIR, "/etc");
    check_error(root.host().read("/etc/file/below"), ENOTDIR, "/etc/file/below");
    check_error(root.host().read(""), EISDIR, "");
    CHECK(is_missing(root.host().read("/missing").error()));
    CHECK(is_missing(root.host().read("/etc/file/below").error()));
    CHECK_FALSE(is_missing(root.host().read("/etc").error()));
}

TEST_CASE("a write gives an existing file one line, and nothing of the old text stays") {
    Root root;
    root.put("/etc/knob", "a much longer text\nof two lines\n");
    REQUIRE(root.host().write("/etc/knob", "10"));
    CHECK(root.text("/etc/knob") == "10\n");
    REQUIRE(root.host().write("/etc/knob", ""));
    CHECK(root.text("/etc/knob") == "\n");
    root.link("/etc/knob", "/run/link");
    REQUIRE(root.host().write("/run/link", "20"));
    CHECK(root.text("/etc/knob") == "20\n");
}

TEST_CASE("a write creates nothing") {
    Root root;
    check_error(root.host().write("/etc/missing", "1"), ENOENT, "/etc/missing");
    check_error(root.host().write("/missing/file", "1"), ENOENT, "/missing/file");
    CHECK_FALSE(root.has("/etc/missing"));
    check_error(root.host().write("/etc", "1"), EISDIR, "/etc");
}

TEST_CASE("a write that the kernel refuses tells what was to be written") {
    Root root;
    root.link("/dev", "/etc/dev");
    const auto real = LinuxHost::open("/");
    REQUIRE(real);
    if (!fs::exists("/dev/full")) return;
    const auto written = (*real)->write("/dev/full", "10");
    check_error(written, ENOSPC, "/dev/full");
    CHECK(written.error().message == "cannot write '10'");
}

TEST_CASE("a write is not cut short by signals, and leaves the signal mask as it was") {
    Root root;
    root.put("/etc/knob", "");
    sigset_t before;
    sigset_t after;
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &one, &before);
    REQUIRE(root.host().write("/etc/knob", "1"));
    CHECK_FALSE(root.host().write("/etc/missing", "1"));
    pthread_sigmask(SIG_SETMASK, &before, &after);
    CHECK(sigismember(&after, SIGUSR1) == 1);
    CHECK(sigismember(&after, SIGTERM) == sigismember(&before, SIGTERM));
}

TEST_CASE("a replace makes the file, mode 0600 whatever the umask, and leaves nothing beside it") {
    Root root;
    const auto mask = ::umask(0);
    REQUIRE(root.host().replace("/run/new.toml", "one"));
    ::umask(mask);
    CHECK(root.text("/run/new.toml") == "one");
    CHECK(root.mode("/run/new.toml") == 0600);
    REQUIRE(root.host().replace("/run/new.toml", std::string("two\0", 4)));
    CHECK(root.text("/run/new.toml") == std::string("two\0", 4));
    CHECK(root.names("/run") == std::vector<std::string>{"new.toml"});
}

TEST_CASE("a replace does not touch whoever reads the old file") {
    Root root;
    root.put("/run/a", "old");
    std::ifstream reader(root.at("/run/a"));
    REQUIRE(root.host().replace("/run/a", "new"));
    std::string text;
    reader >> text;
    CHECK(text == "old");
    CHECK(root.text("/run/a") == "new");
}

TEST_CASE("a replace clears away what a process that died left") {
    Root root;
    root.put("/run/.a.tmp", "half of somethi");
    ::chmod(root.at("/run/.a.tmp").c_str(), 0666);
    REQUIRE(root.host().replace("/run/a", "new"));
    CHECK(root.text("/run/a") == "new");
    CHECK(root.mode("/run/a") == 0600);
    CHECK(root.names("/run") == std::vector<std::string>{"a"});
}

TEST_CASE("a replace follows no symbolic link: not the file's, not the draft's, not a directory's") {
    Root root;
    root.put("/etc/victim", "safe");
    root.link("/etc/victim", "/run/a");
    root.link("/etc/victim", "/run/.a.tmp");
    REQUIRE(root.host().replace("/run/a", "new"));
    CHECK(root.text("/etc/victim") == "safe");
    CHECK(fs::symlink_status(root.at("/run/a")).type() == fs::file_type::regular);
    root.link("/etc", "/run/dir");
    check_error(root.host().replace("/run/dir/x", "new"), ELOOP, "/run/dir/");
    CHECK_FALSE(root.has("/etc/x"));
}

TEST_CASE("a replace that fails leaves the file as it was and no draft") {
    Root root;
    check_error(root.host().replace("/missing/a", "x"), ENOENT, "/missing/");
    fs::create_directories(root.at("/run/dir/full"));
    check_error(root.host().replace("/run/dir", "x"), EISDIR, "/run/dir");
    CHECK(root.names("/run") == std::vector<std::string>{"dir"});
    fs::create_directories(root.at("/run/.b.tmp/full"));
    check_error(root.host().replace("/run/b", "x"), EEXIST, "/run/b");
    CHECK_FALSE(root.has("/run/b"));
}

TEST_CASE("a replace on a full file system leaves the file as it was and no draft") {
    Root root;
    if (!is_root() || ::mount("none", root.at("/run").c_str(), "tmpfs", 0, "size=8k,mode=700") != 0) {
        MESSAGE("no tmpfs can be mounted here");
        return;
    }
    CHECK(root.host().replace("/run/a", "old"));
    check_error(root.host().replace("/run/a", std::string(100'000, 'x')), ENOSPC, "/run/a");
    CHECK(root.text("/run/a") == "old");
    CHECK(root.names("/run") == std::vector<std::string>{"a"});
    CHECK(root.host().replace("/run/a", "new"));
    CHECK(root.text("/run/a") == "new");
    ::umount2(root.at("/run").c_str(), MNT_DETACH);
}

TEST_CASE("names are listed sorted, the hidden ones too, without the two dots") {
    Root root;
    for (const std::string name : {"b", "a", ".hidden", "a b", "a\nb", "\xc3\xa4", "10", "9"})
        root.put("/run/" + name, "");
    fs::create_directory(root.at("/run/dir"));
    root.link("/nowhere", "/run/broken");
    CHECK(root.host().list("/run") ==
          std::vector<std::string>{".hidden", "10", "9", "a", "a\nb", "a b", "b", "broken", "dir", "\xc3\xa4"});
    CHECK(root.host().list("/etc") == std::vector<std::string>{});
    CHECK(root.host().list("/")->size() == 2);
}

TEST_CASE("listing what is no directory fails with its errno") {
    Root root;
    root.put("/etc/file", "");
    check_error(root.host().list("/etc/file"), ENOTDIR, "/etc/file");
    check_error(root.host().list("/missing"), ENOENT, "/missing");
}

TEST_CASE("listing often does not use up file descriptors") {
    Root root;
    root.put("/etc/file", "");
    for (int round = 0; round < 3000; ++round) {
        REQUIRE(root.host().list("/etc"));
        REQUIRE_FALSE(root.host().list("/etc/file"));
    }
}

TEST_CASE("a status is that of the file itself") {
    Root root;
    root.put("/etc/file", "");
    ::chmod(root.at("/etc/file").c_str(), 04640);
    fs::create_directory(root.at("/etc/dir"));
    ::chmod(root.at("/etc/dir").c_str(), 0750);
    root.link("/etc/file", "/etc/link");
    root.link("/nowhere", "/etc/broken");
    REQUIRE(::mkfifo(root.at("/etc/fifo").c_str(), 0600) == 0);
    const auto file = root.host().status("/etc/file");
    REQUIRE(file);
    CHECK(file->type == FileStatus::Type::regular);
    CHECK(file->mode == 04640);
    CHECK(file->owner == ::geteuid());
    CHECK(root.host().status("/etc/dir")->type == FileStatus::Type::directory);
    CHECK(root.host().status("/etc/dir")->mode == 0750);
    CHECK(root.host().status("/etc/link")->type == FileStatus::Type::other);
    CHECK(root.host().status("/etc/broken")->type == FileStatus::Type::other);
    CHECK(root.host().status("/etc/fifo")->type == FileStatus::Type::other); // and does not wait for a writer
    check_error(root.host().status("/missing"), ENOENT, "/missing");
    check_error(root.host().status("/etc/file/x"), ENOTDIR, "/etc/file/x");
}

TEST_CASE("a path is resolved to where its links lead, and stays below the root") {
    Root root;
    root.put("/etc/file", "inside");
    root.link("/etc", "/run/absolute");
    root.link("../etc", "/run/relative");
    root.link("../../../../../../etc", "/run/climbing");
    root.link("/run/absolute/file", "/run/chain");
    CHECK(root.host().resolve("/etc/file") == "/etc/file");
    for (const std::string path : {"/run/absolute/file", "/run/relative/file", "/run/climbing/file", "/run/chain",
                                   "/run/../etc/file", "/../../../etc/file", "//etc/./file"}) {
        CAPTURE(path);
        CHECK(root.host().resolve(path) == "/etc/file");
        CHECK(root.host().read(path) == "inside");
    }
    CHECK(root.host().resolve("/run/absolute") == "/etc");
    CHECK(root.host().resolve("/") == "/");
    CHECK(root.host().resolve("/..") == "/");
}

TEST_CASE("no link and no dots lead out of the root") {
    Root root;
    root.link("/etc/passwd", "/run/passwd");
    root.link("../../../../../../../../etc/passwd", "/run/up");
    root.link("loop", "/run/loop");
    check_error(root.host().read("/run/passwd"), ENOENT, "/run/passwd");
    check_error(root.host().read("/run/up"), ENOENT, "/run/up");
    check_error(root.host().read("/../../../../../../../../etc/passwd"), ENOENT, "/../../../../../../../../etc/passwd");
    check_error(root.host().resolve("/run/up"), ENOENT, "/run/up");
    check_error(root.host().resolve("/run/loop"), ELOOP, "/run/loop");
    check_error(root.host().write("/run/up", "x"), ENOENT, "/run/up");
}

TEST_CASE("the magic links of /proc are not followed") {
    const auto real = LinuxHost::open("/");
    REQUIRE(real);
    check_error((*real)->list("/proc/self/cwd"), ELOOP, "/proc/self/cwd");
    CHECK((*real)->read("/proc/self/stat"));
}

TEST_CASE("a removed file is gone, a missing one is success, a link goes and not its target") {
    Root root;
    root.put("/etc/file", "");
    root.link("/etc/file", "/run/link");
    CHECK(root.host().remove("/run/link"));
    CHECK(root.has("/etc/file"));
    CHECK(root.host().remove("/etc/file"));
    CHECK_FALSE(root.has("/etc/file"));
    CHECK(root.host().remove("/etc/file"));
    check_error(root.host().remove("/etc"), EISDIR, "/etc");
    root.link("/etc", "/run/dir");
    root.put("/etc/file", "");
    check_error(root.host().remove("/run/dir/file"), ELOOP, "/run/dir/");
    CHECK(root.has("/etc/file"));
}

TEST_CASE("a rename moves a file over another") {
    Root root;
    root.put("/run/a", "a");
    root.put("/run/b", "b");
    CHECK(root.host().rename("/run/a", "/run/b"));
    CHECK(root.names("/run") == std::vector<std::string>{"b"});
    CHECK(root.text("/run/b") == "a");
    check_error(root.host().rename("/run/a", "/run/c"), ENOENT, "/run/a");
    check_error(root.host().rename("/run/b", "/missing/b"), ENOENT, "/missing/");
}

TEST_CASE("a directory is made once, mode 0700, below one that is there") {
    Root root;
    const auto mask = ::umask(0);
    CHECK(root.host().make_directory("/run/hostlease"));
    ::umask(mask);
    CHECK(root.mode("/run/hostlease") == 0700);
    root.put("/run/hostlease/file", "");
    ::chmod(root.at("/run/hostlease").c_str(), 0750);
    CHECK(root.host().make_directory("/run/hostlease"));
    CHECK(root.mode("/run/hostlease") == 0750); // whoever uses it checks it
    CHECK(root.has("/run/hostlease/file"));
    check_error(root.host().make_directory("/missing/x"), ENOENT, "/missing/");
}

TEST_CASE("an empty directory is removed, one with something in it stays, a missing one is success, a file and a link are none") {
    Root root;
    REQUIRE(root.host().make_directory("/run/empty"));
    REQUIRE(root.host().make_directory("/run/full"));
    root.put("/run/full/file", "");
    fs::create_directory_symlink("empty", root.at("/run/link"));
    check_error(root.host().remove_directory("/run/link"), ENOTDIR, "/run/link");
    check_error(root.host().remove_directory("/run/full/file"), ENOTDIR, "/run/full/file");
    CHECK(root.host().remove_directory("/run/empty"));
    CHECK(root.host().remove_directory("/run/empty"));
    CHECK(root.host().remove_directory("/missing/x"));
    CHECK(root.host().remove_directory("/run/full"));
    CHECK_FALSE(fs::exists(root.at("/run/empty")));
    CHECK(fs::exists(root.at("/run/full/file")));
}

TEST_CASE("systemd is the machine's: below a root that is not the machine's nothing is asked of it") {
    Root root;
    fs::create_directories(root.at("/run/systemd/system"));
    CHECK_FALSE(root.host().has_systemd());
    CHECK(root.host().set_unit_cpus("system.slice", {0}).error().kind == ErrorKind::unsupported);
    CHECK(root.host().set_sleep_inhibitor(true).error().kind == ErrorKind::unsupported);
    CHECK(root.host().set_sleep_inhibitor(false).error().kind == ErrorKind::unsupported);
}

TEST_CASE("a second lock waits, gives up as busy, and is had once the first is gone") {
    Root root;
    auto first = root.host().lock("/run", 0s);
    REQUIRE(first);
    const auto other = root.open();
    const auto began = other->now();
    const auto second = other->lock("/run", 50ms);
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == ErrorKind::busy);
    CHECK(second.error().path == "/run");
    CHECK(second.error().text() == "another hostlease has held the lock on /run for too long");
    CHECK(other->now() - began >= 50ms);
    CHECK(root.host().lock("/run", 0s).error().kind == ErrorKind::busy); // nor by the same host
    CHECK(other->lock("/etc", 0s));                                      // of another directory
    first->reset();
    CHECK(other->lock("/run", 0s));
}

TEST_CASE("what cannot be locked fails with its errno") {
    Root root;
    root.put("/etc/file", "");
    root.link("/etc", "/run/link");
    check_error(root.host().lock("/missing", 0s), ENOENT, "/missing");
    check_error(root.host().lock("/etc/file", 0s), ENOTDIR, "/etc/file");
    REQUIRE_FALSE(root.host().lock("/run/link", 0s));
}

TEST_CASE("the lock of a process that is killed is free, and had by who waits for it") {
    Root root;
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const auto host = LinuxHost::open(root.at(""));
        const auto lock = (*host)->lock("/run", 0s);
        const char answer = lock ? 'y' : 'n';
        if (::write(ready[1], &answer, 1) != 1) ::_exit(1);
        ::pause();
        ::_exit(0);
    }
    char answer = 0;
    REQUIRE(::read(ready[0], &answer, 1) == 1);
    CHECK(answer == 'y');
    const auto while_held = root.host().lock("/run", 10ms);
    REQUIRE_FALSE(while_held);
    CHECK(while_held.error().kind == ErrorKind::busy);
    ::kill(child, SIGKILL);
    CHECK(root.host().lock("/run", 10s));
    CHECK(::waitpid(child, nullptr, 0) == child);
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_CASE("names with blanks, line ends, quotes and other alphabets are names like others") {
    Root root;
    for (const std::string name :
         {"a b", "a\nb", "'\"", "$(x)", "\xc3\xa4\xe2\x82\xac", "-rf", "\x01\x7f", "\xff\xfe", "a\\b", "...", "*", " "}) {
        CAPTURE(name);
        const std::string path = "/run/" + name;
        REQUIRE(root.host().replace(path, name));
        CHECK(root.host().read(path) == name);
        CHECK(root.host().write(path, "1"));
        CHECK(root.host().resolve(path) == path);
        CHECK(root.host().list("/run") == std::vector{name});
        CHECK(root.host().rename(path, path + "2"));
        CHECK(root.host().remove(path + "2"));
        CHECK(root.host().list("/run") == std::vector<std::string>{});
    }
}

TEST_CASE("paths past the kernel's limits fail and are told") {
    Root root;
    for (const std::string& path : {"/run/" + std::string(256, 'x'), "/run/" + std::string(5000, 'x'),
                                    "/run" + std::string(5000, '/') + "x", "/run/" + std::string(70'000, 'x')}) {
        check_error(root.host().read(path), ENAMETOOLONG, path);
        check_error(root.host().write(path, "1"), ENAMETOOLONG, path);
        check_error(root.host().status(path), ENAMETOOLONG, path);
        CHECK(root.host().replace(path, "x").error().errno_value == ENAMETOOLONG);
        CHECK(root.host().remove(path).error().errno_value == ENAMETOOLONG);
        CHECK(root.host().make_directory(path).error().errno_value == ENAMETOOLONG);
    }
    // the name itself fits, its draft does not
    check_error(root.host().replace("/run/" + std::string(255, 'x'), "x"), ENAMETOOLONG, "/run/" + std::string(255, 'x'));
}

TEST_CASE("a path with a NUL in it names no file, and not the one before the NUL") {
    Root root;
    root.put("/etc/file", "x");
    const std::string path("/etc/file\0/../other", 19);
    check_error(root.host().read(path), EINVAL, path);
    check_error(root.host().write(path, "1"), EINVAL, path);
    check_error(root.host().status(path), EINVAL, path);
    const std::string name("/etc/file\0.toml", 15);
    CHECK_FALSE(root.host().replace(name, "y"));
    CHECK_FALSE(root.host().remove(name));
    CHECK_FALSE(root.host().make_directory(name));
    CHECK_FALSE(root.host().rename("/etc/file", name));
    CHECK(root.text("/etc/file") == "x");
}

TEST_CASE("time goes on, and sleeping takes some") {
    Root root;
    const auto began = root.host().now();
    root.host().sleep(2ms);
    CHECK(root.host().now() - began >= 2ms);
    CHECK(root.host().wall_clock() > 1'700'000'000);
    CHECK(root.host().user() == ::geteuid());
}

TEST_CASE("a ledger is refused where its directory is a link, a file or open to others, and nothing is written there") {
    const auto refuses = [](Root& root) {
        const auto ledger = Ledger::open(root.host(), 0s);
        REQUIRE_FALSE(ledger);
        CHECK(ledger.error().kind == ErrorKind::refused);
        CHECK(ledger.error().text().find("/run/hostlease must be a directory of ours with mode 0700") == 0);
    };
    {
        Root root;
        fs::create_directory(root.at("/etc/trap"));
        root.put("/etc/trap/.draft", "mine");
        root.link("/etc/trap", "/run/hostlease");
        refuses(root);
        CHECK(root.names("/etc/trap") == std::vector<std::string>{".draft"});
    }
    {
        Root root;
        root.put("/run/hostlease", "a file");
        refuses(root);
        CHECK(root.text("/run/hostlease") == "a file");
    }
    for (const mode_t mode : {0750U, 0755U, 0777U, 0710U, 0701U}) {
        Root root;
        fs::create_directory(root.at("/run/hostlease"));
        ::chmod(root.at("/run/hostlease").c_str(), mode);
        refuses(root);
        CHECK(root.mode("/run/hostlease") == mode);
        CHECK(root.names("/run/hostlease").empty());
    }
    if (is_root()) {
        Root root;
        fs::create_directory(root.at("/run/hostlease"));
        ::chmod(root.at("/run/hostlease").c_str(), 0700);
        REQUIRE(::chown(root.at("/run/hostlease").c_str(), 12345, 12345) == 0);
        refuses(root);
        CHECK(root.names("/run/hostlease").empty());
    }
}

TEST_CASE("a ledger on real files is written, read back and locked") {
    Root root;
    Lease lease;
    lease.uuid = "a";
    {
        auto ledger = Ledger::open(root.host(), 0s);
        REQUIRE(ledger);
        REQUIRE(ledger->save_lease(lease));
        CHECK(Ledger::open(root.host(), 5ms).error().kind == ErrorKind::busy);
        CHECK(Ledger::peek(root.host())->leases == std::vector{lease});
    }
    CHECK(root.mode("/run/hostlease") == 0700);
    CHECK(root.mode("/run/hostlease/lease-a.toml") == 0600);
    root.put("/run/hostlease/.lease-b.toml.tmp", "half");
    root.put("/run/hostlease/lease-c.toml", "rot");
    {
        auto ledger = Ledger::open(root.host(), 0s);
        REQUIRE(ledger);
        CHECK(ledger->content.leases == std::vector{lease});
        REQUIRE(ledger->drop_lease("c"));
        REQUIRE(ledger->drop_lease("a"));
    }
    CHECK(root.names("/run/hostlease") == std::vector<std::string>{"lease-c.toml.corrupt"});
}

// Where paths lead, and which file types are accepted.
#include "host/own_root.hpp"

#include <cerrno>

using namespace hostlease;
using namespace hostlease::test;
namespace fs = std::filesystem;

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
    // status() does not wait for a writer
    CHECK(root.host().status("/etc/fifo")->type == FileStatus::Type::other);
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
    for (const std::string path : {"/run/absolute/file", "/run/relative/file", "/run/climbing/file",
                                   "/run/chain", "/run/../etc/file", "/../../../etc/file", "//etc/./file"}) {
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
    check_error(root.host().read("/../../../../../../../../etc/passwd"), ENOENT,
                "/../../../../../../../../etc/passwd");
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

TEST_CASE("removing a file: a missing one is success, a link is removed and not its target") {
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

TEST_CASE("a rename replaces another file") {
    Root root;
    root.put("/run/a", "a");
    root.put("/run/b", "b");
    CHECK(root.host().rename("/run/a", "/run/b"));
    CHECK(root.names("/run") == std::vector<std::string>{"b"});
    CHECK(root.text("/run/b") == "a");
    check_error(root.host().rename("/run/a", "/run/c"), ENOENT, "/run/a");
    check_error(root.host().rename("/run/b", "/missing/b"), ENOENT, "/missing/");
}

TEST_CASE("a directory is created once, mode 0700, in an existing one") {
    Root root;
    const auto mask = ::umask(0);
    CHECK(root.host().make_directory("/run/hostlease"));
    ::umask(mask);
    CHECK(root.mode("/run/hostlease") == 0700);
    root.put("/run/hostlease/file", "");
    ::chmod(root.at("/run/hostlease").c_str(), 0750);
    CHECK(root.host().make_directory("/run/hostlease"));
    CHECK(root.mode("/run/hostlease") == 0750); // the caller checks the mode
    CHECK(root.has("/run/hostlease/file"));
    check_error(root.host().make_directory("/missing/x"), ENOENT, "/missing/");
}

TEST_CASE("an empty directory is removed, a directory with content stays, a missing one is success, a file "
          "and a link are errors") {
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

TEST_CASE("names with blanks, line ends, quotes and other alphabets are names like others") {
    Root root;
    for (const std::string name : {"a b", "a\nb", "'\"", "$(x)", "\xc3\xa4\xe2\x82\xac", "-rf", "\x01\x7f",
                                   "\xff\xfe", "a\\b", "...", "*", " "}) {
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

TEST_CASE("paths above the kernel's limits fail with a message") {
    Root root;
    for (const std::string& path :
         {"/run/" + std::string(256, 'x'), "/run/" + std::string(5000, 'x'),
          "/run" + std::string(5000, '/') + "x", "/run/" + std::string(70'000, 'x')}) {
        check_error(root.host().read(path), ENAMETOOLONG, path);
        check_error(root.host().write(path, "1"), ENAMETOOLONG, path);
        check_error(root.host().status(path), ENAMETOOLONG, path);
        CHECK(root.host().replace(path, "x").error().errno_value == ENAMETOOLONG);
        CHECK(root.host().remove(path).error().errno_value == ENAMETOOLONG);
        CHECK(root.host().make_directory(path).error().errno_value == ENAMETOOLONG);
    }
    // the name itself fits, but its draft's name does not
    check_error(root.host().replace("/run/" + std::string(255, 'x'), "x"), ENAMETOOLONG,
                "/run/" + std::string(255, 'x'));
}

TEST_CASE("a path with a NUL in it names no file, not even the one before the NUL") {
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

// Which files are trusted. Only root can create files of other users.
#include "host/own_root.hpp"
#include "host/trusted_file.hpp"

using namespace hostlease;
using namespace hostlease::test;
namespace fs = std::filesystem;

namespace {
struct Tree {
    Root root;

    Tree() {
        for (const char* folder : {"/etc", "/etc/hostlease", "/srv", "/srv/conf"}) {
            fs::create_directories(root.at(folder));
            ::chmod(root.at(folder).c_str(), 0755);
        }
        root.put("/srv/conf/a.toml", "");
        ::chmod(root.at("/srv/conf/a.toml").c_str(), 0644);
        fs::remove(root.at("/etc/hostlease"));
        root.link("../srv/conf", "/etc/hostlease");
    }

    /// The path of the file, or why it is not trusted.
    std::string find(const std::string& path) {
        const auto file = TrustedFiles(root.host()).find(path);
        return file
                   ? file->path
                   : file.error().why + (file.error().remedy.empty() ? "" : " (" + file.error().remedy + ")");
    }
};
} // namespace

TEST_CASE("behind a link the directory counts, and who may change the way there") {
    Tree tree;
    CHECK(tree.find("/etc/hostlease/a.toml") == "/srv/conf/a.toml");
    ::chmod(tree.root.at("/srv/conf").c_str(), 0777);
    CHECK(tree.find("/etc/hostlease/a.toml") ==
          "is in a directory that others may write (chmod go-w /srv/conf)");
    ::chmod(tree.root.at("/srv/conf").c_str(), 0755);
    ::chmod(tree.root.at("/srv").c_str(), 0775); // its writers can put another conf there
    CHECK(tree.find("/etc/hostlease/a.toml") == "is in a directory that others may write (chmod go-w /srv)");
    ::chmod(tree.root.at("/srv").c_str(), 01777);
    CHECK(tree.find("/etc/hostlease/a.toml") == "/srv/conf/a.toml");
    ::chmod(tree.root.at("/etc").c_str(), 0757); // or another link
    CHECK(tree.find("/etc/hostlease/a.toml") == "is in a directory that others may write (chmod go-w /etc)");
}

TEST_CASE("a file may be a link itself") {
    Tree tree;
    tree.root.link("a.toml", "/srv/conf/b.toml");
    tree.root.link("/etc/hostlease/b.toml", "/srv/conf/c.toml");
    CHECK(tree.find("/etc/hostlease/c.toml") == "/srv/conf/a.toml");
    ::chmod(tree.root.at("/srv/conf/a.toml").c_str(), 0664);
    CHECK(tree.find("/etc/hostlease/c.toml") == "may be written by others (chmod go-w /srv/conf/a.toml)");
    tree.root.link("/nowhere", "/srv/conf/d.toml");
    CHECK(tree.find("/etc/hostlease/d.toml").starts_with("cannot be read: "));
    tree.root.link("e.toml", "/srv/conf/e.toml");
    CHECK(tree.find("/etc/hostlease/e.toml") == "is reached through too many links");
}

TEST_CASE("another user's link, directory or file on the path is not trusted") {
    if (::geteuid() != 0) return;
    const auto found = [](const std::string& theirs) {
        Tree tree;
        REQUIRE(::lchown(tree.root.at(theirs).c_str(), 1234, 0) == 0);
        return tree.find("/etc/hostlease/a.toml");
    };
    CHECK(found("/etc/hostlease") ==
          "is reached through a link that belongs to another user (chown -h root /etc/hostlease)");
    CHECK(found("/srv/conf") == "is in a directory that belongs to another user (chown root /srv/conf)");
    CHECK(found("/srv") == "is in a directory that belongs to another user (chown root /srv)");
    CHECK(found("/srv/conf/a.toml") == "belongs to user 1234 (chown root /srv/conf/a.toml)");
}

TEST_CASE("directories that files share are checked once, and each file by itself") {
    Tree tree;
    tree.root.put("/srv/conf/b.toml", "");
    ::chmod(tree.root.at("/srv/conf/b.toml").c_str(), 0666);
    TrustedFiles files(tree.root.host());
    CHECK(files.find("/etc/hostlease/a.toml")->path == "/srv/conf/a.toml");
    CHECK(files.find("/etc/hostlease/b.toml").error().why == "may be written by others");
}

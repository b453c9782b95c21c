#include "engine/policy_store.hpp"

#include "support/fake_host.hpp"
#include "support/faulty_host.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::string uuid = "4dea22b3-1d52-d8f3-2516-000000000001";

std::string swappiness(int value, const std::string& match = {}) {
    return "version = 1\n" + match + "[memory]\nswappiness = " + std::to_string(value) + "\n";
}

struct Store {
    FakeHost host;
    Diagnostics warnings;

    void admin(const std::string& name, const std::string& text) {
        host.files["/etc/hostlease/" + name + ".toml"] = text;
    }
    void shipped(const std::string& name, const std::string& text) {
        host.files["/usr/share/hostlease/policies/" + name + ".toml"] = text;
    }
    void status(const std::string& name, FileStatus::Type type, std::uint32_t owner, std::uint32_t mode) {
        host.statuses["/etc/hostlease/" + name + ".toml"] = {type, owner, mode};
    }
    tl::expected<std::optional<Policy>, Diagnostics> find(const std::string& name,
                                                          const std::string& metadata = {}) {
        Domain domain;
        domain.name = name;
        domain.uuid = uuid;
        domain.policy = metadata;
        domain.policy_line = 4;
        warnings = {};
        return policy_for(host, read_policy_heads(host), domain, warnings);
    }
    /// The swappiness that a domain gets; "none", or the error.
    std::string given(const std::string& name, const std::string& metadata = {}) {
        const auto policy = find(name, metadata);
        if (!policy) return policy.error().text();
        if (!*policy) return "none";
        return (*policy)->find("memory.swappiness") == nullptr
                   ? "unset"
                   : (*policy)->find("memory.swappiness")->plain();
    }
    bool may_match(const std::string& name) { return read_policy_heads(host).may_match(name); }
};

bool says(const std::string& text, const std::string& what) { return text.find(what) != std::string::npos; }
} // namespace

TEST_CASE("the metadata's policy wins over the uuid's, that over the exact name's, that over a glob's") {
    Store store;
    store.admin("a-glob", swappiness(1, "[match]\ndomain = [\"win*\"]\npriority = 100\n"));
    CHECK(store.given("win11") == "1");
    store.admin("b-name", swappiness(2, "[match]\ndomain = [\"win11\"]\n"));
    CHECK(store.given("win11") == "2");
    CHECK(store.given("win10") == "1");
    store.admin("c-uuid", swappiness(3, "[match]\nuuid = [\"" + uuid + "\"]\n"));
    CHECK(store.given("win11") == "3");
    store.admin("d-metadata", swappiness(4));
    CHECK(store.given("win11") == "3");
    CHECK(store.given("win11", "d-metadata") == "4");
    CHECK(store.warnings.all().empty());
}

TEST_CASE("a policy without a match is for the domain with its file's name") {
    Store store;
    store.admin("win11", swappiness(1));
    CHECK(store.given("win11") == "1");
    CHECK(store.given("win") == "none");
    CHECK(store.given("WIN11") == "none");
    CHECK(store.given("win11.toml") == "none");
}

TEST_CASE("a domain without a match gets no policy, and a shipped policy matches no domain by itself") {
    Store store;
    CHECK(store.given("win11") == "none");
    store.shipped("win11", swappiness(1));
    store.shipped("all", swappiness(1, "[match]\ndomain = [\"*\"]\n"));
    CHECK(store.given("win11") == "none");
    CHECK_FALSE(store.may_match("win11"));
    store.host.directories.clear();
    store.host.files.clear();
    CHECK(store.given("win11") == "none"); // the directory does not exist either
}

TEST_CASE("metadata that says none excludes every policy, even a broken one with the domain's name") {
    Store store;
    store.admin("all", swappiness(1, "[match]\ndomain = [\"*\"]\n"));
    store.admin("win11", "version = ");
    store.admin("none", swappiness(2));
    CHECK(store.given("win11", "none") == "none");
}

TEST_CASE("a policy that only concerns audits is matched, and leases nothing") {
    Store store;
    store.admin("win11", "version = 1\naudit.ignore = [\"VID-HEADS\"]\n");
    CHECK(store.given("win11") == "none");
    Domain domain;
    domain.name = "win11";
    const auto matching = matching_policy(store.host, read_policy_heads(store.host), domain, store.warnings);
    REQUIRE(matching);
    REQUIRE(*matching);
    CHECK((*matching)->audit_ignore->size() == 1);
    store.admin("win11", "version = 1\naudit.ignore = [\"VID-HEADS\"]\nmemory.swappiness = 1\n");
    CHECK(store.given("win11") == "1");
}

TEST_CASE("metadata that names an unknown policy is an error that says where policies are searched") {
    Store store;
    store.admin("all", swappiness(1, "[match]\ndomain = [\"*\"]\n"));
    for (const std::string name :
         {"missing", "", "all.toml", "../hostlease/all", "/etc/hostlease/all", "ALL", ".all", "a b", "*"}) {
        if (name.empty()) continue; // an empty name counts as no metadata
        CAPTURE(name);
        const auto said = store.given("win11", name);
        CHECK(says(said, "policy '" + name + "' in <metadata> (line 4 of the domain's XML) does not exist"));
        CHECK(says(said, "hostlease looks for policies in /etc/hostlease and /usr/share/hostlease/policies"));
    }
}

TEST_CASE("metadata finds the admin's policy before the shipped one of the same name") {
    Store store;
    store.shipped("quiet", swappiness(1));
    CHECK(store.given("win11", "quiet") == "1");
    store.admin("quiet", swappiness(2));
    CHECK(store.given("win11", "quiet") == "2");
    store.admin("quiet", "version = ");
    // and does not fall back to the shipped policy
    CHECK(says(store.given("win11", "quiet"), "/etc/hostlease/quiet.toml:1:"));
}

TEST_CASE("a policy extends those of both directories, the admin's first") {
    Store store;
    store.shipped("base", swappiness(1) + "ksm = \"off\"\n");
    store.admin("win11", "version = 1\nextends = \"base\"\n");
    CHECK(store.given("win11") == "1");
    CHECK(store.find("win11")->value().find("memory.ksm")->plain() == "off");
    CHECK(store.find("win11")->value().find("memory.ksm")->position.file ==
          "/usr/share/hostlease/policies/base.toml");
    store.admin("base", swappiness(2));
    CHECK(store.given("win11") == "2");
    CHECK(store.find("win11")->value().find("memory.ksm") == nullptr);
    store.admin("win11", "version = 1\nextends = \"base\"\n[memory]\nswappiness = 3\n");
    CHECK(store.given("win11") == "3");
    store.shipped("chain", "version = 1\nextends = \"base\"\n");
    store.admin("win11", "version = 1\nextends = \"chain\"\n");
    CHECK(store.given("win11") == "2");
    CHECK(store.find("win11")->value().name == "win11");
}

TEST_CASE("a policy whose base is missing, broken, foreign or itself is refused at its extends") {
    Store store;
    store.admin("win11", "version = 1\nextends = \"base\"\n");
    CHECK(says(store.given("win11"),
               "/etc/hostlease/win11.toml:2:11: error: policy 'base' in extends does not exist"));
    store.admin("base", "version = ");
    CHECK(says(store.given("win11"), "the policy 'base' that this one extends has errors"));
    store.admin("base", swappiness(1));
    CHECK(store.given("win11") == "1");
    store.status("base", FileStatus::Type::regular, 1000, 0644);
    CHECK(says(store.given("win11"), "this policy belongs to user 1000"));
    store.admin("win11", "version = 1\nextends = \"win11\"\n");
    CHECK(says(store.given("win11"), "extends forms a cycle: win11 -> win11"));
}

TEST_CASE("a policy that others own or may write, and what is no file, are not trusted") {
    const auto refusal = [](FileStatus::Type type, std::uint32_t owner, std::uint32_t mode) {
        Store store;
        store.admin("win11", swappiness(1));
        store.status("win11", type, owner, mode);
        CHECK(store.may_match("win11"));
        CHECK(store.given("other") == "none");
        CHECK(store.warnings.all().size() == 1);
        return store.given("win11");
    };
    CHECK(says(refusal(FileStatus::Type::regular, 1000, 0644),
               "this policy belongs to user 1000, but it controls what runs as root"));
    CHECK(says(refusal(FileStatus::Type::regular, 1000, 0644), "chown root /etc/hostlease/win11.toml"));
    for (const std::uint32_t mode : {0664U, 0646U, 0666U, 0777U, 0620U, 02664U})
        CHECK(says(refusal(FileStatus::Type::regular, 0, mode),
                   "this policy may be written by others, but it controls what runs as root"));
    CHECK(says(refusal(FileStatus::Type::regular, 0, 0666), "chmod go-w /etc/hostlease/win11.toml"));
    CHECK(says(refusal(FileStatus::Type::other, 0, 0600), "a policy must be a regular file"));
    CHECK(says(refusal(FileStatus::Type::directory, 0, 0700), "a policy must be a regular file"));
}

TEST_CASE("a policy in a directory that others own or may write is not trusted: they could put another in "
          "its place") {
    const auto given = [](std::uint32_t owner, std::uint32_t mode) {
        Store store;
        store.admin("win11", swappiness(1));
        store.host.statuses["/etc/hostlease"] = {FileStatus::Type::directory, owner, mode};
        return store.given("win11");
    };
    for (const std::uint32_t mode : {0755U, 0700U, 01777U, 02755U})
        CHECK(given(0, mode) == "1");
    CHECK(says(given(0, 0775), "this policy is in a directory that others may write"));
    CHECK(says(given(0, 0757), "chmod go-w /etc/hostlease"));
    CHECK(says(given(1000, 0755), "this policy is in a directory that belongs to another user"));
}

TEST_CASE("a policy that others may only read is trusted") {
    for (const std::uint32_t mode : {0600U, 0644U, 0755U, 0444U}) {
        Store store;
        store.admin("win11", swappiness(1));
        store.status("win11", FileStatus::Type::regular, 0, mode);
        CHECK(store.given("win11") == "1");
    }
}

TEST_CASE("a policy that is not trusted is not read") {
    Store store;
    store.admin("win11", swappiness(1));
    store.status("win11", FileStatus::Type::regular, 1000, 0644);
    FaultyHost counter(store.host, FaultyHost::Fault::none, 0);
    CHECK(read_policy_heads(counter).broken.size() == 1);
    CHECK(counter.accesses() == 4); // the directory's names, and a check of each part of its path
}

TEST_CASE("a broken file with the domain's name refuses the domain, others only cause warnings") {
    for (const std::string text :
         {"[match", "version = 1\n[match]\ndomain = 7\n", "# match \xff", "[[[match"}) {
        Store store;
        store.admin("all", swappiness(1, "[match]\ndomain = [\"*\"]\n"));
        store.admin("win11", text);
        CHECK(says(store.given("win11"), "/etc/hostlease/win11.toml:"));
        CHECK(store.given("win10") == "1");
        REQUIRE(store.warnings.all().size() == 1);
        CHECK(store.warnings.all()[0].severity == Severity::warning);
        CHECK(store.warnings.all()[0].text() ==
              "/etc/hostlease/win11.toml: warning: this policy has errors and is not used for any domain\n"
              "  hint: run: hostlease check /etc/hostlease/win11.toml");
    }
}

TEST_CASE("mistakes below a valid match refuse the domains that it matches, and no others") {
    Store store;
    store.admin("games", "version = 1\n[match]\ndomain = [\"win*\"]\n[memory]\nswappines = 1\n");
    CHECK(says(store.given("win11"), "/etc/hostlease/games.toml:5:1: error:"));
    CHECK(store.given("linux") == "none");
    CHECK(store.warnings.all().empty());
}

TEST_CASE("of policies that match equally well, the first by name wins, with a warning about the others") {
    Store store;
    store.admin("b", swappiness(2, "[match]\ndomain = [\"win*\"]\n"));
    store.admin("a", swappiness(1, "[match]\ndomain = [\"win*\"]\n"));
    CHECK(store.given("win11") == "1");
    REQUIRE(store.warnings.all().size() == 1);
    CHECK(says(store.warnings.all()[0].text(), "/etc/hostlease/b.toml:2:"));
    CHECK(says(store.warnings.all()[0].text(),
               "this policy matches 'win11' just as well as /etc/hostlease/a.toml, which is used"));
    CHECK(says(store.warnings.all()[0].text(), "set match.priority in one of them"));
    store.admin("b", swappiness(2, "[match]\ndomain = [\"win*\"]\npriority = 1\n"));
    CHECK(store.given("win11") == "2");
    CHECK(store.warnings.all().empty());
}

TEST_CASE("hidden files and files with other endings are not policies") {
    Store store;
    const std::string text = swappiness(1, "[match]\ndomain = [\"*\"]\n");
    for (const std::string name :
         {".hidden.toml", ".toml", "policy.toml~", "policy.toml.rpmnew", "policy", "README", ".#policy.toml"})
        store.host.files["/etc/hostlease/" + name] = text;
    store.host.files["/etc/hostlease/sub/policy.toml"] = text;
    CHECK(policy_files(store.host, admin_policies).value().empty());
    CHECK(store.given("win11") == "none");
    CHECK(says(store.given("win11", ".hidden"), "policy '.hidden' in <metadata>"));
    store.admin("z", text);
    store.admin("a", text);
    CHECK(policy_files(store.host, admin_policies).value() ==
          std::vector<std::string>{"/etc/hostlease/a.toml", "/etc/hostlease/z.toml"});
}

TEST_CASE("a domain may match only by its uuid, its own name, a glob or a broken file with its name") {
    Store store;
    CHECK_FALSE(store.may_match("win11"));
    store.admin("win11", swappiness(1));
    CHECK(store.may_match("win11"));
    CHECK_FALSE(store.may_match("linux"));
    store.admin("linux", "version = ");
    CHECK(store.may_match("linux"));
    CHECK_FALSE(store.may_match("bsd"));
    store.admin("one", swappiness(1, "[match]\nuuid = [\"" + uuid + "\"]\n"));
    CHECK(store.may_match("bsd"));
}

TEST_CASE("a file that disappears or becomes unreadable between two reads is broken, not fatal") {
    Store store;
    store.admin("win11", swappiness(1));
    FaultyHost counter(store.host, FaultyHost::Fault::none, 0);
    REQUIRE(read_policy_heads(counter).policies.size() == 1);
    for (unsigned at = 2; at <= counter.accesses(); ++at)
        for (const int error : {ENOENT, EIO}) {
            FaultyHost faulty(store.host, FaultyHost::Fault::fail, at, error);
            const auto heads = read_policy_heads(faulty);
            CHECK(heads.broken.contains("/etc/hostlease/win11.toml"));
            CHECK(heads.may_match("win11"));
        }
}

TEST_CASE("a policy is found by its name, and a text outside the host extends the host's policies") {
    Store store;
    store.shipped("base", swappiness(1));
    CHECK_FALSE(load_policy_named(store.host, "missing"));
    REQUIRE(load_policy_named(store.host, "base"));
    CHECK(load_policy_named(store.host, "base")->value().name == "base");
    const auto mine = load_policy_text(store.host, "/home/me/mine.toml", "version = 1\nextends = \"base\"\n");
    REQUIRE(mine);
    CHECK(mine->name == "mine");
    CHECK(mine->find("memory.swappiness")->plain() == "1");
    const auto missing = load_policy(store.host, "/etc/hostlease/missing.toml");
    REQUIRE_FALSE(missing);
    CHECK(says(missing.error().text(), "/etc/hostlease/missing.toml"));
}

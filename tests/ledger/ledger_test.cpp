#include "ledger/ledger.hpp"

#include "core/units.hpp"
#include "ledger/codec.hpp"
#include "support/fake_host.hpp"
#include "support/faulty_host.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;
using namespace std::chrono_literals;

namespace {
const std::string boot = "0f9c2a4e-0000-4000-8000-000000000001"; // the same as FakeHost's
const std::string directory = Ledger::directory;
const std::string records_file = directory + "/records.toml";
const std::string records_of_format_1 = directory + "/knobs.toml";

std::string path_of(const std::string& uuid) { return directory + "/lease-" + uuid + ".toml"; }

Lease lease_of(const std::string& uuid, std::int64_t order = 1) {
    Lease lease;
    lease.uuid = uuid;
    lease.domain = "vm-" + uuid;
    lease.order = order;
    return lease;
}

const std::vector<KnobRecord> some_records{
    {"memory.swappiness", "swappiness", "/proc/sys/vm/swappiness", "60", "10", std::nullopt}};
const std::vector<PoolRecord> some_pools{{{1, 2 * MiB}, "/x/nr_hugepages", 4, 516, std::nullopt}};

/// A host with a ledger that contains these leases and records.
struct Desk {
    FakeHost host;

    Desk() { host.directories.insert(directory); }
    void put(const Lease& lease, const std::string& boot_id = boot) {
        host.files[path_of(lease.uuid)] = encode_lease(lease, boot_id);
    }
    Ledger open() {
        auto ledger = Ledger::open(host, 1s);
        REQUIRE(ledger);
        return std::move(*ledger);
    }
};

void check_refused_untouched(FakeHost& host, const std::string& said) {
    const auto files = host.files;
    const auto directories = host.directories;
    FaultyHost counter(host, FaultyHost::Fault::none, 0);
    const auto ledger = Ledger::open(counter, 1s);
    REQUIRE_FALSE(ledger);
    CHECK(ledger.error().kind == ErrorKind::refused);
    CHECK(ledger.error().text().find(said) != std::string::npos);
    CHECK(counter.changes() == 1); // make_directory, without effect
    CHECK(host.files == files);
    CHECK(host.directories == directories);
    CHECK(host.writes.empty());
}
} // namespace

TEST_CASE("opening creates a missing directory, and finds it empty") {
    FakeHost host;
    const auto ledger = Ledger::open(host, 1s);
    REQUIRE(ledger);
    CHECK(host.directories.contains(directory));
    CHECK(ledger->content.leases.empty());
    CHECK_FALSE(ledger->content.has_records());
    CHECK(ledger->content.unreadable.empty());
    CHECK(ledger->content.problems.empty());
}

TEST_CASE("a directory that others can write is refused, and nothing is written to it") {
    const std::string said = "/run/hostlease must be a directory of user 0 with mode 0700, but it ";
    const auto of = [](FileStatus::Type type, std::uint32_t owner, std::uint32_t mode) {
        return FileStatus{type, owner, mode};
    };
    for (const auto& status :
         {of(FileStatus::Type::directory, 1000, 0700), of(FileStatus::Type::directory, 0, 0750),
          of(FileStatus::Type::directory, 0, 0701), of(FileStatus::Type::directory, 0, 0720),
          of(FileStatus::Type::directory, 0, 01777), of(FileStatus::Type::regular, 0, 0600),
          of(FileStatus::Type::other, 0, 0777)}) {
        CAPTURE(status.mode);
        Desk desk;
        desk.put(lease_of("a"));
        desk.host.files[directory + "/.records.toml.tmp"] = "half";
        desk.host.statuses[directory] = status;
        check_refused_untouched(desk.host, said);
    }
}

TEST_CASE("the message about a foreign directory never suggests removing it") {
    const auto said = [](FileStatus::Type type, std::uint32_t owner, std::uint32_t mode) {
        Desk desk;
        desk.put(lease_of("a"));
        desk.host.statuses[directory] = {type, owner, mode};
        const std::string text = Ledger::open(desk.host, 1s).error().text();
        return text.substr(text.find(", but it ") + 9);
    };
    CHECK(said(FileStatus::Type::directory, 0, 0755) ==
          "belongs to user 0 and has mode 0755 (chmod 700 /run/hostlease)");
    CHECK(said(FileStatus::Type::directory, 0, 0777) == "belongs to user 0 and has mode 0777");
    CHECK(said(FileStatus::Type::directory, 1000, 0700) == "belongs to user 1000 and has mode 0700");
    CHECK(said(FileStatus::Type::other, 0, 0777) == "is not a directory");
}

TEST_CASE("an ordinary user gets a message that the ledger is root's") {
    Desk desk;
    desk.host.user_id = 1000;
    desk.host.statuses[directory] = {FileStatus::Type::directory, 0, 0700};
    CHECK(Ledger::open(desk.host, 1s).error().text() == "only root may use /run/hostlease");
}

TEST_CASE("a ledger that another call holds is busy after the caller's patience") {
    Desk desk;
    const auto holder = desk.open();
    const auto began = desk.host.now();
    const auto second = Ledger::open(desk.host, 3s);
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == ErrorKind::busy);
    CHECK(desk.host.now() - began == 3s);
}

TEST_CASE("the lock is released with the ledger") {
    Desk desk;
    {
        const auto holder = desk.open();
    }
    CHECK(Ledger::open(desk.host, 1s));
}

TEST_CASE("files of an earlier boot are removed: they describe a host state that is gone") {
    Desk desk;
    desk.put(lease_of("old"), "0f9c2a4e-0000-4000-8000-000000000000");
    desk.put(lease_of("new"));
    desk.host.files[records_file] = encode_records({some_records}, "another boot");
    const auto ledger = desk.open();
    REQUIRE(ledger.content.leases.size() == 1);
    CHECK(ledger.content.leases[0].uuid == "new");
    CHECK_FALSE(ledger.content.has_records());
    CHECK(ledger.content.problems.empty());
    CHECK_FALSE(desk.host.files.contains(path_of("old")));
    CHECK_FALSE(desk.host.files.contains(records_file));
    CHECK(desk.host.files.contains(path_of("new")));
}

TEST_CASE("drafts of a killed writer are removed") {
    Desk desk;
    desk.put(lease_of("a"));
    desk.host.files[directory + "/.lease-a.toml.tmp"] = "format = 1\nboot";
    desk.host.files[directory + "/.records.toml.tmp"] = "";
    const auto ledger = desk.open();
    CHECK(ledger.content.leases.size() == 1);
    CHECK(desk.host.files.contains(path_of("a")));
    CHECK_FALSE(desk.host.files.contains(directory + "/.lease-a.toml.tmp"));
    CHECK_FALSE(desk.host.files.contains(directory + "/.records.toml.tmp"));
}

TEST_CASE("files that do not belong to the ledger are left alone") {
    Desk desk;
    for (const std::string name :
         {"README", "lease-a.toml.corrupt", "lease-a.toml~", "lease.toml", "xlease-a.toml"})
        desk.host.files[directory + "/" + name] = "mine";
    const auto files = desk.host.files;
    const auto ledger = desk.open();
    CHECK(ledger.content.leases.empty());
    CHECK(ledger.content.unreadable.empty());
    CHECK(desk.host.files == files);
}

TEST_CASE("corrupt records are set aside as records.toml.corrupt and reported") {
    Desk desk;
    desk.host.files[records_file] = "format = 1\nboot_id = ";
    auto ledger = desk.open();
    REQUIRE(ledger.content.problems.size() == 1);
    CHECK(ledger.content.problems[0].kind == ErrorKind::ledger_corrupt);
    CHECK(ledger.content.problems[0].text().find(records_file) != std::string::npos);
    CHECK_FALSE(ledger.content.has_records());
    CHECK(desk.host.files.at(records_file + ".corrupt") == "format = 1\nboot_id = ");
    CHECK_FALSE(desk.host.files.contains(records_file));
    ledger.content.records = some_records;
    REQUIRE(ledger.save_records());
    CHECK(desk.host.files.at(records_file) == encode_records({some_records}, boot));
    CHECK(desk.host.files.contains(records_file + ".corrupt"));
}

TEST_CASE("a corrupt lease is reported as unreadable under the uuid of its name, and kept") {
    Desk desk;
    desk.put(lease_of("good"));
    desk.host.files[path_of("bad")] = "state = ";
    const auto ledger = desk.open();
    CHECK(ledger.content.leases.size() == 1);
    REQUIRE(ledger.content.unreadable.size() == 1);
    CHECK(ledger.content.unreadable[0].uuid == "bad");
    CHECK(ledger.content.unreadable[0].path == path_of("bad"));
    CHECK(ledger.content.unreadable[0].error.kind == ErrorKind::ledger_corrupt);
    CHECK(desk.host.files.at(path_of("bad")) == "state = ");
    CHECK(Ledger::has_lease(desk.host, "bad"));
}

TEST_CASE("a lease that speaks of another VM than its name is unreadable") {
    Desk desk;
    desk.host.files[path_of("a")] = encode_lease(lease_of("b"), boot);
    const auto ledger = desk.open();
    CHECK(ledger.content.leases.empty());
    REQUIRE(ledger.content.unreadable.size() == 1);
    CHECK(ledger.content.unreadable[0].uuid == "a");
    CHECK(ledger.content.unreadable[0].error.text() == path_of("a") + ": it is the lease of VM b");
}

TEST_CASE("dropping a corrupt lease keeps its file as .corrupt and forgets the lease") {
    Desk desk;
    desk.put(lease_of("good"));
    desk.host.files[path_of("bad")] = "state = ";
    auto ledger = desk.open();
    REQUIRE(ledger.drop_lease("bad"));
    CHECK(ledger.content.unreadable.empty());
    CHECK(ledger.content.leases.size() == 1);
    CHECK(desk.host.files.at(path_of("bad") + ".corrupt") == "state = ");
    CHECK_FALSE(Ledger::has_lease(desk.host, "bad"));
    CHECK(Ledger::peek(desk.host)->unreadable.empty());
}

TEST_CASE("dropping a lease removes its file, and a missing one is success") {
    Desk desk;
    desk.put(lease_of("a"));
    auto ledger = desk.open();
    REQUIRE(ledger.drop_lease(ledger.content.leases[0].uuid)); // passes the very string that is removed
    CHECK(ledger.content.leases.empty());
    CHECK_FALSE(desk.host.files.contains(path_of("a")));
    CHECK(ledger.drop_lease("a"));
    CHECK(ledger.drop_lease("never seen"));
}

TEST_CASE("a saved lease is in the file and in memory") {
    Desk desk;
    auto ledger = desk.open();
    Lease lease = lease_of("a");
    REQUIRE(ledger.save_lease(lease));
    REQUIRE(ledger.content.find("a") != nullptr);
    lease.state = LeaseState::running;
    REQUIRE(ledger.save_lease(lease));
    CHECK(ledger.content.leases == std::vector{lease});
    Lease* mine = ledger.content.find("a");
    mine->state = LeaseState::ending;
    REQUIRE(ledger.save_lease(*mine));
    CHECK(Ledger::peek(desk.host)->leases == std::vector{*mine});
}

TEST_CASE("a lease that cannot be saved is not in memory either") {
    Desk desk;
    FaultyHost counter(desk.host, FaultyHost::Fault::none, 0);
    REQUIRE(Ledger::open(counter, 1s));
    FaultyHost full(desk.host, FaultyHost::Fault::fail, counter.accesses() + 1, ENOSPC);
    auto ledger = Ledger::open(full, 1s);
    REQUIRE(ledger);
    const auto saved = ledger->save_lease(lease_of("a"));
    REQUIRE_FALSE(saved);
    CHECK(saved.error().errno_value == ENOSPC);
    CHECK(ledger->content.leases.empty());
    CHECK_FALSE(desk.host.files.contains(path_of("a")));
}

TEST_CASE("records are written only when they change, and their file is removed with the last one") {
    Desk desk;
    FaultyHost counter(desk.host, FaultyHost::Fault::none, 0);
    auto opened = Ledger::open(counter, 1s);
    REQUIRE(opened);
    Ledger& ledger = *opened;
    const auto before = counter.changes();
    REQUIRE(ledger.save_records());
    CHECK(counter.changes() == before);
    ledger.content.records = some_records;
    REQUIRE(ledger.save_records());
    CHECK(counter.changes() == before + 1);
    REQUIRE(ledger.save_records());
    CHECK(counter.changes() == before + 1);
    ledger.content.record("memory.swappiness", "swappiness")->wrote = "20";
    REQUIRE(ledger.save_records());
    CHECK(counter.changes() == before + 2);
    ledger.content.pools = some_pools;
    REQUIRE(ledger.save_records());
    CHECK(counter.changes() == before + 3);
    CHECK(Ledger::peek(desk.host).value().pools == some_pools);
    ledger.content.records.clear();
    REQUIRE(ledger.save_records());
    CHECK(counter.changes() == before + 4);
    ledger.content.pools.clear();
    REQUIRE(ledger.save_records());
    CHECK_FALSE(desk.host.files.contains(records_file));
    REQUIRE(ledger.save_records());
    CHECK(counter.changes() == before + 5);
}

TEST_CASE("records that are already on disk are not written again by the next caller") {
    Desk desk;
    desk.host.files[records_file] = encode_records({some_records}, boot);
    FaultyHost counter(desk.host, FaultyHost::Fault::none, 0);
    auto ledger = Ledger::open(counter, 1s);
    REQUIRE(ledger);
    const auto before = counter.changes();
    CHECK(ledger->content.records == some_records);
    REQUIRE(ledger->save_records());
    CHECK(counter.changes() == before);
}

TEST_CASE("records that could not be written are written the next time") {
    Desk desk;
    FaultyHost counter(desk.host, FaultyHost::Fault::none, 0);
    REQUIRE(Ledger::open(counter, 1s));
    FaultyHost full(desk.host, FaultyHost::Fault::fail, counter.accesses() + 1, ENOSPC);
    auto ledger = Ledger::open(full, 1s);
    REQUIRE(ledger);
    ledger->content.records = some_records;
    CHECK_FALSE(ledger->save_records());
    CHECK(ledger->save_records());
    CHECK(desk.host.files.at(records_file) == encode_records({some_records}, boot));
}

namespace {
const std::string text_of_format_1 = "format = 1\nboot_id = \"" + boot + R"("

[[record]]
knob = "memory.swappiness"
target = "swappiness"
path = "/proc/sys/vm/swappiness"
baseline = "60"
wrote = "10"

[[record]]
knob = "hugepages.reserve"
target = "node1/hugepages-2048kB"
path = "/x/nr_hugepages"
baseline = "4"
wrote = "516"
)";
} // namespace

TEST_CASE("records of format 1 are read, and become format 2 under another name at their next change") {
    Desk desk;
    desk.host.files[records_of_format_1] = text_of_format_1;
    auto ledger = desk.open();
    CHECK(ledger.content.records == some_records);
    CHECK(ledger.content.pools == some_pools);
    REQUIRE(ledger.save_records());
    CHECK_FALSE(desk.host.files.contains(records_file));
    ledger.content.pools.front().intended = 600;
    REQUIRE(ledger.save_records());
    CHECK_FALSE(desk.host.files.contains(records_of_format_1));
    CHECK(desk.host.files.at(records_file) == encode_records({some_records, ledger.content.pools, {}}, boot));
}

TEST_CASE("the last record of format 1 removes its file") {
    Desk desk;
    desk.host.files[records_of_format_1] = text_of_format_1;
    auto ledger = desk.open();
    ledger.content.records.clear();
    ledger.content.pools.clear();
    REQUIRE(ledger.save_records());
    CHECK_FALSE(desk.host.files.contains(records_of_format_1));
    CHECK_FALSE(desk.host.files.contains(records_file));
}

TEST_CASE("records that a version with format 1 began beside ours add the targets that ours lack") {
    Desk desk;
    const std::vector<KnobRecord> ours{
        {"memory.swappiness", "swappiness", "/proc/sys/vm/swappiness", "30", "20", std::nullopt}};
    desk.host.files[records_file] = encode_records({ours}, boot);
    desk.host.files[records_of_format_1] = text_of_format_1;
    const auto ledger = desk.open();
    CHECK(ledger.content.records == ours);
    CHECK(ledger.content.pools == some_pools);
}

TEST_CASE("corrupt records of format 1 are set aside under their name") {
    Desk desk;
    desk.host.files[records_of_format_1] = "format = 1\nboot_id = ";
    CHECK(desk.open().content.problems.size() == 1);
    CHECK_FALSE(desk.host.files.contains(records_of_format_1));
    CHECK(desk.host.files.contains(records_of_format_1 + ".corrupt"));
}

TEST_CASE("a file of a later format is refused with one line, and nothing of the ledger is changed") {
    const std::string later = "format = 3\nwritten_by = \"9.1\"\n";
    for (const auto& file : {path_of("b"), records_file}) {
        CAPTURE(file);
        Desk desk;
        desk.put(lease_of("a"));
        desk.put(lease_of("old"), "another boot");
        desk.host.files[records_file] = encode_records({some_records}, boot);
        desk.host.files[file] = later;
        const auto files = desk.host.files;
        const auto ledger = Ledger::open(desk.host, 1s);
        const auto peeked = Ledger::peek(desk.host);
        REQUIRE_FALSE(ledger);
        REQUIRE_FALSE(peeked);
        CHECK(ledger.error().kind == ErrorKind::unsupported);
        CHECK(ledger.error().text() == peeked.error().text());
        CHECK(ledger.error().text().starts_with(file + ":1:1: hostlease 9.1 wrote this in format 3, which "));
        CHECK(ledger.error().text().find('\n') == std::string::npos);
        CHECK(desk.host.files == files);
    }
}

TEST_CASE("peeking changes nothing, does not wait and sees the current content") {
    Desk desk;
    desk.put(lease_of("a"));
    desk.put(lease_of("old"), "another boot");
    desk.host.files[path_of("bad")] = "state = ";
    desk.host.files[records_file] = "half";
    desk.host.files[directory + "/.records.toml.tmp"] = "";
    const auto files = desk.host.files;
    FaultyHost counter(desk.host, FaultyHost::Fault::none, 0);
    const auto lock = desk.host.lock(directory, 1s);
    const auto seen = Ledger::peek(counter);
    REQUIRE(seen);
    CHECK(seen->leases == std::vector{lease_of("a")});
    CHECK(seen->unreadable.size() == 1);
    CHECK(seen->problems.size() == 1);
    CHECK(counter.changes() == 0);
    CHECK(desk.host.files == files);
}

TEST_CASE("peeking without a ledger sees an empty one and creates none") {
    FakeHost host;
    const auto directories = host.directories;
    const auto seen = Ledger::peek(host);
    REQUIRE(seen);
    CHECK(seen->leases.empty());
    CHECK(host.directories == directories);
}

TEST_CASE("leases are sorted by age, whatever their names") {
    Desk desk;
    desk.put(lease_of("c", 1));
    desk.put(lease_of("a", 3));
    desk.put(lease_of("b", 2));
    desk.put(lease_of("z", 2)); // same age as b: sorted by name
    std::string order;
    for (const auto& lease : desk.open().content.leases)
        order += lease.uuid;
    CHECK(order == "cbza");
}

TEST_CASE("leases are found by uuid and by name, records by knob and target, those of pools by pool") {
    Desk desk;
    desk.put(lease_of("a"));
    desk.host.files[records_file] = encode_records({some_records, some_pools, {}}, boot);
    auto ledger = desk.open();
    CHECK(ledger.content.find("a") != nullptr);
    CHECK(ledger.content.find("vm-a") == nullptr);
    CHECK(ledger.content.find_by_name("vm-a") == ledger.content.find("a"));
    CHECK(ledger.content.find_by_name("a") == nullptr);
    CHECK(ledger.content.record("memory.swappiness", "swappiness") != nullptr);
    CHECK(ledger.content.record("memory.swappiness", "other") == nullptr);
    CHECK(ledger.content.pool({1, 2 * MiB}) != nullptr);
    CHECK(ledger.content.pool({0, 2 * MiB}) == nullptr);
}

TEST_CASE("a file that disappears while the ledger is read is no error") {
    Desk desk;
    desk.put(lease_of("a"));
    FaultyHost counter(desk.host, FaultyHost::Fault::none, 0);
    REQUIRE(Ledger::peek(counter));
    for (unsigned at = 4; at <= counter.accesses(); ++at) { // the reads, after status, boot id and list
        FaultyHost racing(desk.host, FaultyHost::Fault::fail, at, ENOENT);
        CHECK(Ledger::peek(racing));
    }
}

TEST_CASE("an unreadable ledger file fails the call, because the claims in force are unknown") {
    Desk desk;
    desk.put(lease_of("a"));
    desk.host.files[records_file] = encode_records({some_records}, boot);
    FaultyHost counter(desk.host, FaultyHost::Fault::none, 0);
    REQUIRE(Ledger::open(counter, 1s));
    for (unsigned at = 1; at <= counter.accesses(); ++at) {
        FaultyHost broken(desk.host, FaultyHost::Fault::fail, at, EIO);
        const auto ledger = Ledger::open(broken, 1s);
        REQUIRE_FALSE(ledger);
        CHECK(ledger.error().errno_value == EIO);
    }
}

TEST_CASE("a timing waits in the records for the next write of its lease, and never causes a write") {
    Desk desk;
    Lease lease = lease_of("a", 5);
    {
        Ledger ledger = desk.open();
        lease.note({"start", 10us, 1us, 0us, 0us, 0us});
        REQUIRE(ledger.save_lease(lease));
        const auto files = desk.host.files;
        ledger.note("a", {"start", 10us, 9us, 0us, 0us, 8us});
        REQUIRE(ledger.save_records());
        CHECK(desk.host.files == files);
        ledger.content.records = some_records;
        REQUIRE(ledger.save_records());
    }
    CHECK(desk.host.files[path_of("a")].find("total_usec = 1\n") != std::string::npos);
    CHECK(desk.host.files[records_file].find("total_usec = 9\n") != std::string::npos);
    CHECK(Ledger::peek(desk.host).value().leases.front().timings ==
          std::vector<Timing>{{"start", 10us, 9us, 0us, 0us, 8us}});
    Ledger ledger = desk.open();
    REQUIRE(ledger.save_lease(ledger.content.leases.front()));
    ledger.content.records.front().wrote = "11";
    REQUIRE(ledger.save_records());
    CHECK(desk.host.files[path_of("a")].find("total_usec = 9\n") != std::string::npos);
    CHECK(desk.host.files[records_file].find("timing") == std::string::npos);
}

TEST_CASE("a late timing of an earlier lease of the VM, or of no lease, is dropped") {
    Desk desk;
    desk.put(lease_of("a", 50));
    const Timing early{"start", 10us, 9us, 0us, 0us, 8us};
    desk.host.files[records_file] = encode_records({some_records, {}, {{"a", early}, {"b", early}}}, boot);
    Ledger ledger = desk.open();
    CHECK(ledger.content.leases.front().timings.empty());
    ledger.note("b", early);
    ledger.content.records.front().wrote = "11";
    REQUIRE(ledger.save_records());
    CHECK(desk.host.files[records_file].find("timing") == std::string::npos);
}

TEST_CASE("of two calls of an operation, the later is kept, of one call the longer time") {
    Lease lease;
    CHECK(lease.note({"start", 10us, 5us, {}, {}, {}}));
    CHECK_FALSE(lease.note({"start", 10us, 4us, {}, {}, {}}));
    CHECK(lease.note({"start", 10us, 6us, {}, {}, {}}));
    CHECK_FALSE(lease.note({"start", 9us, 60us, {}, {}, {}}));
    CHECK(lease.note({"start", 11us, 1us, {}, {}, {}}));
    CHECK(lease.note({"started", 12us, 1us, {}, {}, {}}));
    CHECK(lease.timings.size() == 2);
    CHECK(lease.timings.front().total == 1us);
}

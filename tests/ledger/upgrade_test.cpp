// A ledger of an earlier version while its VMs continue to run: it is read, and everything is restored.
#include "engine/operations.hpp"
#include "engine/verify.hpp"
#include "support/world.hpp"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const std::string ledger_directory = std::string(Ledger::directory) + "/";

/// A running and a starting VM, with a pool, values, interrupts, isolation and a program.
struct Upgraded : World {
    std::map<std::string, std::string> before;
    FakeVm running = make_vm(1, 512);
    FakeVm starting = make_vm(2, 128, 0, "2,3");

    Upgraded() : World(read_file("policy.toml")) {
        host.partitions.enable();
        before = host.snapshot();
        REQUIRE(libvirt.bring_up(host, running));
        REQUIRE(libvirt.call(starting, Step::prepare).code == ExitCode::done);
        REQUIRE(libvirt.call(starting, Step::start).code == ExitCode::done);
    }

    static std::string read_file(const std::string& name) {
        std::ifstream file(std::string(TEST_DATA_DIR) + "/ledger/" + name);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    /// Replaces this version's ledger by the same one in `format`.
    void take(const std::string& format) {
        std::erase_if(host.files, [](const auto& file) { return file.first.starts_with(ledger_directory); });
        for (const auto& entry :
             std::filesystem::directory_iterator(std::string(TEST_DATA_DIR) + "/ledger/" + format)) {
            const std::string name = entry.path().filename();
            host.files[ledger_directory + name] = read_file(std::string(format).append("/").append(name));
        }
    }

    std::map<std::string, std::string> ledger_files() {
        std::map<std::string, std::string> files;
        for (const auto& [path, text] : host.files)
            if (path.starts_with(ledger_directory)) files[path.substr(ledger_directory.size())] = text;
        return files;
    }
};
/// The essential parts of leases and records; words and times differ between versions.
std::string text_of(const LedgerContent& ledger) {
    std::string text;
    for (const auto& lease : ledger.leases) {
        text += lease.uuid + " " + std::string(to_text(lease.state)) + " " +
                std::string(to_text(lease.isolation)) + " " + std::to_string(lease.promises.size()) + "\n";
        for (const auto& claim : lease.claims)
            text += claim.knob + " " + claim.name() + " " + claim.path() + " = " + claim.value + " at " +
                    claim.position.text() + " " + std::string(to_text(claim.phase)) + " " +
                    std::string(to_text(claim.condition)) + "\n";
    }
    for (const auto& record : ledger.records)
        text += record.knob + " " + record.target + " " + record.path + ": " + record.baseline + " -> " +
                record.wrote + " beside " + std::to_string(record.beside.size()) + "\n";
    for (const auto& record : ledger.pools)
        text += record.target() + " " + record.path + ": " + std::to_string(record.baseline) + " -> " +
                std::to_string(record.wrote) + "\n";
    return text;
}
} // namespace

TEST_CASE("the test data of each format have the same leases and records") {
    Upgraded world;
    const std::string written = text_of(world.ledger());
    for (const std::string format : {"format-1", "format-2"}) {
        CAPTURE(format);
        world.take(format);
        const auto read = world.ledger();
        CHECK(text_of(read) == written);
        CHECK(read.unreadable.empty());
        CHECK(read.problems.empty());
    }
}

TEST_CASE("VMs continue with a ledger of each format, which becomes format 2, and everything is restored") {
    for (const std::string format : {"format-1", "format-2"}) {
        CAPTURE(format);
        Upgraded world;
        world.take(format);
        CHECK(verify(world.host, world.ledger()).empty());
        Call call;
        REQUIRE(reconcile(world.host, call));
        CHECK(call.report.entries.empty());
        REQUIRE(world.libvirt.launch(world.starting));
        CHECK(world.libvirt.call(world.starting, Step::started).code == ExitCode::done);
        CHECK(verify(world.host, world.ledger()).empty());
        for (const auto& [name, text] : world.ledger_files()) {
            CAPTURE(name);
            CHECK(text.starts_with("format = 2\n"));
        }
        world.libvirt.bring_down(world.host, world.running);
        world.libvirt.bring_down(world.host, world.starting);
        CHECK(difference(world.before, world.host.snapshot()) == "");
        CHECK_FALSE(world.ledger().has_records());
    }
}

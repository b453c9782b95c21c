#include "support/fake_host.hpp"
#include "support/faulty_host.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

TEST_CASE("a missing file is no error if it may be absent") {
    FakeHost host;
    CHECK(host.read_if_present("/srv/made/nothing").value() == std::nullopt);
    CHECK(host.read_line("/srv/made/nothing").value().empty());
    CHECK(host.read_cpu_list("/srv/made/nothing").value().empty());
    CHECK(host.list_if_present("/srv/nothing").value().empty());
    CHECK_FALSE(host.exists("/srv/made/nothing").value());
    host.files["/srv/made/cpus"] = " 0-2,5\n";
    CHECK(host.read_if_present("/srv/made/cpus").value() == " 0-2,5\n");
    CHECK(host.read_line("/srv/made/cpus").value() == "0-2,5");
    CHECK(host.read_cpu_list("/srv/made/cpus").value() == CpuSet{0, 1, 2, 5});
    CHECK(host.exists("/srv/made/cpus").value());
    CHECK(host.list_if_present("/srv/made").value() == std::vector<std::string>{"cpus"});
}

TEST_CASE("text that is not a CPU list is an error that names the file") {
    FakeHost host;
    host.files["/srv/made/cpus"] = "0-\n";
    const auto cpus = host.read_cpu_list("/srv/made/cpus");
    REQUIRE_FALSE(cpus);
    CHECK(cpus.error().kind == ErrorKind::io);
    CHECK(cpus.error().path == "/srv/made/cpus");
}

TEST_CASE("an unreadable file is an error, and never counts as missing") {
    FakeHost host;
    host.files["/srv/made/cpus"] = "0\n";
    const auto fails = [&](auto look) {
        FaultyHost faulty(host, FaultyHost::Fault::fail, 1);
        return !look(faulty).has_value();
    };
    CHECK(fails([](Host& faulty) { return faulty.read_if_present("/srv/made/cpus"); }));
    CHECK(fails([](Host& faulty) { return faulty.read_line("/srv/made/cpus"); }));
    CHECK(fails([](Host& faulty) { return faulty.read_cpu_list("/srv/made/cpus"); }));
    CHECK(fails([](Host& faulty) { return faulty.list_if_present("/srv/made"); }));
    CHECK(fails([](Host& faulty) { return faulty.exists("/srv/made/cpus"); }));
}

TEST_CASE("a file whose directory was removed after it was opened counts as missing") {
    for (const int error : {ENOENT, ENOTDIR, ESRCH, ENODEV}) {
        CAPTURE(error);
        FakeHost host;
        host.files["/srv/made/cpus"] = "0\n";
        host.read_errors["/srv/made/cpus"] = error;
        CHECK(host.read_if_present("/srv/made/cpus").value() == std::nullopt);
        CHECK(host.read_line("/srv/made/cpus").value().empty());
        CHECK(host.read_cpu_list("/srv/made/cpus").value().empty());
    }
}

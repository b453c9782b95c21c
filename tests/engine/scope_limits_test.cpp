// The drop-in of a scope that does not exist yet.
#include "engine/form.hpp"
#include "support/fake_host.hpp"

#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;

namespace {
const Form& form = form_of(KnobForm::scope_limits);
const std::string directory = "/run/systemd/system/machine-qemu\\x2d3\\x2dvm.scope.d";

KnobRecord record_at(const std::string& path) {
    KnobRecord record;
    record.knob = "cpus.memory";
    record.path = path;
    return record;
}

struct Scope {
    FakeHost host;
    KnobRecord record = record_at(directory + "/50-hostlease.conf");
    std::string read() { return form.read(host, record).value(); }
};
} // namespace

TEST_CASE("the drop-in sets the claimed values, reads as them, and leaves nothing when it is removed") {
    Scope scope;
    const auto before = scope.host.snapshot();
    CHECK(scope.read() == "none");
    const std::string value = "AllowedCPUs=4-6 AllowedMemoryNodes=1";
    REQUIRE(form.write(scope.host, scope.record, value));
    CHECK(scope.read() == value);
    const auto text = scope.host.read(scope.record.path).value();
    CHECK(text.find("\n[Scope]\nAllowedCPUs=4-6\nAllowedMemoryNodes=1\n") != std::string::npos);
    REQUIRE(form.write(scope.host, scope.record, "none"));
    REQUIRE(form.forget(scope.host, scope.record));
    CHECK(scope.read() == "none");
    CHECK(difference(before, scope.host.snapshot()) == "");
}

TEST_CASE("another program's drop-in beside it stays") {
    Scope scope;
    REQUIRE(form.write(scope.host, scope.record, "AllowedCPUs=4-6"));
    scope.host.files[directory + "/90-admin.conf"] = "[Scope]\nMemoryMax=8G\n";
    REQUIRE(form.write(scope.host, scope.record, "none"));
    REQUIRE(form.forget(scope.host, scope.record));
    CHECK(scope.host.files.contains(directory + "/90-admin.conf"));
}

TEST_CASE("without systemd, or without libvirt's number of the VM, nothing is written") {
    Scope scope;
    const auto open = record_at("/run/systemd/system/machine-qemu\\x2d*\\x2dvm.scope.d/50-hostlease.conf");
    const auto before = scope.host.snapshot();
    CHECK(form.write(scope.host, open, "AllowedCPUs=4-6").error().kind == ErrorKind::unsupported);
    CHECK(difference(before, scope.host.snapshot()) == "");
    scope.host.directories.erase("/run/systemd/system");
    CHECK(form.read(scope.host, scope.record).error().kind == ErrorKind::unsupported);
}

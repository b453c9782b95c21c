// Different spellings of a file's value by the kernel, over the registry: a value that is already wanted is
// not written, and the earlier text is restored.
#include "core/kernel_text.hpp"
#include "engine/form.hpp"
#include "engine/verify.hpp"
#include "support/knob_world.hpp"

#include <algorithm>
#include <doctest/doctest.h>

using namespace hostlease;
using namespace hostlease::test;
using namespace std::string_literals;

namespace {
/// The same value as printed by another driver or another kernel.
struct Spelling {
    std::string what;
    std::string (*respell)(const std::string& text);
};

std::string line_of(const std::string& text) {
    return knob_value(text).empty() ? text : text.substr(0, text.find('\n'));
}

bool is_mask(const std::string& text) {
    return line_of(text).find_first_not_of("0123456789abcdef") == std::string::npos;
}

const Spelling spellings[] = {
    {"a blank at the end", [](const std::string& text) { return line_of(text) + " \n"; }},
    {"a NUL at the end", [](const std::string& text) { return line_of(text) + "\n\0"s; }},
    {"no line end", [](const std::string& text) { return line_of(text); }},
    {"two line ends", [](const std::string& text) { return line_of(text) + "\n\n"; }},
    {"blanks in front", [](const std::string& text) { return "\t " + line_of(text) + "\n"; }},
    {"leading zeros",
     [](const std::string& text) { return (is_mask(text) ? "000" : "") + line_of(text) + "\n"; }}};

/// [[sysfs]] writes the number, because it is octal in only one of the spellings.
bool may_differ(const Knob& knob, const Spelling& spelling) {
    return knob.key == "sysfs" && spelling.what == "leading zeros";
}

/// False for targets that exist only while QEMU runs.
bool is_one_file(const Knob& knob) {
    if (knob.resolve != nullptr || is_of_pools(knob)) return false;
    return knob.form == KnobForm::value || knob.form == KnobForm::cpu_mask ||
           knob.form == KnobForm::disk_scheduler;
}

/// A file that the knob's example writes: its text before and during the lease.
struct Written {
    std::string before;
    std::string during;
};

std::map<std::string, Written> written_by(const Knob& knob) {
    KnobWorld world(knob);
    FakeVm vm = make_vm(1, 64);
    const auto before = world.host.snapshot();
    REQUIRE(world.libvirt.bring_up(world.host, vm));
    std::map<std::string, Written> files;
    for (const auto& record : world.ledger().records)
        if (record.knob == knob.key && before.contains(record.path))
            files[record.path] = {before.at(record.path), world.host.files[record.path]};
    return files;
}

bool writes_any(const FakeHost& host, const std::map<std::string, Written>& files) {
    return std::any_of(host.writes.begin(), host.writes.end(), [&](const std::string& write) {
        return std::any_of(files.begin(), files.end(),
                           [&](const auto& file) { return write.starts_with(file.first + "="); });
    });
}
} // namespace

TEST_CASE("a value is restored however its file spells it") {
    for_every_knob([](const Knob& knob) {
        if (!is_one_file(knob)) return;
        const auto files = written_by(knob);
        REQUIRE_FALSE(files.empty());
        for (const auto& spelling : spellings) {
            CAPTURE(spelling.what);
            KnobWorld world(knob);
            for (const auto& [path, text] : files)
                world.host.files[path] = spelling.respell(text.before);
            FakeVm vm = make_vm(1, 64);
            REQUIRE(world.libvirt.bring_up(world.host, vm));
            for (const auto& [path, text] : files)
                CHECK(same_value(knob_value(world.host.files[path]), knob_value(text.during)));
            CHECK(verify(world.host, world.ledger()).empty());
            world.libvirt.bring_down(world.host, vm);
            for (const auto& [path, text] : files)
                CHECK(same_value(knob_value(world.host.files[path]), knob_value(text.before)));
            CHECK_FALSE(world.ledger().has_records());
        }
    });
}

TEST_CASE("a value that is already the wanted one is not written, however its file spells it") {
    for_every_knob([](const Knob& knob) {
        if (!is_one_file(knob)) return;
        const auto files = written_by(knob);
        for (const auto& spelling : spellings) {
            CAPTURE(spelling.what);
            KnobWorld world(knob);
            for (const auto& [path, text] : files)
                world.host.files[path] = spelling.respell(text.during);
            FakeVm vm = make_vm(1, 64);
            REQUIRE(world.libvirt.bring_up(world.host, vm));
            world.libvirt.bring_down(world.host, vm);
            CHECK((may_differ(knob, spelling) || !writes_any(world.host, files)));
        }
    });
}

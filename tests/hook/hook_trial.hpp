// One call of the hook on a fake host: its message, and its cost.
#pragma once

#include "hook_call.hpp"
#include "support/faulty_host.hpp"
#include "support/world.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace hostlease::test {

struct HookWords {
    std::string operation;
    std::string suboperation;
};

inline const std::vector<HookWords> known_calls{{"prepare", "begin"},   {"start", "begin"},
                                                {"started", "begin"},   {"stopped", "end"},
                                                {"reconnect", "begin"}, {"release", "end"}};

/// A call with this text on stdin, and its cost.
struct Trial {
    HookOutcome outcome;
    unsigned accesses = 0;
    unsigned changes = 0;
    int reads = 0; // of stdin
};

inline Trial try_call(FakeHost& host, const std::string& name, const HookWords& call, const std::string& xml,
                      FaultyHost::Fault fault = FaultyHost::Fault::none, unsigned at = 0) {
    Trial trial;
    FaultyHost faulty(host, fault, at);
    trial.outcome =
        run_hook(faulty, HookCall{name, call.operation, call.suboperation, "-", FakeLibvirt::daemon_pid, [&] {
                                      ++trial.reads;
                                      return xml;
                                  }});
    trial.accesses = faulty.accesses();
    trial.changes = faulty.changes();
    return trial;
}

inline bool always_done(const HookWords& call) {
    return call.operation == "started" || call.operation == "stopped" || call.operation == "reconnect";
}

/// Messages that libvirt shows must be one line of plain text.
inline void check_reason(const HookOutcome& outcome) {
    if (outcome.code != ExitCode::done) CHECK(!outcome.reason.empty());
    CHECK(std::none_of(outcome.reason.begin(), outcome.reason.end(),
                       [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }));
    CHECK(outcome.reason.find("\xc2\x9b") == std::string::npos);
    CHECK(outcome.reason.size() < 2000);
}

/// Stdin that is not a domain.
inline std::vector<std::string> garbage() {
    return {"",
            "\n",
            "not xml",
            "<domain/>",
            "<domain",
            std::string("\0\0\0", 3),
            "\xff\xfe<\0d\0o\0m",
            "<!DOCTYPE x [<!ENTITY a 'b'>]><domain>&a;</domain>",
            std::string(200'000, '<'),
            "<domain><uuid>x</uuid><name>\x1b[31m</name></domain>",
            std::string(5 * MiB, 'x'),
            "<domain type='kvm'><name>vm1</name>" + std::string(5 * MiB, ' ') + "</domain>"};
}

} // namespace hostlease::test

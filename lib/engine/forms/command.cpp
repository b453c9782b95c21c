// A program that was run, or "" if it was not. Its effect on the host cannot be read, so the record is all
// that is known. A run that failed or may have been interrupted is undone like a run that succeeded.
#include "engine/forms/forms.hpp"
#include "host/trusted_program.hpp"
#include "model/admin_command.hpp"

namespace hostlease {

namespace {
Result<std::string> read(Host&, const KnobRecord& record) { return record.wrote; }

/// HOSTLEASE_UUID is the part of the target before the entry's number.
Program program_of(const std::vector<std::string>& words, const AdminCommand& command,
                   const std::string& target, std::chrono::microseconds deadline) {
    return {.words = words,
            .environment = {"HOSTLEASE_DOMAIN=" + command.domain,
                            "HOSTLEASE_UUID=" + target.substr(0, target.find('/'))},
            .deadline = deadline};
}

Status run(Host& host, const std::vector<std::string>& words, const AdminCommand& command,
           const std::string& target) {
    TRY_VOID(check_program(host, words.front()));
    return host.run(program_of(words, command, target, std::min(command.deadline, host.time_left())));
}

Status undo(Host& host, const AdminCommand& command, const std::string& target) {
    if (command.undo.empty()) return {};
    auto undone = run(host, command.undo, command, target);
    if (!undone)
        return tl::unexpected<Error>(
            std::move(undone).error().context("the undo of " + words_text(command.run)));
    return {};
}

Status write(Host& host, const KnobRecord& record, const std::string& value) {
    const auto before = parse_command(record.wrote);
    if (before) TRY_VOID(undo(host, *before, record.target));
    if (value.empty()) return {};
    const auto command = parse_command(value);
    if (!command) return fail(ErrorKind::bug, "this is not a command: " + value);
    auto done = run(host, command->run, *command, record.target);
    if (done) return {};
    if (const auto undone = undo(host, *command, record.target); !undone)
        done.error().message += "; " + undone.error().text();
    return done;
}
} // namespace

constinit const Form form_command{.read = read, .write = write, .waits = Form::Waits::after};

} // namespace hostlease

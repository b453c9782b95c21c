// Calls to systemd's manager over D-Bus: org.freedesktop.systemd1(5), systemd 252 to 257.
#include "host/libsystemd.hpp"
#include "host/linux_host.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <systemd/sd-bus.h>

namespace hostlease {

namespace {
using namespace std::chrono_literals;

constexpr std::chrono::microseconds call_deadline =
    // including the connection; on a large host, a daemon-reload takes seconds, in which systemd serves no
    // call
    10s;
constexpr auto restart_nap = 200ms; // a daemon-reexec closes every connection
constexpr int attempts = 5;

constexpr const char* inhibitor = "hostlease-inhibit-sleep.service";
const std::string inhibitor_file = std::string("/run/systemd/transient/") + inhibitor;

/// The required functions of sd-bus(3).
struct BusFunctions {
    decltype(&sd_bus_new) create = find_in_libsystemd<decltype(sd_bus_new)>("sd_bus_new");
    decltype(&sd_bus_set_address) set_address =
        find_in_libsystemd<decltype(sd_bus_set_address)>("sd_bus_set_address");
    decltype(&sd_bus_start) start = find_in_libsystemd<decltype(sd_bus_start)>("sd_bus_start");
    decltype(&sd_bus_open_system) open_system =
        find_in_libsystemd<decltype(sd_bus_open_system)>("sd_bus_open_system");
    decltype(&sd_bus_is_ready) is_ready = find_in_libsystemd<decltype(sd_bus_is_ready)>("sd_bus_is_ready");
    decltype(&sd_bus_process) process = find_in_libsystemd<decltype(sd_bus_process)>("sd_bus_process");
    decltype(&sd_bus_wait) wait = find_in_libsystemd<decltype(sd_bus_wait)>("sd_bus_wait");
    decltype(&sd_bus_close_unref) close =
        find_in_libsystemd<decltype(sd_bus_close_unref)>("sd_bus_close_unref");
    decltype(&sd_bus_message_new_method_call) new_call =
        find_in_libsystemd<decltype(sd_bus_message_new_method_call)>("sd_bus_message_new_method_call");
    decltype(&sd_bus_message_append) append =
        find_in_libsystemd<decltype(sd_bus_message_append)>("sd_bus_message_append");
    decltype(&sd_bus_message_append_array) append_array =
        find_in_libsystemd<decltype(sd_bus_message_append_array)>("sd_bus_message_append_array");
    decltype(&sd_bus_message_open_container) open_container =
        find_in_libsystemd<decltype(sd_bus_message_open_container)>("sd_bus_message_open_container");
    decltype(&sd_bus_message_close_container) close_container =
        find_in_libsystemd<decltype(sd_bus_message_close_container)>("sd_bus_message_close_container");
    decltype(&sd_bus_message_unref) unref =
        find_in_libsystemd<decltype(sd_bus_message_unref)>("sd_bus_message_unref");
    decltype(&sd_bus_call) call = find_in_libsystemd<decltype(sd_bus_call)>("sd_bus_call");
    decltype(&sd_bus_error_free) free_error =
        find_in_libsystemd<decltype(sd_bus_error_free)>("sd_bus_error_free");

    [[nodiscard]] bool complete() const {
        return create != nullptr && set_address != nullptr && start != nullptr && open_system != nullptr &&
               is_ready != nullptr && process != nullptr && wait != nullptr && close != nullptr &&
               new_call != nullptr && append != nullptr && append_array != nullptr &&
               open_container != nullptr && close_container != nullptr && unref != nullptr &&
               call != nullptr && free_error != nullptr;
    }
};

const BusFunctions& bus_functions() {
    static const BusFunctions functions;
    return functions;
}

using Message = std::unique_ptr<sd_bus_message, decltype(&sd_bus_message_unref)>;

/// Adds the arguments to a call; returns a negative errno on failure.
template <typename Fill>
concept FillsCall = requires(Fill fill, sd_bus_message* message) {
    { fill(message) } -> std::same_as<int>;
};

struct Answer {
    int error = 0;    // errno
    std::string name; // of the D-Bus error, if there was one
    std::string text;
};

/// The remaining wait for a call that began at this time, in microseconds.
std::uint64_t patience(Host& host, std::chrono::microseconds began) {
    const auto left = std::min(began + call_deadline - host.now(), host.time_left());
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, left.count()));
}

/// sd_bus_call would wait 90 s for a peer that accepts connections and does not answer: BUS_AUTH_TIMEOUT of
/// sd-bus/bus-internal.h.
int wait_until_ready(Host& host, sd_bus* bus, std::chrono::microseconds began) {
    const BusFunctions& of = bus_functions();
    while (true) {
        const int ready = of.is_ready(bus);
        if (ready != 0) return ready;
        const int done = of.process(bus, nullptr);
        if (done < 0) return done;
        if (done > 0) continue;
        const auto left = patience(host, began);
        if (left == 0) return -ETIMEDOUT;
        if (const int waited = of.wait(bus, left); waited < 0 && waited != -EINTR) return waited;
    }
}

/// Connects to systemd's own socket, which works without a message bus; if that fails, to the system bus.
int connect(Host& host, std::shared_ptr<sd_bus>& bus, std::chrono::microseconds began) {
    const BusFunctions& of = bus_functions();
    sd_bus* opened = nullptr;
    int result = of.create(&opened);
    bus = {opened, of.close};
    if (result >= 0) result = of.set_address(opened, "unix:path=/run/systemd/private");
    if (result >= 0) result = of.start(opened);
    if (result >= 0) result = wait_until_ready(host, opened, began);
    if (result >= 0 || result == -ETIMEDOUT) return result;
    result = of.open_system(&opened);
    if (result < 0) return result;
    bus = {opened, of.close};
    return wait_until_ready(host, opened, began);
}

/// Opens `bus` if it is not open.
template <FillsCall Fill>
Answer call_once(Host& host, std::shared_ptr<sd_bus>& bus, const char* method, Fill fill) {
    const BusFunctions& of = bus_functions();
    const auto began = host.now();
    int result = 0;
    if (bus == nullptr) result = connect(host, bus, began);
    if (result < 0) {
        bus.reset();
        return {-result, {}, {}};
    }
    sd_bus_message* made = nullptr;
    result = of.new_call(bus.get(), &made, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                         "org.freedesktop.systemd1.Manager", method);
    const Message message(made, of.unref);
    if (result >= 0) result = fill(message.get());
    sd_bus_error error{};
    if (result >= 0)
        result = of.call(bus.get(), message.get(), std::max<std::uint64_t>(1, patience(host, began)), &error,
                         nullptr);
    Answer answer{result < 0 ? -result : 0, error.name == nullptr ? "" : error.name,
                  error.message == nullptr ? "" : error.message};
    of.free_error(&error);
    return answer;
}

/// Whether systemd may have been restarting. sd_bus_call gives connection errors the same names as errors
/// that systemd returns.
bool is_restart(const Answer& answer) {
    const auto among = {ECONNREFUSED, ECONNRESET, ENOTCONN, EPIPE};
    const bool is_no_socket = answer.name.empty() && answer.error == ENOENT;
    return is_no_socket || std::find(among.begin(), among.end(), answer.error) != among.end();
}

template <FillsCall Fill>
Answer call_systemd(Host& host, std::shared_ptr<sd_bus>& bus, bool& is_silent, const char* method,
                    Fill fill) {
    if (!bus_functions().complete()) return {ENOSYS, {}, "libsystemd.so.0 cannot be loaded"};
    if (is_silent) return {ETIMEDOUT, {}, {}};
    for (int attempt = 1;; ++attempt) {
        const auto began = host.now();
        const Answer answer = call_once(host, bus, method, fill);
        // an error from the message bus does not count
        is_silent = answer.error == ETIMEDOUT && patience(host, began) == 0;
        if (!is_silent && !is_restart(answer)) return answer;
        bus.reset();
        if (is_silent) return answer;
        if (attempt == attempts || host.time_left() < restart_nap) return answer;
        host.sleep(restart_nap);
    }
}

Status status_of(const Answer& answer, const std::string& what, const std::string& unit) {
    if (answer.error == 0) return {};
    const bool is_unknown = answer.name == "org.freedesktop.systemd1.NoSuchUnit";
    return fail_io("systemd did not " + what + (answer.text.empty() ? "" : ", it says: " + answer.text), unit,
                   is_unknown ? ENOENT : answer.error);
}

/// CPU n is bit n % 8 of byte n / 8. Source: systemd shared/cpu-set-util.c, cpu_set_to_dbus.
std::vector<std::uint8_t> to_bytes(const CpuSet& cpus) {
    std::vector<std::uint8_t> bytes;
    for (const unsigned cpu : cpus.members()) {
        bytes.resize(cpu / 8 + 1);
        bytes.back() = static_cast<std::uint8_t>(bytes.back() | 1U << cpu % 8);
    }
    return bytes;
}

int fill_unit_cpus(sd_bus_message* message, const std::string& unit, const CpuSet& cpus) {
    const BusFunctions& of = bus_functions();
    const auto bytes = to_bytes(cpus);
    constexpr int at_runtime = 1;
    int result = of.append(message, "sb", unit.c_str(), at_runtime);
    if (result >= 0) result = of.open_container(message, 'a', "(sv)");
    if (result >= 0) result = of.open_container(message, 'r', "sv");
    if (result >= 0) result = of.append(message, "s", "AllowedCPUs");
    if (result >= 0) result = of.open_container(message, 'v', "ay");
    if (result >= 0) result = of.append_array(message, 'y', bytes.data(), bytes.size());
    for (int depth = 0; depth < 3 && result >= 0; ++depth)
        result = of.close_container(message);
    return result;
}

int fill_inhibitor(sd_bus_message* message) {
    constexpr unsigned properties = 3, commands = 1, words = 7, none = 0;
    constexpr int failure_matters = 0; // true for a command with the "-" prefix in a unit file
    return bus_functions().append(
        message, "ssa(sv)a(sa(sv))", inhibitor, "fail", properties, //
        "Description", "s",
        "Keeps the host awake while virtual machines hold a lease that asks for it",            //
        "CollectMode", "s", "inactive-or-failed",                                               //
        "ExecStart", "a(sasb)", commands, "/usr/bin/systemd-inhibit", words, "systemd-inhibit", //
        "--what=sleep", "--mode=block", "--who=hostlease", "--why=A virtual machine must not be suspended",
        "sleep", "infinity", failure_matters, none);
}
} // namespace

bool LinuxHost::has_systemd() {
    // Source: sd_booted(3)
    const auto directory =
        is_machine() ? status("/run/systemd/system") : Result<FileStatus>(fail(ErrorKind::unsupported, ""));
    return directory && directory->type == FileStatus::Type::directory;
}

Status LinuxHost::set_unit_cpus(const std::string& unit, const CpuSet& cpus) {
    TRY_VOID(require_machine("systemd's units"));
    const auto answer =
        call_systemd(*this, systemd_, is_systemd_silent_, "SetUnitProperties",
                     [&](sd_bus_message* message) { return fill_unit_cpus(message, unit, cpus); });
    return status_of(answer, "set AllowedCPUs=" + to_list(cpus), unit);
}

Status LinuxHost::renew_unit_names() {
    TRY_VOID(require_machine("systemd's units"));
    constexpr const char* no_unit = "hostlease-nonexistent.service";
    const auto answer =
        call_systemd(*this, systemd_, is_systemd_silent_, "LoadUnit",
                     [](sd_bus_message* message) { return bus_functions().append(message, "s", no_unit); });
    return status_of(answer, "look for new files of units", no_unit);
}

Status LinuxHost::set_sleep_inhibitor(bool held) {
    TRY_VOID(require_machine("systemd's units"));
    if (held) {
        const auto answer =
            call_systemd(*this, systemd_, is_systemd_silent_, "StartTransientUnit", fill_inhibitor);
        if (answer.name == "org.freedesktop.systemd1.UnitExists") return {};
        return status_of(answer, "start the unit that keeps the host awake", inhibitor);
    }
    const auto answer =
        call_systemd(*this, systemd_, is_systemd_silent_, "StopUnit", [](sd_bus_message* message) {
            return bus_functions().append(message, "ss", inhibitor, "replace");
        });
    if (answer.name == "org.freedesktop.systemd1.NoSuchUnit") return {};
    TRY_VOID(status_of(answer, "stop the unit that keeps the host awake", inhibitor));
    // the answer means that systemd has begun; the file disappears when the unit has stopped
    for (const auto began = now(); patience(*this, began) > 0 && status(inhibitor_file); sleep(5ms)) {
    }
    return {};
}

} // namespace hostlease

#include "watch.hpp"

#include "command.hpp"
#include "core/foreign_text.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <memory>
#include <sys/ioctl.h>
#include <unistd.h>

namespace hostlease {

namespace {
/// The signals by which a terminal ends a program: blocked, so that wait() receives them.
class EndSignals {
  public:
    EndSignals() {
        sigemptyset(&set_);
        for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
            sigaddset(&set_, number);
        sigprocmask(SIG_BLOCK, &set_, &before_);
    }
    EndSignals(const EndSignals&) = delete;
    EndSignals& operator=(const EndSignals&) = delete;
    ~EndSignals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }

    /// Whether a signal came within the time.
    [[nodiscard]] bool wait(unsigned seconds) const {
        const timespec time{static_cast<time_t>(seconds), 0};
        int signal = 0;
        while ((signal = sigtimedwait(&set_, nullptr, &time)) < 0 && errno == EINTR)
            continue;
        return signal > 0;
    }

  private:
    sigset_t set_{};
    sigset_t before_{};
};

/// The terminal's alternate screen without line wrapping; the normal screen is restored afterwards.
class Screen {
  public:
    Screen() { print_raw("\033[?1049h\033[?7l"); }
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;
    ~Screen() {
        print_raw("\033[?7h\033[?1049l");
        flush_output();
    }

    static void draw(const std::string& text) {
        print_raw("\033[H\033[2J" + printable(cut(text, lines()), "\n\t"));
    }

  private:
    static std::size_t lines() {
        winsize size{};
        return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 1 ? size.ws_row : 24U;
    }

    static std::string cut(const std::string& text, std::size_t most) {
        const auto count = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
        if (count < most) return text;
        std::size_t end = 0;
        for (std::size_t line = 0; line + 2 < most; ++line)
            end = text.find('\n', end) + 1;
        return text.substr(0, end) + "(" + std::to_string(count - most + 2) + " more lines)\n";
    }
};
} // namespace

ExitCode watch(unsigned seconds, const std::function<Result<std::string>()>& draw) {
    const EndSignals signals;
    const bool is_terminal = isatty(STDOUT_FILENO) == 1;
    const std::unique_ptr<Screen> screen(is_terminal ? new Screen : nullptr);
    for (bool is_first = true;; is_first = false) {
        const auto text = draw();
        const std::string shown = text ? *text : "hostlease: " + text.error().text() + "\n";
        if (is_terminal)
            Screen::draw(shown);
        else
            print((is_first ? "" : "\n") + shown);
        if (!flush_output()) return ExitCode::failed;
        if (signals.wait(seconds)) return ExitCode::done;
    }
}

} // namespace hostlease

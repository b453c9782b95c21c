#include "host/own_root.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <doctest/doctest.h>
#include <filesystem>
#include <functional>
#include <memory>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

using namespace hostlease;
using namespace hostlease::test;
namespace fs = std::filesystem;

namespace {
/// One connection from the view of a service like irqbalance: the request, and the caller.
struct Asked {
    std::string request;
    ucred caller{0, 0, 0};
};

Asked receive(int fd) {
    const int yes = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes);
    std::array<char, 500> buffer{};
    std::array<char, 256> control{};
    iovec data{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto count = ::recvmsg(fd, &message, 0);
    Asked asked;
    asked.request.assign(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header != nullptr && header->cmsg_type == SCM_CREDENTIALS)
        asked.caller = *reinterpret_cast<const ucred*>(CMSG_DATA(header));
    return asked;
}

/// A root with a socket, and a thread that serves one connection.
class Service {
  public:
    explicit Service(std::function<void(int)> serve, std::chrono::milliseconds nap = {}) {
        fs::create_directories(root_.at("/run/service"));
        fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        root_.at("/run/service/a.sock").copy(address.sun_path, sizeof address.sun_path - 1);
        REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        if (!serve) return; // no process listens
        REQUIRE(::listen(fd_, 1) == 0);
        thread_ = std::thread([this, nap, serve = std::move(serve)] {
            std::this_thread::sleep_for(nap);
            const int peer = ::accept(fd_, nullptr, nullptr);
            if (peer < 0) return;
            asked_ = receive(peer);
            serve(peer);
            ::close(peer);
        });
    }
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    ~Service() {
        ::shutdown(fd_, SHUT_RDWR);
        if (thread_.joinable()) thread_.join();
        ::close(fd_);
    }

    Status tell(std::string_view request, const std::string& path = "/run/service/a.sock") {
        return root_.host().tell(path, request);
    }
    Host& host() { return root_.host(); }
    Asked asked() {
        thread_.join();
        return asked_;
    }

  private:
    Root root_;
    int fd_ = -1;
    std::thread thread_;
    Asked asked_;
};

} // namespace

TEST_CASE("a service receives the request, with our credentials") {
    Service service([](int) {});
    CHECK(service.tell("settings cpus 4-5"));
    const auto asked = service.asked();
    CHECK(asked.request == "settings cpus 4-5");
    CHECK(asked.caller.pid == ::getpid());
    CHECK(asked.caller.uid == ::geteuid());
}

TEST_CASE("a busy service reads the request later, and is not waited for") {
    Service service([](int) {}, std::chrono::milliseconds(500));
    const auto before = std::chrono::steady_clock::now();
    CHECK(service.tell("settings cpus NULL"));
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::milliseconds(400));
    const auto asked = service.asked();
    CHECK(asked.request == "settings cpus NULL");
    CHECK(asked.caller.uid == ::geteuid());
}

TEST_CASE("a service that takes nothing for long is given up") {
    Service service([](int) {}, std::chrono::milliseconds(2500));
    Status told;
    for (int count = 0; count < 8 && told; ++count) // more than its queue holds
        told = service.tell("settings cpus NULL");
    REQUIRE_FALSE(told);
    CHECK(told.error().errno_value == EAGAIN);
    CHECK(told.error().path == "/run/service/a.sock");
}

TEST_CASE("a service that does not read is given up when the call is over, if that is sooner") {
    Service service([](int) {}, std::chrono::milliseconds(1500));
    Status told;
    for (int count = 0; count < 8 && told; ++count) {
        service.host().set_deadline(service.host().now() + std::chrono::milliseconds(50));
        told = service.tell("settings cpus NULL");
    }
    REQUIRE_FALSE(told);
    CHECK(told.error().errno_value == EAGAIN);
    CHECK(service.host().time_left().count() == 0);
    service.host().set_deadline(service.host().now());
    const auto began = service.host().now();
    CHECK_FALSE(service.tell("settings cpus NULL"));
    CHECK(service.host().now() - began < std::chrono::milliseconds(500));
}

TEST_CASE("a socket without a listener and a missing socket are distinguished") {
    Service service(nullptr);
    CHECK(service.tell("setup").error().errno_value == ECONNREFUSED);
    CHECK(is_missing(service.tell("setup", "/run/service/b.sock").error()));
    CHECK_FALSE(service.tell("setup", "/run/service"));
}

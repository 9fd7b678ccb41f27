// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A message bus of a test's own, and clients of it that block, each on a thread of its own.

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "common/base/file.hpp"
#include "common/base/unique_fd.hpp"
#include "node-daemon/bus/connection.hpp"

namespace redoubt::node::bus {

/// dbus-daemon with a policy that allows all.
class PrivateBus {
  public:
    static bool is_installed() { return ::access(k_program, X_OK) == 0; }

    PrivateBus() {
        std::string folder = testing::TempDir() + "bus-XXXXXX";
        if (::mkdtemp(folder.data()) == nullptr) std::abort();
        folder_ = folder;
        ::chmod(folder.c_str(), 0755); // other users are among its clients
        const auto config = (folder_ / "bus.conf").string();
        if (!write_file(config, "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-BUS Bus Configuration "
                                "1.0//EN\" \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">"
                                "<busconfig><listen>" +
                                    address() +
                                    "</listen><auth>EXTERNAL</auth><policy context=\"default\">"
                                    "<allow user=\"*\"/><allow own=\"*\"/><allow send_type=\"*\"/>"
                                    "<allow receive_type=\"*\"/></policy></busconfig>"))
            std::abort();
        std::string program = k_program;
        std::string option = "--config-file=" + config;
        std::string stay = "--nofork";
        std::array<char*, 4> argv{program.data(), option.data(), stay.data(), nullptr};
        if (::posix_spawn(&pid_, k_program, nullptr, nullptr, argv.data(), environ) != 0) std::abort();
        while (!answers()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    PrivateBus(const PrivateBus&) = delete;
    PrivateBus& operator=(const PrivateBus&) = delete;
    ~PrivateBus() {
        end();
        std::filesystem::remove_all(folder_);
    }

    [[nodiscard]] std::string address() const { return "unix:path=" + (folder_ / "socket").string(); }
    void end() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }

  private:
    static constexpr auto k_program = "/usr/bin/dbus-daemon";

    /// Between its bind and its listen the socket is there and refuses.
    [[nodiscard]] bool answers() const {
        const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un place{};
        place.sun_family = AF_UNIX;
        (folder_ / "socket").native().copy(place.sun_path, sizeof(place.sun_path) - 1);
        return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&place), sizeof(place)) == 0;
    }

    std::filesystem::path folder_;
    pid_t pid_ = 0;
};

/// One client. Not for the strand that serves.
class Client {
  public:
    explicit Client(const std::string& address) {
        sd_bus* raw = nullptr;
        if (::sd_bus_new(&raw) < 0) std::abort();
        bus_.reset(raw);
        ::sd_bus_set_address(raw, address.c_str());
        ::sd_bus_set_bus_client(raw, 1);
        EXPECT_GE(::sd_bus_start(raw), 0);
    }

    [[nodiscard]] sd_bus* get() const { return bus_.get(); }

    /// `types` and what follows: the arguments, as sd_bus_call_method(3) takes them.
    template <class... Args>
    Result<Message> call(const std::string& path, const char* interface, const char* method,
                         const char* types, Args... args) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        sd_bus_message* reply = nullptr;
        const int result = ::sd_bus_call_method(bus_.get(), "org.redoubt.Node1", path.c_str(), interface,
                                                method, &error, &reply, types, args...);
        if (result >= 0) return Message(reply);
        auto failed = error_of(error);
        ::sd_bus_error_free(&error);
        return std::unexpected(std::move(failed));
    }

    Result<std::string> property(const std::string& path, const char* interface, const char* name) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        char* value = nullptr;
        if (::sd_bus_get_property_string(bus_.get(), "org.redoubt.Node1", path.c_str(), interface, name,
                                         &error, &value) < 0) {
            auto failed = error_of(error);
            ::sd_bus_error_free(&error);
            return std::unexpected(std::move(failed));
        }
        std::string text = value;
        ::free(value); // NOLINT: sd-bus allocates it so
        return text;
    }

    /// From now on next_signal() sees signals of the node.
    void listen() {
        EXPECT_GE(::sd_bus_add_match(bus_.get(), nullptr, "type='signal',path_namespace='/org/redoubt/Node1'",
                                     nullptr, nullptr),
                  0);
    }
    /// The next signal of that name; others are dropped.
    Message next_signal(const std::string& name) {
        while (true) {
            sd_bus_message* raw = nullptr;
            const int result = ::sd_bus_process(bus_.get(), &raw);
            const Message message(raw);
            if (result < 0) return nullptr;
            if (message && ::sd_bus_message_is_signal(raw, nullptr, name.c_str()) > 0)
                return Message(::sd_bus_message_ref(raw));
            if (result == 0) ::sd_bus_wait(bus_.get(), UINT64_MAX);
        }
    }

  private:
    std::unique_ptr<sd_bus, CloseBus> bus_;
};

/// Makes this thread, and no other, act as another user: raw system calls act on a thread.
inline void become_nobody() {
    constexpr uid_t k_nobody = 65534;
    ::syscall(SYS_setresuid, k_nobody, k_nobody, k_nobody);
}

inline std::string read_string(sd_bus_message* message, const char* type = "s") {
    const char* text = nullptr;
    return ::sd_bus_message_read(message, type, &text) >= 0 && text != nullptr ? text : "";
}

} // namespace redoubt::node::bus

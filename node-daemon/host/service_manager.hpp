// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.hpp"
#include "common/base/unique_fd.hpp"

namespace redoubt::node::host {

/// A descriptor with a name that outlives the process: a socket the service manager listens on, or something
/// a former life of this daemon gave it to keep.
struct NamedDescriptor {
    std::string name;
    UniqueFd fd;
};

/// What started us and watches over us: systemd, or anything that speaks its protocol. Without one, nothing
/// is passed and what is said goes nowhere. Source: sd_notify(3), sd_listen_fds(3), sd_watchdog_enabled(3).
/// Thread: the constructor before there are other threads, the rest any.
class ServiceManager {
  public:
    /// Takes over what was passed; children inherit none of it. Errors: those of the descriptors.
    static Result<ServiceManager> connect();

    /// True when somebody listens to what we say.
    [[nodiscard]] bool is_present() const { return is_present_; }
    /// Half the time after which silence counts as death; nothing: nobody watches.
    [[nodiscard]] std::optional<std::chrono::microseconds> heartbeat() const { return heartbeat_; }

    /// Gives the passed descriptors of that name away, in the order they were passed.
    [[nodiscard]] std::vector<UniqueFd> take(std::string_view name);
    /// The same for all whose name begins so.
    [[nodiscard]] std::vector<NamedDescriptor> take_all(std::string_view prefix);

    void say_ready() const;
    void say_reloading() const;
    void say_stopping() const;
    /// One line for people.
    void say_status(std::string_view text) const;
    void say_alive() const;

    /// Has a copy of the descriptor kept until forget(), across restarts. `name`: printable, without ':'.
    void keep(const std::string& name, int fd) const;
    void forget(const std::string& name) const;

  private:
    ServiceManager() = default;

    bool is_present_ = false;
    std::optional<std::chrono::microseconds> heartbeat_;
    std::vector<NamedDescriptor> passed_;
};

} // namespace redoubt::node::host

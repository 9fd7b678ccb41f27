// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// How a container is asked how it is. Values only; the shape follows Kubernetes' probes.
/// Source: Kubernetes API v1, Probe.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace redoubt::node::sandbox {

struct Probe {
    enum class Purpose : std::uint8_t {
        startup,   ///< until it succeeds once, the others wait; its failure ends the container
        readiness, ///< its failure makes the container not ready
        liveness,  ///< its failure ends the container, which its restart policy then starts again
    };
    enum class Kind : std::uint8_t {
        exec, ///< succeeds when the command ends with 0
        http, ///< GET; succeeds with a status from 200 to 399
        tcp,  ///< succeeds when the port takes a connection
    };
    Purpose purpose = Purpose::liveness;
    Kind kind = Kind::exec;
    std::vector<std::string> command;           ///< of exec
    std::uint16_t port = 0;                     ///< of http and tcp
    std::string host;                           ///< empty: the container's first address
    std::string path;                           ///< of http
    std::string scheme = "http";                ///< or "https", whose certificate is not verified
    std::map<std::string, std::string> headers; ///< of http
    std::chrono::seconds initial_delay{0};
    std::chrono::seconds period{10};
    std::chrono::seconds timeout{1};
    std::uint32_t success_threshold = 1;
    std::uint32_t failure_threshold = 3;
    bool operator==(const Probe&) const = default;
};

/// "startup", "readiness", "liveness".
[[nodiscard]] std::string_view name_of(Probe::Purpose purpose);
/// "exec", "http", "tcp".
[[nodiscard]] std::string_view name_of(Probe::Kind kind);

} // namespace redoubt::node::sandbox

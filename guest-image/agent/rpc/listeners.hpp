// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "common/ttrpc/server.hpp"

namespace redoubt::guest::rpc {

/// Serves on a unix socket, unix:///path, until cancelled. Errors: why it cannot listen.
Task<void> serve_unix_address(ttrpc::Server& server, std::string address);

/// Serves the serial link on a virtio-serial port until cancelled. Errors: why the port failed.
Task<void> serve_port(ttrpc::Server& server, std::string node);

/// Whether this VM has a vsock device.
[[nodiscard]] bool has_vsock();

/// Serves on vsock port 1024, Kata's, until cancelled. Errors: why it cannot listen.
Task<void> serve_vsock(ttrpc::Server& server);

} // namespace redoubt::guest::rpc

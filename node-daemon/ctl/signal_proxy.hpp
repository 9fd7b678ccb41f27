// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <functional>
#include <string>

#include "node-daemon/ctl/client.hpp"

namespace redoubt::ctl {

/// Sends signals that come to this program on to a container, as podman's --sig-proxy does. A container that
/// has just ended is no error. Must not outlive `client`.
[[nodiscard]] std::function<void(int signal)> make_signal_proxy(Client& client, std::string container);

} // namespace redoubt::ctl

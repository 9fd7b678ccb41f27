// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/signal_proxy.hpp"

#include <utility>

#include "node-daemon/ctl/output.hpp"

namespace redoubt::ctl {

std::function<void(int signal)> make_signal_proxy(Client& client, std::string container) {
    return [&client, container = std::move(container)](int signal) {
        const auto sent = client.kill_container(container, std::to_string(signal));
        if (!sent && sent.error().code != Code::failed_precondition && sent.error().code != Code::not_found) {
            print_warning(sent.error().within("pass signal " + std::to_string(signal) + " on").message);
        }
    };
}

} // namespace redoubt::ctl

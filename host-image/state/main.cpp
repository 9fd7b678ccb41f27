// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// redoubt-bind-state: in the initrd, between the opening of the state and its mounting. Not for people.

#include <iostream>
#include <string>
#include <string_view>

#include "common/tss/connection.hpp"
#include "host-image/state/state_binding.hpp"

namespace {

constexpr auto k_usage = "usage: redoubt-bind-state [--new] [--tpm ADDRESS]\n"
                         "Refuses a state that this machine has not made; --new: remembers the open one.\n";

redoubt::Status run(const std::string& address, bool is_new) {
    RDT_TRY(const auto tpm, redoubt::tss::Connection::open(address));
    return is_new ? redoubt::host_image::bind_state(tpm->esys())
                  : redoubt::host_image::check_state(tpm->esys());
}

} // namespace

int main(int count, char** words) {
    std::string address = "device:/dev/tpmrm0";
    bool is_new = false;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        if (word == "--new") {
            is_new = true;
        } else if (word == "--tpm" && i + 1 < count) {
            address = words[++i];
        } else {
            (word == "--help" ? std::cout : std::cerr) << k_usage;
            return word == "--help" ? 0 : 2;
        }
    }
    if (const auto done = run(address, is_new); !done) {
        std::cerr << "redoubt-bind-state: " << done.error().message << "\n";
        return 1;
    }
    return 0;
}

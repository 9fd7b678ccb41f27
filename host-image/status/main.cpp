// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// redoubt-status TERMINAL...: keeps a page about the node on each of the terminals that there are. It asks
/// nothing of anybody.

#include <fcntl.h>

#include <chrono>
#include <iostream>
#include <span>
#include <string>
#include <thread>

#include "common/base/file.hpp"
#include "host-image/status/facts.hpp"

namespace redoubt::host_image {
namespace {

constexpr auto k_between_looks = std::chrono::seconds(3);

/// A terminal that is not there, or that nobody reads from, is passed over.
void show(const std::string& terminal, const std::string& page) {
    const auto fd = open_file(terminal, O_WRONLY | O_NOCTTY | O_NONBLOCK);
    if (!fd) return;
    [[maybe_unused]] const auto written = write_all(fd->get(), page);
}

[[noreturn]] void keep_showing(std::span<char*> terminals) {
    NodeFacts shown;
    while (true) {
        const auto facts = gather_facts();
        if (facts != shown) {
            for (const std::string terminal : terminals) show(terminal, render_page(facts));
            shown = facts;
        }
        std::this_thread::sleep_for(k_between_looks);
    }
}

} // namespace
} // namespace redoubt::host_image

int main(int count, char** words) {
    const std::span<char*> terminals(words + 1, static_cast<std::size_t>(count - 1));
    if (terminals.empty() || terminals.front()[0] == '-') {
        std::cout << "usage: redoubt-status TERMINAL...\nKeeps a page about this node on each terminal "
                     "(redoubt-status(8)).\n";
        return terminals.empty() ? 2 : 0;
    }
    redoubt::host_image::keep_showing(terminals);
}

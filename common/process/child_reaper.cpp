// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/process/child_reaper.hpp"

#include <sys/wait.h>

#include <csignal>
#include <utility>

namespace redoubt::process {

ChildReaper::ChildReaper(const asio::any_io_executor& executor) : signals_(executor, SIGCHLD) {}

void ChildReaper::watch(pid_t pid, ExitHandler handler) {
    handlers_[pid] = std::move(handler);
}

void ChildReaper::collect() {
    for (;;) {
        int status = 0;
        const pid_t pid = ::waitpid(-1, &status, WNOHANG);
        if (pid <= 0) return;
        const auto found = handlers_.find(pid);
        if (found == handlers_.end()) continue;
        auto handler = std::move(found->second);
        handlers_.erase(found);
        handler(status);
    }
}

asio::awaitable<void> ChildReaper::run() {
    for (;;) {
        collect();
        const auto [error, number] = co_await signals_.async_wait(k_as_tuple);
        if (error) co_return;
    }
}

} // namespace redoubt::process

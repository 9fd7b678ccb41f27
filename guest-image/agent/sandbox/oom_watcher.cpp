// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/agent/sandbox/oom_watcher.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

namespace redoubt::guest::sandbox {

namespace {

/// Nobody needs to hear of more kills than this at once.
constexpr std::size_t k_max_events = 256;

} // namespace

Result<OomWatcher> OomWatcher::open(const asio::any_io_executor& executor) {
    UniqueFd inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!inotify) return fail_errno(errno, "open inotify");
    return OomWatcher(executor, std::move(inotify));
}

OomWatcher::OomWatcher(const asio::any_io_executor& executor, UniqueFd inotify)
    : inotify_(executor, inotify.release()), events_(executor, k_max_events) {}

Status OomWatcher::add(const ContainerId& id, const oci_runtime::Cgroup& cgroup) {
    const auto file = cgroup.path() / "memory.events";
    if (::inotify_add_watch(inotify_.native_handle(), file.c_str(), IN_MODIFY) < 0)
        return fail_errno(errno, "watch {}", file.native());
    watches_[id] = {&cgroup, cgroup.oom_kills()};
    return {};
}

void OomWatcher::remove(const ContainerId& id) {
    watches_.erase(id);
} // the kernel drops the watch with the cgroup

void OomWatcher::look(const ContainerId& id) {
    const auto found = watches_.find(id);
    if (found == watches_.end()) return;
    const auto kills = found->second.cgroup->oom_kills();
    if (kills > found->second.seen_kills) events_.try_push(id);
    found->second.seen_kills = kills;
}

Task<ContainerId> OomWatcher::next() {
    auto id = co_await events_.pop();
    if (!id) co_return fail(Code::cancelled, "wait for an out-of-memory event: the caller has gone");
    co_return *id;
}

asio::awaitable<void> OomWatcher::run() {
    for (;;) {
        const auto [error] =
            co_await inotify_.async_wait(asio::posix::descriptor_base::wait_read, k_as_tuple);
        if (error) co_return;
        std::array<char, 4096> events{};
        while (::read(inotify_.native_handle(), events.data(), events.size()) > 0) {
        }
        std::vector<ContainerId> ids;
        ids.reserve(watches_.size());
        for (const auto& [id, watch] : watches_) ids.push_back(id);
        for (const auto& id : ids) look(id);
    }
}

} // namespace redoubt::guest::sandbox

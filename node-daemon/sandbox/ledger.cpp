// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/ledger.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "common/log/log.hpp"
#include "node-daemon/sandbox/node.hpp"

namespace redoubt::node::sandbox {

Task<void> note(Node& node, std::string kind, std::string name, ContainerId owner) {
    store::LedgerEntry entry;
    entry.kind = std::move(kind);
    entry.name = std::move(name);
    entry.owner = owner.str();
    entry.created_at = unix_now();
    co_return co_await node.store.note(std::move(entry));
}

asio::awaitable<void> forget(Node& node, std::string kind, std::string name) {
    if (const auto forgotten = co_await node.store.forget(kind, name); !forgotten)
        log::error(forgotten.error().message, {{"RESOURCE", kind + " " + name}});
}

Task<void> make_directory(Node& node, std::filesystem::path path, mode_t mode) {
    co_return co_await offload(node.pool, [path = std::move(path), mode]() -> Status {
        std::error_code error;
        std::filesystem::create_directories(path.parent_path(), error);
        if (error) return fail_errno(error.value(), "make folder {}", path.parent_path().native());
        if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
            return fail_errno(errno, "make folder {}", path.native());
        return {};
    });
}

asio::awaitable<bool> remove_directory(Node& node, std::filesystem::path path) {
    const auto error = co_await offload(node.pool, [&path] {
        std::error_code failure;
        std::filesystem::remove_all(path, failure);
        // Something else has taken the place of a folder above it: then it is not there.
        if (failure == std::errc::not_a_directory) failure.clear();
        return failure;
    });
    if (error) log::error("remove folder " + path.native() + ": " + error.message());
    co_return !error;
}

} // namespace redoubt::node::sandbox

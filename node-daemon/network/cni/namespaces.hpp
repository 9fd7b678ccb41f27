// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Network namespaces with a name in the file system, so that they outlive the daemon. Blocking.
/// Source: network_namespaces(7), ip-netns(8).

#include <filesystem>
#include <functional>
#include <optional>
#include <thread>
#include <type_traits>

#include "common/base/error.hpp"

namespace redoubt::node::network::cni {

/// Makes a namespace whose loopback interface is up, and binds it to the file `path`, which must not exist.
Status make_namespace(const std::filesystem::path& path);

/// Binds a namespace that somebody kept open to the file `path`, unless that is bound already.
Status bind_namespace(int kept, const std::filesystem::path& path);

/// Takes the name away; the namespace goes when nobody uses it. No error when there is none.
Status remove_namespace(const std::filesystem::path& path);

/// Moves the calling thread into a namespace. For threads that end soon: see run_inside().
Status enter_namespace(const std::filesystem::path& path);

/// Runs `work`, which gives a Result, inside a namespace, on a thread of its own.
template <class Work>
std::invoke_result_t<Work> run_inside(const std::filesystem::path& path, Work work) {
    using Outcome = std::invoke_result_t<Work>;
    std::optional<Outcome> outcome;
    std::thread([&] {
        if (auto entered = enter_namespace(path); !entered)
            outcome.emplace(std::unexpected(std::move(entered).error()));
        else
            outcome.emplace(work());
    }).join();
    return *std::move(outcome);
}

} // namespace redoubt::node::network::cni

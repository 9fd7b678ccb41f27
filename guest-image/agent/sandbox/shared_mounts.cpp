// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include <algorithm>
#include <utility>

#include "guest-image/agent/sandbox/sandbox.hpp"

namespace redoubt::guest::sandbox {

namespace {

// Source: the CRI's annotation of a container's name in its pod.
constexpr const char* k_name_annotation = "io.kubernetes.cri.container-name";
constexpr std::size_t k_max_mounts = 256;

bool has_name(const Container& container, const std::string& name) {
    const auto said = container.spec.annotations.find(k_name_annotation);
    return container.id.str() == name || (said != container.spec.annotations.end() && said->second == name);
}

} // namespace

Task<void> Sandbox::add_shared_mounts(std::shared_ptr<Container> container, std::vector<SharedMount> mounts) {
    if (mounts.size() > k_max_mounts)
        co_return fail(Code::invalid_argument, "{} shared mounts are more than {}", mounts.size(),
                       k_max_mounts);
    for (auto& mount : mounts) {
        const auto in_front = context("shared mount at {}", mount.destination.substr(0, 256));
        const auto source = std::ranges::find_if(containers_, [&](const auto& entry) {
            return entry.second != container && has_name(*entry.second, mount.source_container);
        });
        if (source == containers_.end() || !source->second->is_alive())
            co_return fail(Code::not_found, "shared mount at {}: no container '{}' runs",
                           mount.destination.substr(0, 256), mount.source_container.substr(0, 256));
        auto launched = oci_runtime::launch_view(source->second->init->pidfd(), mount.source);
        if (!launched) co_return std::unexpected(in_front(launched.error()));
        oci_runtime::ParentChannel channel(executor_, std::move(launched->channel));
        auto view = co_await channel.await_ready();
        if (!view) co_return std::unexpected(in_front(view.error()));
        container->views.emplace_back(oci::Mount{mount.destination, mount.source, "bind", {"rbind"}},
                                      std::move(*view));
    }
    co_return Status{};
}

} // namespace redoubt::guest::sandbox

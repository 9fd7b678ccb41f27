// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/metrics/sampler.hpp"

#include "common/log/log.hpp"
#include "node-daemon/metrics/collect.hpp"

namespace redoubt::node::metrics {

asio::awaitable<void> keep_sampling(sandbox::Node& node, asio::thread_pool& pool, History& history,
                                    std::filesystem::path state_folder) {
    bool is_told = false;
    while (true) {
        const auto host =
            co_await offload(pool, [folder = state_folder] { return read_host_sample(folder); });
        if (host) {
            const auto now = std::chrono::system_clock::now().time_since_epoch();
            history.add(
                {std::chrono::duration_cast<std::chrono::nanoseconds>(now).count(), *host, count(node)});
        } else if (!std::exchange(is_told, true)) {
            log::warning("the host's use is not sampled: " + host.error().message);
        }
        co_await sleep_for(History::k_interval);
    }
}

} // namespace redoubt::node::metrics

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/progress_relay.hpp"

#include <utility>

#include "node-daemon/api/encode.hpp"

namespace redoubt::node::api {

void ProgressRelay::update(const sandbox::ImageLayerProgress& progress) {
    waiting_[progress.digest] = progress;
    news_.pulse();
}

void ProgressRelay::finish() {
    is_finished_ = true;
    news_.pulse();
}

asio::awaitable<void> ProgressRelay::run() {
    while (!is_finished_ || !waiting_.empty()) {
        if (waiting_.empty()) co_await news_.wait();
        for (const auto& [digest, progress] : std::exchange(waiting_, {})) {
            pb::ImageProgress message;
            *message.mutable_layer() = encode(progress);
            co_await responses_.write(std::move(message));
        }
    }
}

} // namespace redoubt::node::api

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <map>
#include <string>

#include "common/async/event.hpp"
#include "node-daemon/api/stream.hpp"
#include "node-daemon/sandbox/image_info.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::node::api {

namespace pb = redoubt::node::v1;

/// Carries progress from a use case, which must not wait, to a client, which may be slow: of each layer only
/// the newest news is kept. Thread: main strand.
class ProgressRelay {
  public:
    ProgressRelay(const asio::any_io_executor& executor, ResponseSink<pb::ImageProgress>& responses)
        : news_(executor), responses_(responses) {}

    void update(const sandbox::ImageLayerProgress& progress);
    /// Sends news until finish() was called and all is sent.
    asio::awaitable<void> run();
    void finish();

  private:
    AsyncEvent news_;
    ResponseSink<pb::ImageProgress>& responses_;
    std::map<std::string, sandbox::ImageLayerProgress> waiting_; ///< by layer digest
    bool is_finished_ = false;
};

} // namespace redoubt::node::api

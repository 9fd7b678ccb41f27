// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/base/error.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::ctl {

namespace pb = redoubt::node::v1;

/// How progress is shown.
enum class ProgressStyle : std::uint8_t {
    bars,  ///< a terminal: one line a layer, redrawn
    lines, ///< a file or pipe: one line when a layer's phase changes
    none,
};

/// What is known of the layers of a pull or import, and its picture. No I/O.
class Progress {
  public:
    using Clock = std::chrono::steady_clock;

    explicit Progress(ProgressStyle style) : style_(style) {}

    /// Takes news of one layer; the text to write, which may be empty.
    [[nodiscard]] std::string update(const pb::LayerProgress& layer, Clock::time_point now,
                                     std::size_t columns);

  private:
    struct Layer {
        pb::LayerProgress state;
        Clock::time_point first_seen;
        Clock::time_point last_seen;
    };

    Layer& layer_of(const pb::LayerProgress& news, Clock::time_point now);
    [[nodiscard]] std::string redraw(std::size_t columns);

    ProgressStyle style_;
    std::vector<Layer> layers_; ///< in the order they appeared
    std::size_t drawn_lines_ = 0;
};

/// One layer: "4f4fb700ef54  downloading  [=====>    ]  52%  2.1 MB / 4 MB  3s".
[[nodiscard]] std::string render_layer(const pb::LayerProgress& layer, std::chrono::seconds elapsed,
                                       std::size_t columns);

} // namespace redoubt::ctl

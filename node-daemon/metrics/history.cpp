// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/metrics/history.hpp"

namespace redoubt::node::metrics {

void History::add(Sample sample) {
    if (samples_.size() >= k_most) samples_.pop_front();
    samples_.push_back(sample);
}

std::vector<Sample> History::since(std::int64_t time) const {
    std::vector<Sample> found;
    for (const auto& sample : samples_)
        if (sample.time > time) found.push_back(sample);
    return found;
}

} // namespace redoubt::node::metrics

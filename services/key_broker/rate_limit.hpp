// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <algorithm>
#include <chrono>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace redoubt::services::key_broker {

/// How often each peer may do something: a bucket a peer that fills with time. The peers that were quiet
/// longest are forgotten first, and come back with a full bucket. Thread: one strand.
class RateLimit {
  public:
    using Clock = std::chrono::steady_clock;

    RateLimit(double per_second, double burst, std::size_t max_peers = 65'536)
        : per_second_(per_second), burst_(burst), max_peers_(max_peers) {}

    /// Takes one of the peer's allowance; false when there is none.
    bool take(const std::string& peer, Clock::time_point now) {
        const auto found = peers_.find(peer);
        auto place = found == peers_.end() ? add(peer, now) : found->second;
        buckets_.splice(buckets_.begin(), buckets_, place);
        const std::chrono::duration<double> since = now - place->filled;
        place->allowance = std::min(burst_, place->allowance + since.count() * per_second_);
        place->filled = now;
        if (place->allowance < 1.0) return false;
        place->allowance -= 1.0;
        return true;
    }

    [[nodiscard]] std::size_t peers() const { return peers_.size(); }

  private:
    struct Bucket {
        std::string peer;
        double allowance = 0;
        Clock::time_point filled;
    };
    using Place = std::list<Bucket>::iterator;

    Place add(const std::string& peer, Clock::time_point now) {
        if (peers_.size() >= max_peers_) {
            peers_.erase(buckets_.back().peer);
            buckets_.pop_back();
        }
        buckets_.push_front({peer, burst_, now});
        peers_.emplace(peer, buckets_.begin());
        return buckets_.begin();
    }

    double per_second_;
    double burst_;
    std::size_t max_peers_;
    std::list<Bucket> buckets_; ///< last used first
    std::unordered_map<std::string, Place> peers_;
};

} // namespace redoubt::services::key_broker

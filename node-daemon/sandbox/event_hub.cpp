// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/event_hub.hpp"

#include <algorithm>

namespace redoubt::node::sandbox {

EventHub::EventHub(const asio::any_io_executor& executor, std::size_t kept)
    : limit_(kept), changed_(executor) {}

void EventHub::publish(NodeEvent event) {
    event.time = unix_now();
    kept_.push_back(std::move(event));
    if (kept_.size() > limit_) {
        kept_.pop_front();
        ++first_;
    }
    changed_.pulse();
}

std::unique_ptr<EventHub::Subscription> EventHub::subscribe(UnixTime since, bool follow) {
    auto first = kept_.end();
    if (since != 0)
        first = std::ranges::find_if(kept_, [since](const NodeEvent& event) { return event.time >= since; });
    const auto skipped = static_cast<std::uint64_t>(first - kept_.begin());
    return std::make_unique<Subscription>(*this, first_ + skipped, follow);
}

EventHub::Subscription::Subscription(EventHub& hub, std::uint64_t next, bool follow)
    : hub_(hub), next_(next), follow_(follow) {}

asio::awaitable<std::optional<NodeEvent>> EventHub::Subscription::next() {
    for (;;) {
        if (is_closed_) co_return std::nullopt;
        next_ = std::max(next_, hub_.first_);
        if (const auto index = next_ - hub_.first_; index < hub_.kept_.size()) {
            ++next_;
            co_return hub_.kept_[index];
        }
        if (!follow_) co_return std::nullopt;
        co_await hub_.changed_.wait();
    }
}

void EventHub::Subscription::close() {
    is_closed_ = true;
    hub_.changed_.pulse();
}

} // namespace redoubt::node::sandbox

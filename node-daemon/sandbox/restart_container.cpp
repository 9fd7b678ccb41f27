// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/sandbox/start_container.hpp"
#include "node-daemon/sandbox/use_cases.hpp"

namespace redoubt::node::sandbox {
namespace {

/// While it lives the container's end does not remove it.
class Restarting {
  public:
    explicit Restarting(std::shared_ptr<Container> container) : container_(std::move(container)) {
        container_->is_kept_at_end = true;
    }
    Restarting(const Restarting&) = delete;
    Restarting& operator=(const Restarting&) = delete;
    Restarting(Restarting&&) = delete;
    Restarting& operator=(Restarting&&) = delete;
    ~Restarting() { container_->is_kept_at_end = false; }

  private:
    std::shared_ptr<Container> container_;
};

} // namespace

Task<void> restart_container(Node& node, std::string container, std::chrono::seconds timeout) {
    RDT_CO_TRY(const auto found, find_container(node, container));
    if (found->is_kept_at_end)
        co_return fail(Code::failed_precondition, "container '{}' is being restarted already",
                       found->record.name);
    if (is_active(*found)) {
        const Restarting restarting(found);
        RDT_CO_CHECK(co_await stop_container(node, found->record.id.str(), timeout));
    }
    RDT_CO_CHECK(co_await start(node, found, StartedBy::user));
    publish(node, *found, "restart");
    co_return Status{};
}

} // namespace redoubt::node::sandbox

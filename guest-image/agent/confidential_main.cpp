// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
/// The agent of confidential guests.

#include <memory>
#include <optional>
#include <utility>

#include "common/async/task_scope.hpp"
#include "common/log/log.hpp"
#include "guest-image/agent/agent_main.hpp"
#include "guest-image/agent/confidential/confidential_guest.hpp"
#include "guest-image/agent/confidential/guest_secrets.hpp"
#include "guest-image/agent/rpc/call_guard.hpp"
#include "guest-image/workload_api/workload_api.hpp"

namespace redoubt::guest {
namespace {

class Attested final : public ConfidentialPart {
  public:
    sandbox::KeyedWork& keyed_work() override { return secrets_; }

    Task<ttrpc::Guard> start(const AgentOptions& options) override {
        using confidential::Processor;
        RDT_CO_TRY(guest_,
                   co_await confidential::start_confidential(
                       {.processor = options.has_simulator ? Processor::simulator : Processor::hardware,
                        .patience = options.hotplug_timeout}));
        is_simulation_ = options.has_simulator;
        secrets_.ask(*guest_.resources, guest_.images, *guest_.attester);
        log::info("initdata confirmed", {{"TEE", guest_.tee}, {"DIGEST", guest_.confirmed->digest().str()}});
        co_return rpc::guard_by(*guest_.gate);
    }

    Status attend(const asio::any_io_executor& executor, const sandbox::Sandbox& box) override {
        workload_api::WorkloadParts parts{.tee = guest_.tee,
                                          .is_simulation = is_simulation_,
                                          .gate = guest_.gate.get(),
                                          .attester = guest_.attester.get(),
                                          .resources = guest_.resources.get(),
                                          .tokens = guest_.broker,
                                          .find_caller = {},
                                          .find_cgroup = {}};
        parts.find_caller = [&box](std::uint64_t cgroup) { return caller_of(box, cgroup); };
        RDT_TRY(api_, workload_api::WorkloadApi::listen(executor, std::move(parts)));
        api_->start();
        if (guest_.broker != nullptr) work_.emplace(executor).spawn(meet_broker(guest_.broker));
        return {};
    }

  private:
    /// While the host prepares the pod's first container, whose secrets then wait for no connection.
    static asio::awaitable<void> meet_broker(key_release::BrokerClient* broker) {
        if (const auto met = co_await broker->connect_ahead(); !met)
            log::debug("no connection to the broker yet", {{"ERROR", met.error().message}});
    }

    /// A container is called what its pod calls it, as the policy has allowed.
    static Result<workload_api::Caller> caller_of(const sandbox::Sandbox& box, std::uint64_t cgroup) {
        RDT_TRY(const auto container, box.find_by_cgroup(cgroup));
        const auto name = container->spec.annotations.find("io.kubernetes.cri.container-name");
        return workload_api::Caller{.id = container->id,
                                    .name = name == container->spec.annotations.end() ? "" : name->second};
    }

    bool is_simulation_ = false;
    confidential::GuestSecrets secrets_;
    confidential::ConfidentialGuest guest_;
    std::unique_ptr<workload_api::WorkloadApi> api_;
    std::optional<TaskScope> work_;
};

} // namespace
} // namespace redoubt::guest

int main(int argc, char** argv) {
    redoubt::guest::Attested part;
    return redoubt::guest::run_agent(argc, argv, &part);
}

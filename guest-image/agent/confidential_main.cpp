// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
/// The agent of confidential guests.

#include <utility>

#include "common/log/log.hpp"
#include "guest-image/agent/agent_main.hpp"
#include "guest-image/agent/confidential/confidential_guest.hpp"
#include "guest-image/agent/confidential/guest_secrets.hpp"
#include "guest-image/agent/rpc/call_guard.hpp"

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
        secrets_.ask(*guest_.resources, guest_.images);
        log::info("initdata confirmed", {{"TEE", guest_.tee}, {"DIGEST", guest_.confirmed->digest().str()}});
        co_return rpc::guard_by(*guest_.gate);
    }

  private:
    confidential::GuestSecrets secrets_;
    confidential::ConfidentialGuest guest_;
};

} // namespace
} // namespace redoubt::guest

int main(int argc, char** argv) {
    redoubt::guest::Attested part;
    return redoubt::guest::run_agent(argc, argv, &part);
}

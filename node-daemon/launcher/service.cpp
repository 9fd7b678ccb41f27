// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/launcher/service.hpp"

#include <optional>
#include <variant>

#include "common/log/log.hpp"
#include "node-daemon/launcher/protocol/validate.hpp"

namespace redoubt::node::launcher {
namespace {

using Descriptors = std::vector<UniqueFd>;

/// An answer of the value, when there is one.
template <class Value>
Result<Outcome> outcome_of(Result<Value> result) {
    if (!result) return std::unexpected(std::move(result).error());
    if constexpr (std::is_void_v<Value>)
        return Outcome{.answer = Done{}, .descriptors = {}};
    else
        return Outcome{.answer = *std::move(result), .descriptors = {}};
}

/// The sandbox whose turn a request waits for. Ends and kills wait for nobody.
const SandboxId* queue_of(const Request& request) {
    return std::visit(
        [](const auto& message) -> const SandboxId* {
            using Message = std::remove_cvref_t<decltype(message)>;
            constexpr bool k_waits = !std::is_same_v<Message, KillVm> && !std::is_same_v<Message, CollectVm>;
            if constexpr (k_waits && requires { message.sandbox; })
                return &message.sandbox;
            else if constexpr (requires { message.request.sandbox; })
                return &message.request.sandbox;
            else if constexpr (requires { message.spec.id; })
                return &message.spec.id;
            else
                return nullptr;
        },
        request);
}

} // namespace

asio::awaitable<Outcome> Service::serve(std::string packet, Descriptors descriptors) {
    auto request = decode_request(packet);
    if (!request) co_return Outcome{.answer = std::move(request).error(), .descriptors = {}};
    if (auto valid = validate(*request, descriptors.size()); !valid) {
        log::warning("request refused: " + valid.error().message);
        co_return Outcome{.answer = std::move(valid).error(), .descriptors = {}};
    }
    auto outcome = co_await answer(*std::move(request), std::move(descriptors));
    if (!outcome) co_return Outcome{.answer = std::move(outcome).error(), .descriptors = {}};
    co_return *std::move(outcome);
}

Task<Outcome> Service::answer(Request request, Descriptors descriptors) {
    std::shared_ptr<AsyncMutex> mutex;
    std::optional<AsyncMutex::Guard> turn;
    if (const auto* sandbox = queue_of(request)) {
        std::erase_if(busy_, [](const auto& entry) { return entry.second.expired(); });
        auto& place = busy_[*sandbox];
        mutex = place.lock();
        if (!mutex) place = mutex = std::make_shared<AsyncMutex>(co_await asio::this_coro::executor);
        turn.emplace(co_await mutex->lock());
    }
    auto work = std::visit([&](auto& message) { return perform(std::move(message), std::move(descriptors)); },
                           request);
    co_return co_await std::move(work);
}

Task<Outcome> Service::perform(Hello /*hello*/, Descriptors /*none*/) {
    co_return Outcome{.answer = parts_.welcome, .descriptors = {}};
}

Task<Outcome> Service::perform(StartVm start, Descriptors descriptors) {
    RDT_CO_TRY(auto made, co_await parts_.vms.start(std::move(start), std::move(descriptors)));
    co_return Outcome{.answer = std::move(made.answer), .descriptors = std::move(made.descriptors)};
}

Task<Outcome> Service::perform(CollectVm collect, Descriptors /*none*/) {
    co_return outcome_of(co_await parts_.vms.collect(std::move(collect)));
}

Task<Outcome> Service::perform(KillVm kill, Descriptors /*none*/) {
    co_return outcome_of(parts_.vms.kill(kill.sandbox));
}

Task<Outcome> Service::perform(ReapVm reap, Descriptors /*none*/) {
    co_return outcome_of(co_await parts_.vms.reap(std::move(reap.sandbox)));
}

Task<Outcome> Service::perform(GetKnownNetworks /*get*/, Descriptors /*none*/) {
    co_return outcome_of(co_await parts_.network.known());
}

Task<Outcome> Service::perform(MakeNamespace make, Descriptors /*none*/) {
    co_return outcome_of(co_await parts_.network.make_namespace(std::move(make.sandbox)));
}

Task<Outcome> Service::perform(RemoveNamespace remove, Descriptors /*none*/) {
    co_return outcome_of(co_await parts_.network.remove_namespace(std::move(remove.sandbox)));
}

Task<Outcome> Service::perform(AdoptNamespace adopt, Descriptors descriptors) {
    co_return outcome_of(parts_.adopt_namespace(adopt.sandbox, descriptors.front().get()));
}

Task<Outcome> Service::perform(Attach attach, Descriptors /*none*/) {
    co_return outcome_of(co_await parts_.network.attach(std::move(attach.request)));
}

Task<Outcome> Service::perform(Detach detach, Descriptors /*none*/) {
    co_return outcome_of(co_await parts_.network.detach(std::move(detach.sandbox)));
}

Task<Outcome> Service::perform(CheckNetwork check, Descriptors /*none*/) {
    co_return outcome_of(co_await parts_.network.check(std::move(check.sandbox)));
}

Task<Outcome> Service::perform(MakeTap make, Descriptors /*none*/) {
    RDT_CO_TRY(auto tap, co_await parts_.network.make_tap(std::move(make.request)));
    co_return Outcome{.answer = TapMade{std::move(tap.interface), std::move(tap.routes)},
                      .descriptors = std::move(tap.queues)};
}

Task<Outcome> Service::perform(CollectGarbage collect, Descriptors /*none*/) {
    co_return outcome_of(co_await parts_.network.collect_garbage(std::move(collect.living)));
}

Task<Outcome> Service::perform(ListNetworks /*list*/, Descriptors /*none*/) {
    co_return outcome_of(co_await parts_.catalog.list());
}

Task<Outcome> Service::perform(CreateNetwork create, Descriptors /*none*/) {
    co_return outcome_of(co_await parts_.catalog.create(std::move(create.wanted)));
}

Task<Outcome> Service::perform(RemoveNetwork remove, Descriptors /*none*/) {
    co_return outcome_of(co_await parts_.catalog.remove(std::move(remove.name)));
}

} // namespace redoubt::node::launcher

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The host's networks in memory. Outlives a "daemon".

#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "node-daemon/network/network.hpp"
#include "tests/support/fake_guest.hpp"

namespace redoubt::node::testing_support {

class FakeNetwork final : public network::Network {
  public:
    explicit FakeNetwork(Faults& faults) : faults_(faults) {}

    Task<network::KnownNetworks> known() override {
        if (names.empty()) co_return fail(Code::failed_precondition, "no plugins on this host");
        co_return network::KnownNetworks{.names = names, .problems = problems};
    }
    Task<void> make_namespace(SandboxId sandbox) override {
        RDT_CO_CHECK(co_await faults_.pass("make_namespace"));
        namespaces.insert(sandbox.str());
        co_return Status{};
    }
    Task<void> remove_namespace(SandboxId sandbox) override {
        RDT_CO_CHECK(co_await faults_.pass("remove_namespace"));
        namespaces.erase(sandbox.str());
        co_return Status{};
    }
    Task<network::Attachment> attach(network::AttachRequest request) override {
        RDT_CO_CHECK(co_await faults_.pass("attach"));
        if (!namespaces.contains(request.sandbox.str())) co_return fail(Code::internal, "no namespace");
        attached[request.sandbox.str()].push_back(request);
        co_return network::Attachment{.dns = {"nameserver 192.0.2.1"}};
    }
    Task<void> detach(SandboxId sandbox) override {
        RDT_CO_CHECK(co_await faults_.pass("detach"));
        attached.erase(sandbox.str());
        co_return Status{};
    }
    Task<void> check(SandboxId sandbox) override {
        checked.insert(sandbox.str());
        co_return Status{};
    }
    Task<network::Tap> make_tap(network::TapRequest request) override {
        RDT_CO_CHECK(co_await faults_.pass("make_tap"));
        if (!namespaces.contains(request.sandbox.str())) co_return fail(Code::internal, "no namespace");
        network::Tap tap;
        const auto stage = request.stage;
        if (stage != network::TapStage::tie)
            for (std::uint32_t i = 0; i < request.queues; ++i) tap.queues.emplace_back(::dup(2));
        if (stage == network::TapStage::device) co_return tap;
        tap.interface = {.name = request.interface,
                         .mac = "02:00:00:00:00:01",
                         .mtu = mtu,
                         .addresses = {{.address = "192.0.2.7", .prefix = 24, .is_v6 = false}}};
        tap.routes = {{.destination = {}, .gateway = "192.0.2.1", .device = request.interface, .source = {}}};
        co_return tap;
    }
    Task<void> collect_garbage(std::vector<SandboxId> living) override {
        RDT_CO_CHECK(co_await faults_.pass("collect_garbage"));
        std::erase_if(attached, [&living](const auto& entry) {
            return !std::ranges::contains(living, SandboxId(entry.first));
        });
        co_return Status{};
    }

    [[nodiscard]] bool is_empty() const { return namespaces.empty() && attached.empty(); }

    std::uint32_t mtu = 1400;
    std::vector<std::string> problems;
    std::vector<std::string> names; ///< the first is the default; empty: plugins are not installed
    std::set<std::string> namespaces;
    std::map<std::string, std::vector<network::AttachRequest>> attached;
    std::set<std::string> checked;

  private:
    Faults& faults_;
};

} // namespace redoubt::node::testing_support

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/broker_secrets.hpp"

#include <string>
#include <utility>

#include "common/log/log.hpp"

namespace redoubt::node {
namespace {

void publish(sandbox::Node& node, const std::string& broker, const Status& outcome) {
    sandbox::NodeEvent event{.time = 0,
                             .type = "node",
                             .action = outcome ? "secrets-fetched" : "secrets-refused",
                             .id = {},
                             .name = {},
                             .attributes = {{"broker", broker}}};
    if (outcome) {
        log::info("the key broker has given this node its secrets", {{"BROKER", broker}});
    } else {
        event.attributes["reason"] = outcome.error().message;
        log::warning("the key broker gives this node nothing: " + outcome.error().message,
                     {{"BROKER", broker}});
    }
    node.events.publish(std::move(event));
}

void note_handed_over(const ucred& peer) {
    log::info("a disk's key was handed over",
              {{"PEER_PID", std::to_string(peer.pid)}, {"PEER_UID", std::to_string(peer.uid)}});
}

} // namespace

Result<std::unique_ptr<BrokerSecrets>> BrokerSecrets::make(const Config& config, sandbox::Node& node,
                                                           attestation::NodeAttester& attester,
                                                           RemoteListener& remote) {
    const auto& broker = config.broker;
    if (broker.url.empty()) return nullptr;
    auto report = [&node, url = broker.url](const Status& outcome) { publish(node, url, outcome); };
    std::unique_ptr<BrokerSecrets> made(new BrokerSecrets(
        {{.url = broker.url, .certificate = broker.certificate}, attester, node.pool, std::move(report)}));
    if (!broker.registry_logins.empty()) {
        RDT_TRY(made->logins_, attestation::LoginsInMemory::make("the key broker " + broker.url));
        node.settings.auth_file = made->logins_->file();
        made->secrets_.add(broker.registry_logins, *made->logins_);
    }
    if (!broker.tls_identity.empty()) made->secrets_.add(broker.tls_identity, remote);
    if (!broker.disk_key.empty()) {
        RDT_TRY(made->disk_key_, attestation::DiskKeySocket::listen(node.executor, config.disk_key_socket(),
                                                                    note_handed_over));
        made->secrets_.add(broker.disk_key, *made->disk_key_);
    }
    return made;
}

void BrokerSecrets::keep(TaskScope& scope) {
    scope.spawn(secrets_.keep());
    if (disk_key_) scope.spawn(disk_key_->serve());
}

} // namespace redoubt::node

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "gui/backend/node_pairing.hpp"

#include <QThreadPool>

#include "common/crypto/certificate.hpp"
#include "common/pairing_client/pair.hpp"
#include "common/remote/own_identity.hpp"
#include "common/rpc/pinned_channel.hpp"

namespace redoubt::gui {
namespace {

constexpr std::chrono::seconds k_limit{5};

struct Answerer {
    std::string address;
    std::string fingerprint;
};

Result<Answerer> ask(const std::string& typed) {
    auto address = remote::with_port(typed);
    RDT_CHECK(rpc::parse_address(address));
    RDT_TRY(const auto facts, rpc::probe_certificate(address, k_limit));
    return Answerer{std::move(address), facts.fingerprint.str()};
}

struct PairWish {
    std::string address;
    std::string fingerprint;
    std::string name;
    crypto::Secret code;
};

Result<Profile> pair_now(const PairWish& wish) {
    RDT_CHECK(remote::check_profile_name(wish.name));
    RDT_TRY(const auto node, crypto::parse_fingerprint(wish.fingerprint));
    RDT_TRY(auto profiles, remote::own_profiles());
    RDT_TRY(const auto identity, remote::own_identity());
    RDT_TRY(const auto channel, rpc::connect_pinned({.address = wish.address,
                                                     .fingerprint = node,
                                                     .client_certificate = identity.certificate,
                                                     .client_key = std::string(identity.key.view())},
                                                    k_limit));
    RDT_TRY(auto role, pairing::pair_over(channel, node, identity, wish.code.view(), {}));
    RDT_CHECK(profiles.put({wish.name, wish.address, node, std::move(role)}));
    RDT_CHECK(profiles.save());
    RDT_TRY(auto digits, parse_fingerprint(wish.fingerprint));
    return Profile{.name = wish.name,
                   .address = wish.address,
                   .certificate = {},
                   .key = {},
                   .node_fingerprint = std::move(digits)};
}

} // namespace

void NodePairing::look_up(const QString& address) {
    if (is_busy_) return;
    is_busy_ = true;
    QThreadPool::globalInstance()->start(
        [this, inbox = inbox_.share(), typed = address.trimmed().toStdString()] {
            inbox->post([this, answer = ask(typed)] {
                is_busy_ = false;
                if (answer)
                    Q_EMIT found(QString::fromStdString(answer->address),
                                 QString::fromStdString(answer->fingerprint));
                else
                    Q_EMIT failed(QString::fromStdString(answer.error().message));
            });
        });
}

void NodePairing::pair(const QString& address, const QString& fingerprint, const QString& code,
                       const QString& name) {
    if (is_busy_) return;
    is_busy_ = true;
    auto wish = std::make_shared<const PairWish>(PairWish{.address = address.toStdString(),
                                                          .fingerprint = fingerprint.toStdString(),
                                                          .name = name.trimmed().toStdString(),
                                                          .code = crypto::Secret(code.toStdString())});
    QThreadPool::globalInstance()->start([this, inbox = inbox_.share(), wish = std::move(wish)] {
        inbox->post([this, profile = pair_now(*wish)] {
            is_busy_ = false;
            if (profile)
                Q_EMIT paired(*profile);
            else
                Q_EMIT failed(QString::fromStdString(profile.error().message));
        });
    });
}

} // namespace redoubt::gui

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/async/async_mutex.hpp"
#include "common/crypto/keys.hpp"
#include "common/http/message.hpp"
#include "guest-image/attester/attester.hpp"
#include "guest-image/key_release/broker_settings.hpp"
#include "guest-image/key_release/resource_source.hpp"
#include "guest-image/key_release/tls_channel.hpp"
#include "guest-image/key_release/token_source.hpp"

namespace redoubt::guest::key_release {

/// Makes a connection to the broker's address: bytes, without TLS. Errors: unavailable.
using Dial = std::function<Task<std::unique_ptr<ttrpc::ByteStream>>()>;

/// How long things may take.
struct BrokerPatience {
    Duration connect = std::chrono::seconds(20);           ///< connection and TLS
    Duration exchange = std::chrono::seconds(30);          ///< a request and its whole answer
    Duration total = std::chrono::seconds(120);            ///< a get(), however often it is tried
    Duration first_pause = std::chrono::milliseconds(200); ///< between tries; doubled each time
    Duration longest_pause = std::chrono::seconds(5);
};

/// What a client is made of.
struct BrokerParts {
    BrokerSettings settings;
    std::string init_data; ///< the TOML text
    Dial dial;
    BrokerPatience patience;
    std::string tee = {}; ///< what the attester's evidence is of, where that is known; empty: it is asked
};

/// A key broker, asked by the protocol of Confidential Containers: a handshake that proves this guest, then
/// resources with its token until the broker no longer takes it. Token and key stay in memory, and only here;
/// the key is a new one for each handshake. One request after the other over one connection, which is made
/// anew when it breaks. A broker that cannot be reached is tried again, each time after a longer pause, until
/// the time is up; one that is not who is pinned, or that refuses, is not.
class BrokerClient final : public ResourceSource, public TokenSource {
  public:
    /// Errors: invalid_argument the pinned certificates. Lifetime: `attester` outlives this.
    [[nodiscard]] static Result<std::unique_ptr<BrokerClient>>
    make(BrokerParts parts, attester::Attester& attester, const asio::any_io_executor& executor);

    Task<crypto::Secret> get(std::string uri) override;
    /// By a handshake of its own, whose key is gone when this returns: not the token resources are asked
    /// with.
    Task<std::string> token() override;

    /// Connects before anybody asks, so that a first request finds TLS set up: most of what attestation costs
    /// a workload. Once, and nothing is lost if it fails: who asks next connects. Errors: what failed.
    Task<void> connect_ahead();

    /// How many handshakes there were. For tests and logs.
    [[nodiscard]] unsigned handshakes() const { return handshakes_; }

  private:
    /// What a handshake has led to.
    struct Session {
        crypto::PrivateKey key;
        std::string token;
    };

    BrokerClient(BrokerParts parts, std::unique_ptr<PinnedTrust> trust, crypto::PrivateKey first_key,
                 attester::Attester& attester, const asio::any_io_executor& executor)
        : parts_(std::move(parts)), trust_(std::move(trust)), first_key_(std::move(first_key)),
          attester_(attester), turn_(executor) {}

    /// What is tried, as often as it may help.
    template <class T>
    using Attempt = std::function<Task<T>()>;
    template <class T>
    Task<T> in_turn(std::string what, Attempt<T> attempt);
    template <class T>
    Task<T> patiently(Attempt<T> attempt);
    Task<crypto::Secret> try_get(std::string path);
    Task<std::string> try_token();
    Task<Session> shake_hands();
    Task<http::Response> exchange(http::Request request);
    Task<http::Response> send_and_read(http::Request request);
    Task<std::unique_ptr<TlsChannel>> connect();

    BrokerParts parts_;
    std::unique_ptr<PinnedTrust> trust_;
    std::optional<crypto::PrivateKey> first_key_; ///< of the first handshake, until then
    attester::Attester& attester_;
    AsyncMutex turn_;
    std::unique_ptr<TlsChannel> connection_; ///< between two requests; null: there is none
    std::optional<Session> session_;
    std::string tee_; ///< empty until the first evidence
    unsigned handshakes_ = 0;
};

} // namespace redoubt::guest::key_release

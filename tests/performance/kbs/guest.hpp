// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/object.hpp>

#include <memory>
#include <string>

#include "common/crypto/keys.hpp"
#include "common/http/connection.hpp"
#include "common/http/message.hpp"
#include "tests/performance/kbs/chip.hpp"
#include "tests/performance/kbs/load_plan.hpp"

namespace redoubt::performance {

/// What all guests of a load share: making a key for each would be the client's own load.
struct GuestParts {
    LoadPlan plan;
    http::TlsContext tls;
    Chip chip;
    crypto::PrivateKey key;      ///< secrets are encrypted to it
    boost::json::object members; ///< of that key, as the protocol has them

    /// Errors: invalid_argument what the plan brought.
    [[nodiscard]] static Result<GuestParts> make(LoadPlan plan);
};

/// A guest with a kept connection; it is made anew when the broker ends it. One operation at a time.
/// Lifetime: borrows the parts.
class Guest {
  public:
    explicit Guest(const GuestParts& parts) : parts_(&parts) {}

    /// Errors: as http::Connection.
    Task<> connect();
    /// The token of a handshake. Errors: as http::Connection; the broker's refusal.
    Task<std::string> shake_hands();
    /// A resource as it came. Errors: as shake_hands().
    Task<std::string> read(std::string token);

  private:
    Task<http::Response> exchange(http::Request request);
    Task<http::Response> send_and_read(http::Request request);

    const GuestParts* parts_;
    std::unique_ptr<http::Connection> connection_;
};

} // namespace redoubt::performance

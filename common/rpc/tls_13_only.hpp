// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/base/error.hpp"

namespace redoubt::rpc {

/// TLS contexts that OpenSSL makes while this lives refuse TLS 1.2; for libraries that make their own and
/// cannot be told. Contexts made before keep what they have. Thread: while no other makes contexts.
/// Source: config(5ssl), "system_default"; SSL_CONF_cmd(3ssl), "Protocol".
class Tls13Only {
  public:
    /// Errors: internal OpenSSL does not take it.
    static Result<Tls13Only> begin();

    Tls13Only(const Tls13Only&) = delete;
    Tls13Only& operator=(const Tls13Only&) = delete;
    Tls13Only(Tls13Only&& other) noexcept : is_on_(other.is_on_) { other.is_on_ = false; }
    Tls13Only& operator=(Tls13Only&&) = delete;
    ~Tls13Only();

  private:
    Tls13Only() = default;
    bool is_on_ = true;
};

} // namespace redoubt::rpc

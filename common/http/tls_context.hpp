// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <string>

#include "common/base/error.hpp"

namespace redoubt::http {

/// Whether a server has to prove who it is. `none` is for registries the operator declared insecure.
enum class TlsVerification { full, none };

/// Which certificate authorities stand behind a server.
enum class TlsAuthorities {
    system_and_given, ///< the system's and those given
    given,            ///< those given alone: nobody else's certificate will do
};

/// Who a TLS client is, for servers that ask. PEM texts; both empty: nobody.
struct TlsIdentity {
    std::string certificate_chain;
    std::string private_key;
};

/// What a TLS client trusts, and who it is.
struct TlsSettings {
    TlsVerification verification = TlsVerification::full;
    TlsAuthorities authorities = TlsAuthorities::system_and_given;
    std::string ca_certificates; ///< PEM
    TlsIdentity identity;
};

/// Those settings, ready for connections. TLS 1.2 and up.
class TlsContext {
  public:
    /// Errors: invalid_argument `ca_certificates` is not empty and holds no certificate, or is empty where
    /// only those count; a certificate or key that is none, or do not belong together; internal.
    static Result<TlsContext> make(const TlsSettings& settings);

    TlsContext(TlsContext&&) noexcept;
    TlsContext& operator=(TlsContext&&) noexcept;
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    ~TlsContext();

    struct Native;
    [[nodiscard]] Native& native() const { return *native_; }
    [[nodiscard]] TlsVerification verification() const { return verification_; }

  private:
    TlsContext(std::unique_ptr<Native> native, TlsVerification verification);

    std::unique_ptr<Native> native_;
    TlsVerification verification_;
};

} // namespace redoubt::http

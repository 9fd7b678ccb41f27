// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <memory>
#include <string>

#include "common/base/error.hpp"

namespace redoubt::http {

/// Whether a server has to prove who it is. `none` is for registries the operator declared insecure.
enum class TlsVerification { full, none };

/// What a TLS client trusts: the system's certificate authorities and those of a PEM text. TLS 1.2 and up.
class TlsContext {
  public:
    /// Errors: invalid_argument `ca_certificates` is not empty and holds no certificate; internal.
    static Result<TlsContext> make(TlsVerification verification, const std::string& ca_certificates);

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

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <tss2/tss2_esys.h>

#include <cstddef>
#include <memory>
#include <string>

#include "common/base/error.hpp"

namespace redoubt::tss {

/// An open TPM, reached without tss2's loader, which would take any library that a setting names. Who makes
/// objects and sessions in it flushes them before this goes. Thread: one.
class Connection {
  public:
    /// `address` is "device:/dev/tpmrm0", or "swtpm:path=/run/..." of a software TPM. Errors:
    /// invalid_argument another kind of address; failed_precondition nothing answers there.
    static Result<std::unique_ptr<Connection>> open(const std::string& address);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    Connection(Connection&&) = delete;
    Connection& operator=(Connection&&) = delete;
    ~Connection();

    [[nodiscard]] ESYS_CONTEXT* esys() const { return esys_; }

  private:
    Connection() = default;

    std::unique_ptr<std::byte[]> tcti_; ///< as large as its library wants it
    ESYS_CONTEXT* esys_ = nullptr;
};

} // namespace redoubt::tss

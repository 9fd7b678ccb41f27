// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "common/async/task.hpp"

namespace redoubt::guest::key_release {

/// Where words come from that say of this guest what its broker has found. Thread: one strand.
class TokenSource {
  public:
    virtual ~TokenSource() = default;
    TokenSource(const TokenSource&) = delete;
    TokenSource& operator=(const TokenSource&) = delete;

    /// A new token: an EAR signed by the broker, for whoever relies on it. The key that it names is forgotten
    /// before it is given away: it opens no resource to anybody. Errors: as ResourceSource::get().
    [[nodiscard]] virtual Task<std::string> token() = 0;

  protected:
    TokenSource() = default;
};

} // namespace redoubt::guest::key_release

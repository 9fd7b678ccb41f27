// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>
#include <string_view>

#include "common/async/task.hpp"

namespace redoubt::node::attestation {

/// Who uses one of the node's secrets. Thread: main strand.
class SecretHolder {
  public:
    SecretHolder(const SecretHolder&) = delete;
    SecretHolder& operator=(const SecretHolder&) = delete;
    virtual ~SecretHolder() = default;

    /// The value, at the first time and again at every refresh, changed or not. Errors: what is wrong with
    /// it; it is offered again then.
    virtual Task<void> take(std::string_view value) = 0;
    /// There is none, or none any more: what was taken is given up. `why` is for people.
    virtual Task<void> lose(std::string why) = 0;

  protected:
    SecretHolder() = default;
};

} // namespace redoubt::node::attestation

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstddef>
#include <string>

#include "common/async/task.hpp"
#include "common/crypto/secret.hpp"

namespace redoubt::guest::key_release {

/// The most a resource may have, in bytes. Source: the broker's own limit of a value is below it.
inline constexpr std::size_t k_max_resource = 1U << 20U;

/// Where the guest's secrets come from. Images, volumes and the workload API know this class only: that
/// behind it evidence is made, and a broker asked, is not their business.
///
///     RDT_CO_TRY(const auto key, co_await resources.get("kbs:///images/key/app"));
///
/// Thread: one strand; any number of calls may be under way. A call honours cancellation. Lifetime: outlives
/// its calls.
class ResourceSource {
  public:
    virtual ~ResourceSource() = default;
    ResourceSource(const ResourceSource&) = delete;
    ResourceSource& operator=(const ResourceSource&) = delete;

    /// The value of kbs:///REPOSITORY/TYPE/TAG, at most k_max_resource bytes. A host in the URI is passed
    /// over: the broker is the one that initdata names. May take as long as the broker is away, up to a limit
    /// of the source's own; no caller has to retry. Errors: invalid_argument no such URI; permission_denied
    /// the broker refuses; not_found it has none; unavailable no broker, or not in time; failed_precondition
    /// this guest has no way to prove what it is, or no broker is named; resource_exhausted too large;
    /// data_loss an answer that is none. Messages name the URI and the stage, and hold no byte of the value.
    [[nodiscard]] virtual Task<crypto::Secret> get(std::string uri) = 0;

  protected:
    ResourceSource() = default;
};

} // namespace redoubt::guest::key_release

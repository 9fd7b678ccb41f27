// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <boost/json/value.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"
#include "common/tee/evidence/certificate.hpp"

namespace redoubt::services::key_broker {

/// What a policy is asked about.
struct PolicyRequest {
    std::string plugin;
    std::vector<std::string> path;
    std::vector<std::pair<std::string, std::string>> query;
};

/// A tenant's policy: package `policy`, rule `allow` for guests and `allow_host` for hosts, with a token's
/// claims as `input` and the request as `data`. Thread: one at a time.
class ResourcePolicy {
  public:
    /// Errors: invalid_argument every complaint of the compiler.
    static Result<ResourcePolicy> compile(std::string_view text);

    enum class Asker : std::uint8_t { guest, host };
    /// True only when the rule for who asks is true: a policy without `allow_host` gives hosts nothing.
    /// Errors: failed_precondition the evaluation failed, which is a refusal.
    [[nodiscard]] Result<bool> allows(std::string_view claims, const PolicyRequest& request, tee::Time now,
                                      Asker asker = Asker::guest) const;
    /// "sha256:..." of its text.
    [[nodiscard]] const std::string& digest() const { return digest_; }

  private:
    struct Compiled;
    ResourcePolicy(std::shared_ptr<Compiled> compiled, std::string digest)
        : compiled_(std::move(compiled)), digest_(std::move(digest)) {}
    // Shared by copies of this value.
    std::shared_ptr<Compiled> compiled_;
    std::string digest_;
};

} // namespace redoubt::services::key_broker

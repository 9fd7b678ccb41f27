// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/unique_fd.hpp"
#include "node-daemon/attestation/secret_holder.hpp"

namespace redoubt::node::attestation {

/// Logins at registries, as auth.json has them, in a file in memory that this process alone can open. Until
/// they have come it says {"unavailable": "why"}. Thread: main strand. ADR 0044.
class LoginsInMemory final : public SecretHolder {
  public:
    /// `origin`: of whom they are expected, for people. Errors: by errno, there is no file in memory to be
    /// had.
    static Result<std::unique_ptr<LoginsInMemory>> make(std::string origin);

    [[nodiscard]] std::filesystem::path file() const;

    Task<void> take(std::string_view value) override;
    Task<void> lose(std::string why) override;

  private:
    LoginsInMemory(std::string origin, UniqueFd file) : origin_(std::move(origin)), file_(std::move(file)) {}
    Status put(std::string_view content);
    Status put_refusal(const std::string& why);

    std::string origin_;
    UniqueFd file_;
};

} // namespace redoubt::node::attestation

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.hpp"

namespace redoubt::node::attestation {

struct AttesterSettings {
    std::string tpm;                               ///< HostTpm::open()'s address; empty: this node has none
    std::vector<std::filesystem::path> event_logs; ///< the first that is there counts
};

/// Who proves what this host booted, and that its keys live in its TPM. The TPM is opened for each call: it
/// may come late, and nothing is held in it meanwhile. Calls block, one at a time. Thread: any.
class NodeAttester {
  public:
    explicit NodeAttester(AttesterSettings settings) : settings_(std::move(settings)) {}

    /// A quote over tee::host::quoted_data(), as docs/formats/evidence.md's redoubt-node-evidence/1. Errors:
    /// invalid_argument nonce or digest; failed_precondition no TPM; resource_exhausted too many at once;
    /// internal what the TPM says.
    Result<std::string> evidence(std::string_view nonce, std::string_view guest_digest);
    /// HostTpm::activate().
    Result<std::string> activate(std::string_view id_object, std::string_view encrypted_secret);

  private:
    class Turn;
    AttesterSettings settings_;
    std::mutex one_at_a_time_;
    std::atomic<int> waiting_{0};
};

} // namespace redoubt::node::attestation

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What stands in front of every request of the agent's API in a confidential guest.
///
///     RDT_TRY(const auto admission, gate.admit("CreateContainerRequest", payload));
///     if (admission == Admission::redacted) return nothing_to_read();
///
/// Some requests no policy can open: they would let the host change what was measured. The guest's own
/// containers are asked about here, too, when they want something of their agent.

#include <memory>
#include <string>
#include <string_view>

#include "common/agent_policy/decision/decider.hpp"

namespace redoubt::guest::policy {

enum class Admission : std::uint8_t {
    granted,
    redacted, ///< a read of output: it is answered as if there was none
};

/// Thread: any.
class Gate {
  public:
    /// `text`: Rego, package agent_policy. Errors: invalid_argument when it does not load.
    [[nodiscard]] static Result<std::unique_ptr<Gate>> load(std::string text);

    /// `message`: of the request, `payload`: its bytes, the very ones that are parsed and acted on.
    /// Errors: permission_denied "CreateContainerRequest is blocked by policy: REASONS"; those of
    /// request_json().
    [[nodiscard]] Result<Admission> admit(std::string_view message, std::string_view payload);

    /// Whether a container may have something of the guest's workload API: rule WorkloadApiRequest. `input`:
    /// JSON, docs/formats/workload-api.md. Errors: permission_denied with the reasons; a policy without that
    /// rule allows nothing.
    [[nodiscard]] Status admit_workload(std::string_view input);

  private:
    explicit Gate(std::unique_ptr<agent_policy::Decider> decider) : decider_(std::move(decider)) {}

    std::unique_ptr<agent_policy::Decider> decider_;
};

} // namespace redoubt::guest::policy

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The OCI part of Kata's messages as values: the way back of node-daemon/agent_client/encode_spec.hpp. For
/// whoever serves the agent API.

#include "agent.pb.h"
#include "common/base/error.hpp"
#include "common/oci/runtime_spec.hpp"

namespace redoubt::agent_api {

[[nodiscard]] oci::Process process_from(const grpc::Process& message, const grpc::StringUser& user);
[[nodiscard]] oci::Resources resources_from(const grpc::LinuxResources& message);
/// Errors: unimplemented for parts of a specification that would be silently ignored: hooks, ID maps,
/// hugepage limits.
[[nodiscard]] Result<oci::Spec> spec_from(const grpc::Spec& message, const grpc::StringUser& user);

} // namespace redoubt::agent_api

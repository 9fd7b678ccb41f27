// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Kata's messages as the agent's own values. No generated type goes further down than this folder.

#include "agent.pb.h"
#include "common/agent_api/from_proto.hpp"
#include "guest-image/agent/mount/placed_file.hpp"
#include "guest-image/agent/mount/storage.hpp"
#include "guest-image/agent/sandbox/requests.hpp"

namespace redoubt::guest::rpc {

[[nodiscard]] mount::Storage storage_from(const grpc::Storage& message);
[[nodiscard]] sandbox::SandboxRequest sandbox_request_from(const grpc::CreateSandboxRequest& message);
[[nodiscard]] Result<sandbox::ContainerRequest>
container_request_from(const grpc::CreateContainerRequest& message);
/// Errors: invalid_argument for negative numbers.
[[nodiscard]] Result<mount::PlacedFile> placed_file_from(grpc::CopyFileRequest message);

} // namespace redoubt::guest::rpc

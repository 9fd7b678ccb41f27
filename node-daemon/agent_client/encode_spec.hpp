// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The OCI specification in the form in which Kata's agent API carries it (common/contracts/proto/oci.proto).
/// The guest's agent has the way back.

#include "common/oci/runtime_spec.hpp"
#include "oci.pb.h"

namespace redoubt::node::agent_client {

[[nodiscard]] grpc::Process encode_process(const oci::Process& process);
[[nodiscard]] grpc::LinuxResources encode_resources(const oci::Resources& resources);
[[nodiscard]] grpc::Spec encode_spec(const oci::Spec& spec);

} // namespace redoubt::node::agent_client

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// A container's specification in the JSON that OCI runtimes read. Pure.
/// Source: opencontainers/runtime-spec 1.1.0, config.md, config-linux.md and schema/.

#include <string>

#include "common/oci/runtime_spec.hpp"

namespace redoubt::node::runtime {

/// A bundle's config.json. Users must be numbers by now: a runtime knows no names.
[[nodiscard]] std::string render_config(const oci::Spec& spec);

/// What `exec --process` reads.
[[nodiscard]] std::string render_process(const oci::Process& process);

/// What `update --resources` reads; zero limits are left out.
[[nodiscard]] std::string render_resources(const oci::Resources& resources);

} // namespace redoubt::node::runtime

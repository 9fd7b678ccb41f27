// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <string>

#include "common/base/error.hpp"
#include "common/oci/runtime_spec.hpp"
#include "node-daemon/launch/container_config.hpp"

namespace redoubt::node::launch {

/// The container as the guest has to make it: the request over the image over the defaults that podman and
/// docker share. `folder` is the container's in the guest, with its root filesystem and its disks. Errors:
/// invalid_argument naming the field.
[[nodiscard]] Result<oci::Spec> make_container_spec(const ContainerConfig& request, const ImageConfig& image,
                                                    const std::string& folder);

/// A process that `exec` adds to such a container: same environment, account, limits and capabilities unless
/// asked otherwise.
struct ExecConfig {
    std::vector<std::string> command;
    std::vector<std::string> environment; ///< NAME=value, over the container's
    std::string working_directory;
    std::string user;
    bool terminal = false;
    oci::TerminalSize terminal_size;
};
/// Errors: invalid_argument naming the field.
[[nodiscard]] Result<oci::Process> make_exec_process(const oci::Spec& container, const ExecConfig& request);

} // namespace redoubt::node::launch

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Environment and arguments of a container: the image's, the pod's, and what $(NAME) stands for.
/// Source: Kubernetes API, Container: env, command, args.

#include <string>
#include <string_view>
#include <vector>

#include "common/agent_policy/image_facts.hpp"
#include "common/agent_policy/workload.hpp"

namespace redoubt::agent_policy {

/// `text` with each $(NAME) of a known variable replaced and "$$" as one "$"; others stay as they are.
[[nodiscard]] Template expand(std::string_view text, const std::vector<Variable>& known);

/// The pod's variables with $(NAME) replaced by the ones before.
[[nodiscard]] std::vector<Variable> expand_environment(const std::vector<Variable>& variables);

/// The image's variables, those of the pod in their place. Without a PATH a node adds the usual one.
[[nodiscard]] std::vector<Variable> merge_environment(const oci::ImageConfig& image,
                                                      const std::vector<Variable>& pod);

/// What is run: command or the image's entrypoint, then args or, where there is no command, the image's cmd.
[[nodiscard]] std::vector<Template> make_arguments(const oci::ImageConfig& image, const Container& container,
                                                   const std::vector<Variable>& known);

} // namespace redoubt::agent_policy

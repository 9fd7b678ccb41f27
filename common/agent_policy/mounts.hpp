// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// Mounts and storages of a container, as the rules compare them. For container_slot.cpp only.

#include <boost/json.hpp>

#include "common/agent_policy/image_facts.hpp"
#include "common/agent_policy/workload.hpp"
#include "common/encoding/json.hpp"

namespace redoubt::agent_policy {

struct SlotMounts {
    boost::json::array mounts;
    boost::json::object storages; ///< kind to what it looks like
};

/// What settings say of every container's mounts; `section`: settings.sandbox or settings.container.
[[nodiscard]] Result<boost::json::array> usual_mounts(const json::Node& section, const json::Node& settings,
                                                      bool privileged);

/// All mounts of a container, and the storages that bring them.
[[nodiscard]] Result<SlotMounts> make_mounts(const Workload& pod, const Container& container,
                                             const ImageFacts& image, const json::Node& settings);

/// The root folder: `root` and, of verity layers, each layer and what is written. The names of the layers,
/// the uppermost first, go to `layers`.
[[nodiscard]] Status add_root_storages(const ImageFacts& image, const std::string& kind,
                                       const json::Node& settings, boost::json::object& storages,
                                       boost::json::array& layers);

} // namespace redoubt::agent_policy

// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "node-daemon/ctl/time_text.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace redoubt::ctl {

namespace pb = redoubt::node::v1;

enum class Truncate : std::uint8_t { yes, no };

/// Text from a container must not move the cursor of the terminal it is shown on.
[[nodiscard]] std::string printable(const std::string& text);

/// Rows under each other, columns two spaces apart, the last one not padded; each line ends with a newline.
[[nodiscard]] std::string render_table(const std::vector<std::vector<std::string>>& rows);

/// `ps`: CONTAINER ID, IMAGE, COMMAND, CREATED, STATUS, NAMES.
[[nodiscard]] std::string render_containers(const std::vector<pb::ContainerSummary>& containers, UnixTime now,
                                            Truncate truncate);

/// `image ls`: REPOSITORY, TAG, IMAGE ID, CREATED, SIZE; a line a name.
[[nodiscard]] std::string render_images(const pb::ListImagesResponse& images, UnixTime now,
                                        Truncate truncate);

[[nodiscard]] std::string render_node_info(const pb::NodeInfo& info, UnixTime now);
/// `node check`: a line a check, with the remedy under what is not well.
[[nodiscard]] std::string render_checks(const pb::CheckNodeResponse& response);
/// `events`: one line.
[[nodiscard]] std::string render_event(const pb::Event& event);

/// "Up 2 minutes", "Exited (0) 3 seconds ago", "Created".
[[nodiscard]] std::string render_status(const pb::ContainerSummary& container, UnixTime now);
/// "created", "running"...
[[nodiscard]] std::string name_of_state(pb::ContainerState state);
/// The same, or "paused".
[[nodiscard]] std::string name_of_state(const pb::ContainerSummary& container);
/// 12 digits of an id, without "sha256:".
[[nodiscard]] std::string short_id(const std::string& id);
/// "4.52 MB", "1.2 kB": decimal units, as podman shows images.
[[nodiscard]] std::string render_decimal_size(std::uint64_t bytes);

} // namespace redoubt::ctl

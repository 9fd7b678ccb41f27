// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What --json prints. The schema is a promise to scripts: docs/formats/cli-json.md.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/error.hpp"
#include "redoubt/node/v1/node.pb.h"

namespace boost::json {
class value;
}

namespace redoubt::ctl {

namespace pb = redoubt::node::v1;

/// Any JSON as the functions below print theirs.
[[nodiscard]] std::string indented_json(const boost::json::value& value);

/// What of a sandbox is the level confidential's; null at other levels.
[[nodiscard]] boost::json::value confidential_value(const pb::SandboxInfo& sandbox);

/// All of these are indented and end with a newline, but for lines of a stream, which are one line each.
[[nodiscard]] std::string containers_json(const std::vector<pb::ContainerSummary>& containers);
[[nodiscard]] std::string container_details_json(const std::vector<pb::InspectContainerResponse>& containers);
[[nodiscard]] std::string images_json(const pb::ListImagesResponse& images);
[[nodiscard]] std::string image_json(const pb::Image& image);
[[nodiscard]] std::string image_details_json(const std::vector<pb::InspectImageResponse>& images);
[[nodiscard]] std::string removed_images_json(const std::vector<pb::RemoveImageResponse>& removed);
[[nodiscard]] std::string node_info_json(const pb::NodeInfo& info);
[[nodiscard]] std::string checks_json(const pb::CheckNodeResponse& response);
[[nodiscard]] std::string event_json_line(const pb::Event& event);
[[nodiscard]] std::string log_json_line(const pb::LogsResponse& line);
/// `{"id": "..."}` of run -d.
[[nodiscard]] std::string id_json(const std::string& id);
/// `[{"container": "web"}]` of stop, kill and rm.
[[nodiscard]] std::string touched_containers_json(const std::vector<std::string>& containers);
/// `[{"container": "web", "exit_code": 0}]`.
[[nodiscard]] std::string exit_codes_json(const std::vector<std::pair<std::string, int>>& codes);
/// `{"client": ..., "server": ...}`; the server's is null when it does not answer.
[[nodiscard]] std::string versions_json(std::string_view client, const std::string* server);

/// Reads `["a", "b"]`. Errors: invalid_argument.
[[nodiscard]] Result<std::vector<std::string>> parse_json_strings(const std::string& text);

} // namespace redoubt::ctl

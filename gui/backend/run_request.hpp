// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

#include "common/base/error.hpp"
#include "gui/backend/values.hpp"

namespace redoubt::node::v1 {
class ContainerSpec;
}

namespace redoubt::gui {

/// What is sent for a request. Errors: invalid_argument, saying which field and why.
[[nodiscard]] Result<redoubt::node::v1::ContainerSpec> encode(const RunRequest& request);
/// The same as people read it: CreateContainerRequest's fields, by their names in the API, as YAML.
/// Errors: as encode().
[[nodiscard]] Result<std::string> review_of(const RunRequest& request);

/// Words as a shell would split them: spaces separate, quotes and backslashes keep together.
/// Errors: invalid_argument a quote that is not closed.
[[nodiscard]] Result<std::vector<std::string>> split_words(std::string_view line);

} // namespace redoubt::gui

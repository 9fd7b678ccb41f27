// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/ctl/policy_images.hpp"

#include <filesystem>
#include <format>

#include "common/base/file.hpp"
#include "common/encoding/json.hpp"
#include "node-daemon/ctl/layout_blob.hpp"

namespace redoubt::ctl {
namespace {

/// What `image sign` and cosign put beside an image.
bool is_signature(const json::Node& entry) {
    const auto name = entry["annotations"]["org.opencontainers.image.ref.name"].string_or();
    return name && name->starts_with("sha256-") && name->ends_with(".sig");
}

/// The one manifest of a layout, through one index if there is one inside.
Result<agent_policy::ImageFacts> read_layout(const std::filesystem::path& layout) {
    RDT_TRY(auto text, read_file(layout / "index.json"));
    std::string digest;
    for (int depth = 0; depth < 3; ++depth) {
        RDT_TRY(const auto document, json::parse("image index", text));
        const auto root = document.root();
        if (root["config"].is_present()) {
            RDT_TRY(const auto config, root["config"]["digest"].string());
            RDT_TRY(const auto config_text, read_layout_blob(layout, config));
            RDT_TRY(auto facts, agent_policy::parse_image_facts(config_text));
            facts.digest = digest;
            return facts;
        }
        RDT_TRY(auto manifests, root["manifests"].array());
        std::erase_if(manifests, is_signature);
        if (manifests.size() != 1)
            return fail(Code::invalid_argument, "{}: {} images, one is needed", layout.string(),
                        manifests.size());
        RDT_TRY(digest, manifests.front()["digest"].string());
        RDT_TRY(text, read_layout_blob(layout, digest));
    }
    return fail(Code::invalid_argument, "{}: indexes in indexes", layout.string());
}

} // namespace

Result<agent_policy::Images> load_policy_images(const std::vector<std::string>& words) {
    agent_policy::Images images;
    for (const auto& word : words) {
        const auto equals = word.find('=');
        if (equals == std::string::npos || equals == 0)
            return fail(Code::invalid_argument, "--image-config {}: not NAME=FILE", word);
        const std::filesystem::path path = word.substr(equals + 1);
        std::error_code error;
        const auto read = [&]() -> Result<agent_policy::ImageFacts> {
            if (std::filesystem::is_directory(path, error)) return read_layout(path);
            RDT_TRY(const auto text, read_file(path));
            return agent_policy::parse_image_facts(text);
        };
        RDT_TRY(auto facts, read().transform_error(context("--image-config {}", word)));
        images.insert_or_assign(word.substr(0, equals), std::move(facts));
    }
    return images;
}

} // namespace redoubt::ctl

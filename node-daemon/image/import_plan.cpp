// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/image/import_plan.hpp"

#include "common/oci/reference.hpp"

namespace redoubt::node::image {

Result<std::string> canonical_name(const std::string& wanted, const std::string& found) {
    const auto& name = wanted.empty() ? found : wanted;
    if (name.empty()) return std::string();
    RDT_TRY(auto reference, oci::parse_reference(name));
    if (!reference.is_qualified()) reference = reference.at_registry("localhost");
    return reference.with_default_tag().str();
}

Result<ImportPlan> make_import_plan(const ArchiveFiles& files, const ImportWish& wish) {
    // Newer `docker save` writes both; the layout has the digests.
    if (files.has("index.json")) return plan_oci_layout(files, wish);
    if (files.has("manifest.json")) return plan_docker_archive(files, wish);
    return fail(Code::invalid_argument,
                "neither an OCI layout (no index.json) nor a docker archive (no manifest.json)");
}

} // namespace redoubt::node::image

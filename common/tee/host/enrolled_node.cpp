// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/host/enrolled_node.hpp"

#include "common/encoding/hex.hpp"
#include "common/tee/evidence/hash.hpp"

namespace redoubt::tee::host {
namespace {

constexpr std::size_t k_max_nodes = 4096;

} // namespace

Result<std::string> parse_chip_id(std::string_view text) {
    RDT_TRY(const auto bytes, encoding::from_hex(text).transform_error(context("chip id")));
    if (bytes.size() != k_chip_id_size)
        return fail(Code::invalid_argument, "chip id: {} bytes, where {} are expected", bytes.size(),
                    k_chip_id_size);
    // What a report holds whose chip is masked: it would stand for every such box.
    if (is_zero(bytes)) return fail(Code::invalid_argument, "chip id: all zeros name no chip");
    return encoding::to_hex(bytes);
}

boost::json::object render_enrolled_node(const EnrolledNode& node) {
    boost::json::object object{{"attestation_key", node.attestation_key},
                               {"endorsement_key", node.endorsement_key}};
    if (!node.chip_id.empty()) object["chip_id"] = node.chip_id;
    return object;
}

Result<std::vector<EnrolledNode>> parse_enrolled_nodes(const json::Node& list) {
    RDT_TRY(const auto entries, list.array());
    if (entries.size() > k_max_nodes) return list.wrong("more than 4096 nodes");
    std::vector<EnrolledNode> nodes;
    for (const auto& entry : entries) {
        EnrolledNode node;
        RDT_TRY(node.attestation_key, entry["attestation_key"].string());
        RDT_TRY(node.endorsement_key, entry["endorsement_key"].string());
        RDT_TRY(const auto chip, entry["chip_id"].string_or());
        if (!chip.empty()) {
            RDT_TRY(node.chip_id, parse_chip_id(chip).transform_error(context("{}", entry.path())));
        }
        nodes.push_back(std::move(node));
    }
    return nodes;
}

} // namespace redoubt::tee::host

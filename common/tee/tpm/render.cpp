// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/tpm/render.hpp"

#include <boost/json/value.hpp>

#include "common/encoding/hex.hpp"

namespace redoubt::tee::tpm {

using encoding::to_hex;

boost::json::object attest_json(const Attest& attest) {
    boost::json::object object{{"magic", std::format("{:#x}", attest.magic)},
                               {"type", std::format("{:#x}", attest.type)},
                               {"qualifiedSigner", to_hex(attest.qualified_signer)},
                               {"extraData", to_hex(attest.extra_data)},
                               {"clockInfo",
                                {{"clock", attest.clock},
                                 {"resetCount", attest.reset_count},
                                 {"restartCount", attest.restart_count},
                                 {"safe", attest.is_safe}}},
                               {"firmwareVersion", std::format("{:#x}", attest.firmware_version)}};
    if (attest.type == k_attest_creation) {
        object["objectName"] = to_hex(attest.object_name);
        object["creationHash"] = to_hex(attest.creation_hash);
        return object;
    }
    boost::json::array selections;
    for (const auto& selection : attest.selections) {
        boost::json::array pcrs;
        for (const auto pcr : selection.pcrs) pcrs.emplace_back(pcr);
        selections.push_back({{"bank", name_of(selection.bank)}, {"pcrs", std::move(pcrs)}});
    }
    object["pcrSelect"] = std::move(selections);
    object["pcrDigest"] = to_hex(attest.pcr_digest);
    object["rest"] = 0;
    return object;
}

boost::json::object public_json(const PublicArea& area) {
    return {{"type", std::format("{:#x}", area.type)},
            {"nameAlg", name_of(area.name_hash)},
            {"attrs", std::format("{:#010x}", area.attributes)},
            {"key", area.key.kind()},
            {"name", to_hex(area.name)}};
}

} // namespace redoubt::tee::tpm

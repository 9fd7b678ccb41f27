// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors

/// `redoubtctl attest enrol`: a key broker learns to know a box, by its TPM and its processor.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cstdlib>

#include "common/crypto/secret.hpp"
#include "common/encoding/base64.hpp"
#include "common/tee/cli/inputs.hpp"
#include "common/tee/host/enrolled_node.hpp"
#include "common/tee/host/host_evidence.hpp"
#include "node-daemon/ctl/attest_client.hpp"
#include "node-daemon/ctl/trust_call.hpp"
#include "node-daemon/ctl/trust_settings.hpp"
#include "node-daemon/ctl/verbs.hpp"

namespace redoubt::ctl {
namespace {

namespace bj = boost::json;
using encoding::to_base64;

std::string environment_of(const char* name) {
    const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): one thread
    return value == nullptr ? "" : value;
}

Result<std::string> bytes_of(const json::Node& node) {
    RDT_TRY(const auto text, node.string());
    return encoding::from_base64(text).transform_error(context("{}", node.path()));
}

/// What the broker is to believe: the TPM's certificate up to its vendor's, the key to be known, the chip.
Result<bj::object> make_request(const tee::host::HostEvidence& evidence, const AttestEnrolOptions& options) {
    if (evidence.ek_certificate.empty())
        return fail(Code::failed_precondition,
                    "the node's TPM has no certificate of its endorsement key: no vendor vouches for it");
    RDT_TRY(const auto pool, tee::cli::load_pool(options.authorities));
    bj::array authorities;
    for (const auto& certificate : pool.certificates) authorities.emplace_back(to_base64(certificate.der()));
    bj::object request{{"ek_certificate", to_base64(evidence.ek_certificate)},
                       {"intermediates", std::move(authorities)},
                       {"ak_public", to_base64(evidence.ak_public)}};
    if (!options.chip_id.empty()) {
        RDT_TRY(const auto chip, tee::host::parse_chip_id(options.chip_id));
        request["chip_id"] = chip;
    }
    return request;
}

} // namespace

Result<int> attest_enrol(Context context, const AttestEnrolOptions& options) {
    RDT_TRY(const auto connection,
            complete_connection(options.connection, environment_of, trust_config_file(environment_of)));
    RDT_TRY(auto broker, TrustClient::make(connection));
    AttestClient node(context.client.channel());
    RDT_TRY(const auto nonce, crypto::random_bytes(tee::host::k_nonce_size));
    RDT_TRY(const auto text, node.evidence(nonce, {}));
    RDT_TRY(const auto evidence, tee::host::parse_host_evidence(text));
    RDT_TRY(const auto request, make_request(evidence, options));
    RDT_TRY(const auto challenge, broker.ask("/redoubt/v1/tpm-challenge", bj::serialize(request)));
    RDT_TRY(const auto id, challenge.root()["id"].string());
    RDT_TRY(const auto object, bytes_of(challenge.root()["id_object"]));
    RDT_TRY(const auto cipher, bytes_of(challenge.root()["encrypted_secret"]));
    RDT_TRY(const auto secret, node.activate(object, cipher));
    RDT_TRY(auto change, broker.change("POST", "/redoubt/v1/tpm-enrolment",
                                       bj::serialize(bj::object{{"id", id}, {"secret", to_base64(secret)}}),
                                       "reference-value/" + std::string(tee::host::k_enrolled_nodes)));
    return report_changes({broker, context.json}, {std::move(change)});
}

} // namespace redoubt::ctl
